"""A case as its applicant's pages have it: read, named, and in whose hands it is."""

from typing import Any

import grpc
from google.protobuf import json_format

from gateway.portal.formats import text
from gateway.portal.problems import Problem, Refused, problem
from gateway.portal.questions import Question, questions
from gateway.portal.texts import _, language
from gateway.portal.visit import Visit
from yimen.halls.v1 import halls_pb2
from yimen.intake.v1 import intake_pb2
from yimen.matters.v1 import elements_pb2, matters_pb2, versions_pb2

State = intake_pb2.CaseState
# The applicant may change form and files.
EDITABLE = frozenset({State.CASE_STATE_DRAFT, State.CASE_STATE_CORRECTION_REQUESTED})
RECEIVED = frozenset({State.CASE_STATE_SUBMITTED, State.CASE_STATE_PRE_REVIEWED})
UNDER_WAY = frozenset({State.CASE_STATE_ACCEPTED, State.CASE_STATE_IN_REVIEW, State.CASE_STATE_SUSPENDED})
DECIDED = frozenset({State.CASE_STATE_DECIDED, State.CASE_STATE_COMPLETED, State.CASE_STATE_DELIVERED})
ENDED = frozenset({State.CASE_STATE_NOT_ACCEPTED, State.CASE_STATE_WITHDRAWN, State.CASE_STATE_TERMINATED})
WITHDRAWABLE = EDITABLE | RECEIVED | UNDER_WAY
# Why a draft cannot go on as it is: its matter is not the one any more that it was begun for.
MATTER_REASONS = frozenset({"MATTER_CHANGED", "MATTER_NOT_PUBLISHED"})


def name(visit: Visit) -> str:
    """The case of the address."""
    return f"halls/{visit.where['hall']}/cases/{visit.where['case']}"


def load(visit: Visit) -> intake_pb2.Case:
    """The case of the address; Refused (404) for one that is not the visitor's own."""
    try:
        case: intake_pb2.Case = visit.services.intake.GetCase(intake_pb2.GetCaseRequest(name=name(visit)))
    except grpc.RpcError as error:
        if problem(error).status not in (400, 403, 404):
            raise
        raise _unknown() from error
    if case.applicant != visit.session.person:
        raise _unknown()
    return case


def _unknown() -> Refused:
    # One answer for what is not there and what is another's: nobody learns which numbers are taken.
    return Refused(404, _("没有找到这个办件。请从“我的办件”打开，并确认登录所用的是申请人本人的U盾。"), "NO_SUCH_CASE")


def path(case: intake_pb2.Case, part: str = "") -> str:
    """The address of one of the case's pages."""
    _halls, hall, _cases, id_ = case.name.split("/")
    return f"/cases/{hall}/{id_}{f'/{part}' if part else ''}"


def hall_of(visit: Visit, case: intake_pb2.Case) -> halls_pb2.Hall:
    """The hall that takes the case."""
    return visit.halls.of(case.name.partition("/cases/")[0])


def terms(visit: Visit, case: intake_pb2.Case) -> elements_pb2.Elements:
    """The elements of the matter in the version that the case is handled under."""
    try:
        matter = visit.services.matters.GetMatter(matters_pb2.GetMatterRequest(name=case.matter))
        if matter.matter_version == case.matter_version:
            return matter.elements
    except grpc.RpcError as error:
        if problem(error).status != 404:
            raise
    asked = versions_pb2.GetVersionRequest(name=f"{case.matter}/versions/{case.matter_version}")
    return visit.services.matters.GetVersion(asked).elements


def title(visit: Visit, case: intake_pb2.Case) -> str:
    """The name of the case's matter in the language of the page."""
    if language() == "zh":
        return str(case.matter_display_name)
    try:
        matter = visit.services.matters.GetMatter(matters_pb2.GetMatterRequest(name=case.matter))
    except grpc.RpcError as error:
        if problem(error).status != 404:
            raise
        return str(case.matter_display_name)
    return text(matter.elements.display_name)


def asked_in(elements: elements_pb2.Elements) -> tuple[Question, ...]:
    """The questions of the matter's form."""
    return questions(json_format.MessageToDict(elements.form_schema))


def form_of(case: intake_pb2.Case) -> dict[str, Any]:
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


def files_of(case: intake_pb2.Case, material: str) -> list[intake_pb2.CaseMaterial]:
    """The files that a material of the case has."""
    return [file for file in case.materials if file.material == material]


def awaited(case: intake_pb2.Case, elements: elements_pb2.Elements) -> list[elements_pb2.Material]:
    """The materials that were let follow and have not come."""
    return [one for one in listed(elements) if follows(one) and not files_of(case, one.id)]


def wrong_with(visit: Visit, case: intake_pb2.Case) -> Problem | None:
    """Why the case cannot be handed in as it is, as the service says; None where it can."""
    try:
        visit.services.intake.GetSubmissionContent(intake_pb2.GetSubmissionContentRequest(name=case.name))
    except grpc.RpcError as error:
        met = problem(error)
        if met.status in (400, 409):
            return met
        raise
    return None


def rating_open(case: intake_pb2.Case) -> int:
    """The stage that the applicant can rate now; 0 for none."""
    if case.state in (State.CASE_STATE_COMPLETED, State.CASE_STATE_DELIVERED):
        stage = intake_pb2.RATING_STAGE_COMPLETION
    elif case.state in UNDER_WAY | DECIDED:
        stage = intake_pb2.RATING_STAGE_ACCEPTANCE
    else:
        return 0
    return 0 if any(one.stage == stage for one in case.ratings) else int(stage)


def unit_name(visit: Visit, case: intake_pb2.Case) -> str:
    """The name of the unit that decides."""
    return str(visit.services.matters.GetUnit(matters_pb2.GetUnitRequest(name=case.unit)).display_name)
