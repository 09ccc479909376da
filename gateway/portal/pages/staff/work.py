"""The work lists: of a hall's counters and of a unit, in the order of submission, each case with its limit."""

from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.portal import cases
from gateway.portal.pages.staff import posts
from gateway.portal.pages.staff.limits import standing
from gateway.portal.routing import page
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.intake.v1 import intake_pb2

_State = intake_pb2.CaseState
_PAGE = 25
# The parts of a list, in the order of the work: the states of each.
_COUNTER: dict[str, frozenset[Any]] = {
    "received": cases.RECEIVED,
    "correction": frozenset({_State.CASE_STATE_CORRECTION_REQUESTED}),
    "going": cases.UNDER_WAY | {_State.CASE_STATE_DECIDED},
    "delivery": frozenset({_State.CASE_STATE_COMPLETED}),
    "over": cases.ENDED | {_State.CASE_STATE_DELIVERED},
}
_UNIT: dict[str, frozenset[Any]] = {
    "accepted": frozenset({_State.CASE_STATE_ACCEPTED}),
    "review": frozenset({_State.CASE_STATE_IN_REVIEW}),
    "suspended": frozenset({_State.CASE_STATE_SUSPENDED}),
    "decided": frozenset({_State.CASE_STATE_DECIDED}),
    "over": frozenset({_State.CASE_STATE_COMPLETED, _State.CASE_STATE_DELIVERED}) | cases.ENDED,
}


def home(visit: Visit) -> Response:
    """Leads to the visitor's first work list."""
    posts.require_post(visit)
    return visit.goto(posts.desks(visit)[0].path)


def hall(visit: Visit) -> Response:
    """The list of a hall's counters."""
    return _show(visit, f"halls/{visit.where['hall']}")


def unit(visit: Visit) -> Response:
    """The list of a unit."""
    return _show(visit, f"units/{visit.where['unit']}")


def _show(visit: Visit, parent: str) -> Response:
    desk = posts.require_desk(visit, parent)
    parts = _UNIT if desk.of_unit else _COUNTER
    part = visit.asked("part", 20) if visit.asked("part", 20) in parts else next(iter(parts))
    request = intake_pb2.ListCasesRequest(
        parent=parent, states=sorted(parts[part]), page_size=_PAGE, page_token=visit.asked("page", 500)
    )
    found = visit.services.intake.ListCases(request)
    desks = [(one, posts.title(visit, one)) for one in posts.desks(visit)]
    return visit.render(
        "staff/work.html",
        desk=desk,
        desks=desks,
        title=dict(desks)[desk],
        parts=_named(desk),
        part=part,
        cases=[(case, address(case), standing(case), cases.tone(case), cases.hall_of(visit, case)) for case in found.cases],
        next=f"{desk.path}?{urlencode({'part': part, 'page': found.next_page_token})}" if found.next_page_token else "",
        first=f"{desk.path}?part={part}" if request.page_token else "",
    )


def address(case: intake_pb2.Case, part: str = "") -> str:
    """The address of one of a case's pages for staff."""
    return f"/work{cases.path(case, part)}"


def _named(desk: posts.Desk) -> dict[str, str]:
    if desk.of_unit:
        return {
            "accepted": _("待审查"),
            "review": _("审查中"),
            "suspended": _("特别程序"),
            "decided": _("待办结"),
            "over": _("已结束"),
        }
    return {
        "received": _("待受理"),
        "correction": _("待补正"),
        "going": _("办理中"),
        "delivery": _("待送达"),
        "over": _("已结束"),
    }


PLACES = (
    page("/work", home, signed_in=True),
    page("/work/halls/{hall}", hall, signed_in=True),
    page("/work/units/{unit}", unit, signed_in=True),
)
