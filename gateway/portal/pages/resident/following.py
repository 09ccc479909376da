"""My cases, and one case: how far it is, who has it, what is asked of me."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp
from starlette.responses import Response

from gateway.portal import cases, clocks, formats, notices
from gateway.portal.names import name_of
from gateway.portal.pages.resident import inbox, own
from gateway.portal.questions import answers
from gateway.portal.routing import page
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.halls.v1 import halls_pb2
from yimen.intake.v1 import cases_pb2, listing_pb2
from yimen.matters.v1 import elements_pb2

_State = cases_pb2.CaseState
# What my list can be narrowed to: the states of each choice.
_KINDS: dict[str, frozenset[Any]] = {
    "mine": cases.EDITABLE | {_State.CASE_STATE_COMPLETED},
    "going": cases.RECEIVED | cases.UNDER_WAY | {_State.CASE_STATE_DECIDED},
    "over": cases.ENDED | {_State.CASE_STATE_DELIVERED},
}
# What leads to a notice that an applicant has to know of.
_TELLING = frozenset({"requestCorrection", "refuseAcceptance", "decide", "terminate"})


@dataclass(frozen=True)
class Event:
    """An entry of the timeline. kind: done, now, wait."""

    title: str
    detail: str = ""
    time: Timestamp | None = None
    kind: str = "done"
    # The address of the notice that it led to, and what that is called; empty for none.
    notice: str = ""
    paper: str = ""


def listed(visit: Visit) -> Response:
    """My cases, newest first: all of them, or those that wait for me, are under way, are over."""
    kind = visit.asked("show", 10) if visit.asked("show", 10) in _KINDS else ""
    request = listing_pb2.ListCasesRequest(
        parent=visit.session.person, states=sorted(_KINDS.get(kind, ())), page_token=visit.asked("page", 500)
    )
    found = visit.services.intake.ListCases(request)
    names = cases.titles(visit, found.cases)
    return visit.render(
        "resident/cases.html",
        cases=[
            (
                case,
                cases.path(case),
                names[case.matter],
                _state(case),
                waiting(case),
                cases.tone(case),
                cases.hall_of(visit, case),
            )
            for case in found.cases
        ],
        unread=0 if request.page_token else inbox.unread(visit),
        kinds={"": _("全部"), "mine": _("等我处理"), "going": _("办理中"), "over": _("已结束")},
        kind=kind,
        next=_address(kind, found.next_page_token) if found.next_page_token else "",
        first=_address(kind) if request.page_token else "",
    )


def _address(kind: str, page_token: str = "") -> str:
    """Where a page of my list is."""
    asked = {name: value for name, value in (("show", kind), ("page", page_token)) if value}
    return f"/cases?{urlencode(asked)}" if asked else "/cases"


def show(visit: Visit) -> Response:
    """One case."""
    case = own.load(visit)
    elements, hall = cases.terms(visit, case), cases.hall_of(visit, case)
    entries = visit.services.intake.ListHistory(listing_pb2.ListHistoryRequest(parent=case.name)).entries
    unit = cases.unit_name(visit, case)
    met = own.wrong_with(visit, case) if case.state in cases.EDITABLE else None
    return visit.render(
        "resident/case.html",
        case=case,
        path=cases.path(case),
        title_of=formats.text(elements.display_name),
        hall=hall,
        unit=unit,
        elements=elements,
        tone=cases.tone(case),
        draft=case.state == _State.CASE_STATE_DRAFT,
        discarded=own.discarded(case),
        correcting=case.state == _State.CASE_STATE_CORRECTION_REQUESTED,
        collectable=case.state == _State.CASE_STATE_COMPLETED,
        refusal=_refusal(case),
        holder=_holder(case, hall, unit),
        days=clocks.days(case.clock),
        timeline=[*_behind(case, entries, elements), *_ahead(case)],
        notice=_notice(case, entries),
        answers=list(answers(cases.asked_in(elements), cases.form_of(case))),
        materials=[(one, cases.files_of(case, one.id)) for one in cases.listed(elements)],
        corrections=_corrections(case, elements),
        awaited=cases.awaited(case, elements) if case.state in cases.UNDER_WAY else [],
        rating=own.rating_open(case),
        withdrawable=case.state in cases.WITHDRAWABLE,
        changed=own.outdated(met),
        kept=bool(visit.asked("kept")),
        said=visit.asked("said", 20),
    )


def _state(case: cases_pb2.Case) -> str:
    return _("已放弃") if own.discarded(case) else name_of(case.state, "CaseState")


def waiting(case: cases_pb2.Case) -> str:
    """What is asked of the applicant now, in a few words; empty for nothing."""
    return {
        _State.CASE_STATE_DRAFT: _("继续填写并提交"),
        _State.CASE_STATE_CORRECTION_REQUESTED: _("补正后重新提交"),
        _State.CASE_STATE_COMPLETED: _("到大厅领取结果"),
    }.get(case.state, "")


def _refusal(case: cases_pb2.Case) -> str:
    """What an end that the applicant may contest is called; empty for any other."""
    if case.state == _State.CASE_STATE_NOT_ACCEPTED:
        return _("不予受理")
    if case.state == _State.CASE_STATE_TERMINATED:
        return _("已终止办理")
    return _("决定不予批准") if case.outcome == cases_pb2.OUTCOME_REFUSED else ""


def _holder(case: cases_pb2.Case, hall: halls_pb2.Hall, unit: str) -> str:
    """In whose hands the case is."""
    if case.state in cases.EDITABLE:
        return _("您本人")
    if case.state in cases.RECEIVED | {_State.CASE_STATE_COMPLETED}:
        return formats.filled(_("%(hall)s窗口"), hall=formats.said(hall.display_name))
    return unit if case.state in cases.UNDER_WAY | {_State.CASE_STATE_DECIDED} else ""


def _corrections(case: cases_pb2.Case, elements: Any) -> list[tuple[Any, str]]:
    """What has to be corrected: the material, None for the form, and why."""
    known = {one.id: one for one in elements.materials}
    return [(known.get(item.material), item.reason) for item in case.corrections]


def _notice(case: cases_pb2.Case, entries: Any) -> str:
    """The address of the newest notice that asks for something or ends the case, whatever came after it; empty for none."""
    telling = [one for one in notices.of(case, entries) if one.action in _TELLING]
    return cases.path(case, f"notices/{telling[-1].sequence}") if telling else ""


def _behind(case: cases_pb2.Case, entries: Any, elements: Any) -> Iterator[Event]:
    papers = {one.sequence: notices.title(one, elements) for one in notices.of(case, entries)}
    submissions = 0
    for entry in entries:
        details = json_format.MessageToDict(entry.details)
        submissions += entry.action == "submit"
        title = _action(entry.action)
        if entry.action == "submit" and submissions > 1:
            title = _("补正后再次提交")
        if entry.action == "withdraw" and not submissions:
            title = _("您放弃草稿")
        if title:
            paper = papers.get(entry.sequence, "")
            address = cases.path(case, f"notices/{entry.sequence}") if paper else ""
            yield Event(title, cases.told(entry.action, details), entry.time, notice=address, paper=paper)


def _action(action: str) -> str:
    return {
        "create": _("开始填写"),
        "submit": _("提交申请"),
        "passPreReview": _("通过预审"),
        "requestCorrection": _("要求补正"),
        "refuseAcceptance": _("决定不予受理"),
        "accept": _("已受理"),
        "supplement": _("已补交材料"),
        "startReview": _("开始审查"),
        "suspend": _("启动特别程序，时限暂停"),
        "resume": _("特别程序结束，时限继续"),
        "extend": _("延长审批期限"),
        "decide": _("作出决定"),
        "complete": _("办结，可以领取结果"),
        "deliver": _("结果已送达"),
        "rate": _("您作出评价"),
        "withdraw": _("您撤回申请"),
        "terminate": _("终止办理"),
    }.get(action, "")


def _ahead(case: cases_pb2.Case) -> Iterator[Event]:
    """What comes next, where it is known."""
    if case.state in cases.EDITABLE:
        yield Event(_("等您提交"), kind="now")
    if case.state in cases.RECEIVED:
        yield Event(_("等待受理"), _("如需补正，窗口会在收到申请后五个工作日内一次告知；逾期不告知即视为受理。"), kind="now")
        if due := case.notice_due_date:
            yield Event(_("受理，或一次告知补正"), _until_notice(case, due), kind="wait")
    if case.state in cases.UNDER_WAY:
        due = case.clock.due_date
        title = _("等待审查") if case.state == _State.CASE_STATE_ACCEPTED else _("正在审查")
        if case.state == _State.CASE_STATE_SUSPENDED:
            title = _("正在进行特别程序")
        yield Event(title, kind="now")
        yield Event(_("决定"), _("不晚于%(day)s") % {"day": formats.day(due)} if due else "", kind="wait")
    if case.state == _State.CASE_STATE_DECIDED:
        yield Event(_("正在制作结果"), kind="now")
    if case.state == _State.CASE_STATE_COMPLETED:
        yield Event(_("等您领取"), kind="now")


def _until_notice(case: cases_pb2.Case, due: str) -> str:
    """The last day for accepting a case or for saying all that has to be corrected, and how far off it is."""
    if not case.notice_left_days:
        return _("不晚于%(day)s，就是今天") % {"day": formats.day(due)}
    left = formats.span(case.notice_left_days, elements_pb2.TIME_UNIT_WORKING_DAY)
    return _("不晚于%(day)s，还剩 %(left)s") % {"day": formats.day(due), "left": left}


PLACES = (
    page("/cases", listed, signed_in=True),
    page("/cases/{hall}/{case}", show, signed_in=True),
)
