"""What was done to a case, in the words of those who handle it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp
from markupsafe import Markup, escape

from gateway.portal import cases, notices
from gateway.portal.formats import chinese, filled, said
from gateway.portal.names import name_of
from gateway.portal.pages.staff.work import address
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.intake.v1 import cases_pb2, listing_pb2
from yimen.matters.v1 import elements_pb2


@dataclass(frozen=True)
class Event:
    """A line of the history. `notice` is the address of the notice that it led to; empty for none."""

    title: str
    by: str
    time: Timestamp
    detail: Markup
    notice: str = ""


def told(
    visit: Visit, case: cases_pb2.Case, elements: elements_pb2.Elements, entries: Sequence[listing_pb2.HistoryEntry]
) -> Iterator[Event]:
    """The history, oldest first."""
    for entry in entries:
        details = json_format.MessageToDict(entry.details)
        paper = address(case, f"notices/{entry.sequence}") if entry.action in notices.CODES else ""
        lines = [cases.told(entry.action, details)]
        if entry.action == "requestCorrection":
            lines += [_asked(item, elements) for item in details.get("items", [])]
        yield Event(action(entry), by(visit, entry), entry.time, Markup("\n").join(filter(None, lines)), paper)


def by(visit: Visit, entry: listing_pb2.HistoryEntry) -> str:
    """Who did it: the role, and whether it was the visitor."""
    if not entry.actor:
        return _("平台")
    role = name_of(entry.role, "Role") or _("申请人")
    return _("%(role)s（您）") % {"role": role} if entry.actor == visit.session.person else role


def named(elements: elements_pb2.Elements, material: str) -> Markup:
    """The name of a material; of the form for none."""
    if not material:
        return escape(_("申请表"))
    return next((said(one.display_name) for one in elements.materials if one.id == material), escape(_("其他材料")))


def _asked(item: dict[str, Any], elements: elements_pb2.Elements) -> Markup:
    of, reason = named(elements, item.get("material", "")), chinese(item.get("reason", ""))
    return filled(_("%(material)s：%(reason)s"), material=of, reason=reason)


def action(entry: listing_pb2.HistoryEntry) -> str:
    """What was done."""
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
    }.get(entry.action, _("其他操作"))
