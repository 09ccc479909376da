"""A case as every page shows it, whoever reads: its states, its matter, its files, and its history in words."""

from collections.abc import Iterable, Iterator
from typing import Any

import grpc
from google.protobuf import json_format
from markupsafe import Markup

from gateway.portal import formats
from gateway.portal.formats import chinese, filled, text
from gateway.portal.names import name_of
from gateway.portal.problems import Refused, problem
from gateway.portal.questions import Question, questions
from gateway.portal.texts import _, language, ngettext
from gateway.portal.visit import Visit
from yimen.halls.v1 import halls_pb2
from yimen.intake.v1 import cases_pb2
from yimen.matters.v1 import elements_pb2, matter_pb2, units_pb2, versions_pb2

State = cases_pb2.CaseState
# The applicant may change form and files.
EDITABLE = frozenset({State.CASE_STATE_DRAFT, State.CASE_STATE_CORRECTION_REQUESTED})
RECEIVED = frozenset({State.CASE_STATE_SUBMITTED, State.CASE_STATE_PRE_REVIEWED})
UNDER_WAY = frozenset({State.CASE_STATE_ACCEPTED, State.CASE_STATE_IN_REVIEW, State.CASE_STATE_SUSPENDED})
DECIDED = frozenset({State.CASE_STATE_DECIDED, State.CASE_STATE_COMPLETED, State.CASE_STATE_DELIVERED})
ENDED = frozenset({State.CASE_STATE_NOT_ACCEPTED, State.CASE_STATE_WITHDRAWN, State.CASE_STATE_TERMINATED})
WITHDRAWABLE = EDITABLE | RECEIVED | UNDER_WAY


def name(visit: Visit) -> str:
    """The case of the address."""
    return f"halls/{visit.where['hall']}/cases/{visit.where['case']}"


def path(case: cases_pb2.Case, part: str = "") -> str:
    """The address of one of the case's pages."""
    return f"{formats.address(case.name)}{f'/{part}' if part else ''}"


def hall_of(visit: Visit, case: cases_pb2.Case) -> halls_pb2.Hall:
    """The hall that takes the case."""
    return visit.halls.of(case.name.partition("/cases/")[0])


def terms(visit: Visit, case: cases_pb2.Case) -> elements_pb2.Elements:
    """The elements of the matter in the version that the case is handled under."""
    try:
        matter = visit.services.matters.GetMatter(matter_pb2.GetMatterRequest(name=case.matter))
        if matter.matter_version == case.matter_version:
            return matter.elements
    except grpc.RpcError as error:
        if problem(error).status != 404:
            raise
    asked = versions_pb2.GetVersionRequest(name=f"{case.matter}/versions/{case.matter_version}")
    return visit.services.matters.GetVersion(asked).elements


def title(visit: Visit, case: cases_pb2.Case) -> str:
    """The name of the case's matter in the language of the page."""
    if language() == "zh":
        return str(case.matter_display_name)
    try:
        matter = visit.services.matters.GetMatter(matter_pb2.GetMatterRequest(name=case.matter))
    except grpc.RpcError as error:
        if problem(error).status != 404:
            raise
        return str(case.matter_display_name)
    return text(matter.elements.display_name)


def titles(visit: Visit, listed: Iterable[cases_pb2.Case]) -> dict[str, str]:
    """The names of the cases' matters in the language of the page, by the matter's own; each matter is asked for once."""
    return {matter: title(visit, case) for matter, case in {case.matter: case for case in listed}.items()}


def asked_in(elements: elements_pb2.Elements) -> tuple[Question, ...]:
    """The questions of the matter's form."""
    return questions(json_format.MessageToDict(elements.form_schema))


def form_of(case: cases_pb2.Case) -> dict[str, Any]:
    """What the case's form says."""
    return json_format.MessageToDict(case.form)


def listed(elements: elements_pb2.Elements) -> list[elements_pb2.Material]:
    """The materials that an applicant brings: those of class D arise while the case is handled."""
    return [one for one in elements.materials if one.material_class != elements_pb2.MATERIAL_CLASS_D]


def follows(one: elements_pb2.Material) -> bool:
    """Whether a material may follow after acceptance (class B, 容缺)."""
    return bool(one.required and one.material_class == elements_pb2.MATERIAL_CLASS_B)


def needed(one: elements_pb2.Material) -> bool:
    """Whether a case cannot be handed in without the material."""
    return bool(one.required and one.material_class == elements_pb2.MATERIAL_CLASS_A)


def files_of(case: cases_pb2.Case, material: str) -> list[cases_pb2.CaseMaterial]:
    """The files that a material of the case has."""
    return [file for file in case.materials if file.material == material]


def awaited(case: cases_pb2.Case, elements: elements_pb2.Elements) -> list[elements_pb2.Material]:
    """The materials that were let follow and have not come."""
    return [one for one in listed(elements) if follows(one) and not files_of(case, one.id)]


def file(visit: Visit, case: cases_pb2.Case) -> cases_pb2.CaseMaterial:
    """The file of the address; Refused (404) where the case has none such."""
    named = f"{case.name}/materials/{visit.where['material']}"
    for one in case.materials:
        if one.name == named:
            return one
    raise Refused(404)


def unit_name(visit: Visit, case: cases_pb2.Case) -> str:
    """The name of the unit that decides."""
    return str(visit.services.matters.GetUnit(units_pb2.GetUnitRequest(name=case.unit)).display_name)


def tone(case: cases_pb2.Case) -> str:
    """The colour that repeats what the state's name says."""
    if case.state == State.CASE_STATE_CORRECTION_REQUESTED:
        return "warn"
    if case.state in ENDED or case.outcome == cases_pb2.OUTCOME_REFUSED:
        return "bad" if case.state != State.CASE_STATE_WITHDRAWN else "plain"
    if case.state in DECIDED:
        return "good"
    return "plain" if case.state == State.CASE_STATE_DRAFT else "info"


def told(action: str, details: dict[str, Any]) -> Markup:
    """What an entry of the history tells beside its name, a line each; what was typed is marked where it is in Chinese."""
    return Markup("\n").join(_told(action, details))


def _told(action: str, details: dict[str, Any]) -> Iterator[str]:
    if outcome := details.get("outcome"):
        yield name_of(outcome, "Outcome")
    if procedure := details.get("procedure"):
        yield name_of(f"SPECIAL_PROCEDURE_{procedure}", "SpecialProcedure")
    if days := details.get("workingDays"):
        yield ngettext("延长 %(num)s 个工作日", "延长 %(num)s 个工作日", int(days)) % {"num": int(days)}
    if due := details.get("dueDate"):
        yield _("应于%(day)s前（含当日）办结") % {"day": formats.day(due)}
    if stars := details.get("stars"):
        yield ngettext("%(num)s 星", "%(num)s 星", int(stars)) % {"num": int(stars)}
    if number := details.get("resultNumber"):
        yield filled(_("结果编号 %(number)s"), number=chinese(number))
    if action == "deliver" and details.get("receiver"):
        yield filled(_("签收人 %(receiver)s"), receiver=chinese(details["receiver"]))
    if reason := details.get("reason"):
        yield chinese(reason)
    if action != "requestCorrection":
        yield from map(chinese, details.get("reasons", []))
