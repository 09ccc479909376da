"""One case on one page: form and materials beside each other, the clock, what was done, what can be done now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp
from markupsafe import Markup
from starlette.responses import Response

from gateway.portal import cases, files, formats, notices
from gateway.portal.names import name_of
from gateway.portal.pages.staff import acts, posts
from gateway.portal.pages.staff.limits import standing
from gateway.portal.pages.staff.work import address
from gateway.portal.problems import Problem
from gateway.portal.questions import answers
from gateway.portal.routing import page
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.intake.v1 import intake_pb2
from yimen.matters.v1 import elements_pb2


@dataclass(frozen=True)
class Event:
    """A line of the history. `notice` is the address of the notice that it led to; empty for none."""

    title: str
    by: str
    time: Timestamp
    detail: Markup
    notice: str = ""


@dataclass(frozen=True)
class Item:
    """A material with its files, and with what the last notice said about it; `fresh` names the files that came since."""

    material: elements_pb2.Material
    files: Sequence[intake_pb2.CaseMaterial]
    asked: str = ""
    fresh: frozenset[str] = frozenset()


def load(visit: Visit) -> intake_pb2.Case:
    """The case of the address, as far as the visitor's posts reach."""
    posts.require_post(visit)
    case: intake_pb2.Case = visit.services.intake.GetCase(intake_pb2.GetCaseRequest(name=cases.name(visit)))
    return case


def history(visit: Visit, case: intake_pb2.Case) -> Sequence[intake_pb2.HistoryEntry]:
    """What was done to the case, oldest first."""
    request = intake_pb2.ListHistoryRequest(parent=case.name)
    return visit.services.intake.ListHistory(request).entries


def show(visit: Visit) -> Response:
    """The case."""
    return shown(visit, load(visit))


def shown(visit: Visit, case: intake_pb2.Case, refused: Problem | None = None) -> Response:
    """The page of a case, with what was refused, where something was."""
    entries = history(visit, case)
    verdict = visit.services.intake.VerifyHistory(intake_pb2.VerifyHistoryRequest(name=case.name))
    hall = cases.hall_of(visit, case)
    done = acts.BY_ID.get(visit.asked("said", 20))
    return visit.render(
        "staff/case.html",
        status=refused.status if refused else 200,
        hall=hall,
        desk=posts.desk_of(visit, case),
        unit=cases.unit_name(visit, case),
        acts=[(act, acts.named(act)) for act in acts.open_to(posts.roles_over(visit, case), case)],
        done=acts.title(done) if done else "",
        notice=notices.last(case, entries) if done else None,
        refused=refused,
        events=list(_events(visit, case, entries)),
        intact=verdict.intact,
        days=cases.days(case.clock),
        **bench(visit, case, entries),
        frames=True,
    )


def bench(visit: Visit, case: intake_pb2.Case, entries: Sequence[intake_pb2.HistoryEntry]) -> dict[str, Any]:
    """What the form and the materials are checked by."""
    elements = cases.terms(visit, case)
    items = list(_items(case, elements, entries))
    first = next((file for item in items for file in item.files if file.media_type in files.SHOWN), None)
    return {
        "case": case,
        "path": address(case),
        "elements": elements,
        "limit": standing(case),
        "tone": cases.tone(case),
        "answers": list(answers(cases.asked_in(elements), cases.form_of(case))),
        "items": items,
        "form_asked": _asked(entries).get("", "") if case.state in cases.RECEIVED else "",
        "first": f"/downloads/work{formats.address(first.name)}" if first else "",
        "shown_types": files.SHOWN,
        "needed": cases.needed,
        "follows": cases.follows,
    }


def _items(
    case: intake_pb2.Case, elements: elements_pb2.Elements, entries: Sequence[intake_pb2.HistoryEntry]
) -> Iterator[Item]:
    notices_ = [entry for entry in entries if entry.action == "requestCorrection"]
    asked = _asked(entries) if case.state in cases.RECEIVED else {}
    since = notices_[-1].time.ToNanoseconds() if asked else 0
    for material in elements.materials:
        files = cases.files_of(case, material.id)
        fresh = {file.name for file in files if since and file.create_time.ToNanoseconds() > since}
        if files or material.material_class != elements_pb2.MATERIAL_CLASS_D:
            yield Item(material, files, asked.get(material.id, ""), frozenset(fresh))


def _asked(entries: Sequence[intake_pb2.HistoryEntry]) -> dict[str, str]:
    """What the last correction notice asked for, by material; "" for the form."""
    notices_ = [entry for entry in entries if entry.action == "requestCorrection"]
    if not notices_:
        return {}
    items = json_format.MessageToDict(notices_[-1].details).get("items", [])
    return {item.get("material", ""): item.get("reason", "") for item in items}


def _events(visit: Visit, case: intake_pb2.Case, entries: Sequence[intake_pb2.HistoryEntry]) -> Iterator[Event]:
    for entry in entries:
        details = json_format.MessageToDict(entry.details)
        paper = address(case, f"notices/{entry.sequence}") if entry.action in notices.CODES else ""
        lines = [cases.told(entry.action, details)]
        if entry.action == "requestCorrection":
            lines += [formats.chinese(item.get("reason", "")) for item in details.get("items", [])]
        detail = Markup("\n").join(filter(None, lines))
        yield Event(_action(entry.action), _by(visit, entry), entry.time, detail, paper)


def _by(visit: Visit, entry: intake_pb2.HistoryEntry) -> str:
    if not entry.actor:
        return _("平台")
    role = name_of(entry.role, "Role") or _("申请人")
    return _("%(role)s（您）") % {"role": role} if entry.actor == visit.session.person else role


def _action(action: str) -> str:
    return {
        "create": _("起草申请"),
        "renew": _("按现行事项更新草稿"),
        "submit": _("提交"),
        "passPreReview": _("预审通过"),
        "requestCorrection": _("补正告知"),
        "refuseAcceptance": _("不予受理"),
        "accept": _("受理"),
        "supplement": _("补交材料"),
        "startReview": _("开始审查"),
        "suspend": _("启动特别程序"),
        "resume": _("结束特别程序"),
        "extend": _("延长审批期限"),
        "decide": _("作出决定"),
        "complete": _("办结"),
        "deliver": _("送达"),
        "rate": _("申请人评价"),
        "withdraw": _("申请人撤回"),
        "terminate": _("终止办理"),
    }.get(action, action)


PLACES = (page("/work/cases/{hall}/{case}", show, signed_in=True),)
