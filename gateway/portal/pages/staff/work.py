"""The work lists: of a hall's counters and of a unit, in the order of submission, each case with its limit."""

import unicodedata
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import grpc
from starlette.responses import Response

from gateway.portal import cases, limits
from gateway.portal.clocks import Standing
from gateway.portal.pages.staff import posts, way
from gateway.portal.problems import problem
from gateway.portal.routing import page
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.halls.v1 import halls_pb2
from yimen.intake.v1 import cases_pb2, listing_pb2

_State = cases_pb2.CaseState
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


@dataclass(frozen=True)
class Line:
    """A case on a list: `path` leads to it and back to the list."""

    case: cases_pb2.Case
    path: str
    title: str
    limit: Standing
    hall: halls_pb2.Hall


def home(visit: Visit) -> Response:
    """Leads to the visitor's first work list, or to that of the hall below it that was chosen."""
    posts.require_post(visit)
    if chosen := visit.asked("hall", 12):
        return visit.goto(posts.require_desk(visit, f"halls/{chosen}").path)
    return visit.goto(posts.desks(visit)[0].path)


def hall(visit: Visit) -> Response:
    """The list of a hall's counters."""
    return _show(visit, f"halls/{visit.where['hall']}")


def unit(visit: Visit) -> Response:
    """The list of a unit."""
    return _show(visit, f"units/{visit.where['unit']}")


def _show(visit: Visit, parent: str) -> Response:
    desk = posts.require_desk(visit, parent)
    number = "".join(unicodedata.normalize("NFKC", visit.asked("number")).split())
    if number and (sought := _numbered(visit, desk, number)):
        return visit.goto(way.leading(address(sought), desk.path))
    request, part = _asked(desk, visit.asked("part", 20), visit.asked("page", 500))
    try:
        found = visit.services.intake.ListCases(request)
    except grpc.RpcError as error:
        # A page that the list does not know any more: an address that was kept leads to its beginning.
        if request.page_token and problem(error).status == 400:
            return visit.goto(f"{desk.path}?part={part}")
        raise
    own = posts.desks(visit)
    desks = [(one, posts.title(visit, one)) for one in (own if desk in own else [*own, desk])]
    here = f"{desk.path}?{urlencode({'part': part, **({'page': request.page_token} if request.page_token else {})})}"
    named = cases.titles(visit, found.cases)
    return visit.render(
        "staff/work.html",
        desk=desk,
        desks=desks,
        title=dict(desks)[desk],
        parts=_named(desk),
        part=part,
        cases=[
            Line(case, way.leading(address(case), here), named[case.matter], limits.standing(case), cases.hall_of(visit, case))
            for case in found.cases
        ],
        tone=cases.tone,
        number=number,
        below=posts.below(visit, desk),
        next=f"{desk.path}?{urlencode({'part': part, 'page': found.next_page_token})}" if found.next_page_token else "",
        first=f"{desk.path}?part={part}" if request.page_token else "",
    )


def following(visit: Visit, case: cases_pb2.Case) -> str:
    """The address of the next case on the list that the visitor came from; empty where it has no other."""
    from_ = urlsplit(way.back(visit, case))
    asked = dict(parse_qsl(from_.query))
    desk = posts.desk(visit, from_.path.removeprefix("/work/"))
    if desk is None:
        return ""
    request, _part = _asked(desk, asked.get("part", ""), asked.get("page", ""))
    try:
        others = [one for one in visit.services.intake.ListCases(request).cases if one.name != case.name]
    except grpc.RpcError:
        # An address may carry anything.
        return ""
    at = case.submit_time.ToNanoseconds()
    later = (one for one in others if one.submit_time.ToNanoseconds() >= at)
    found = next(later, others[0] if others else None)
    return way.leading(address(found), from_.geturl()) if found else ""


def _asked(desk: posts.Desk, part: str, token: str) -> tuple[listing_pb2.ListCasesRequest, str]:
    """What a part of a list is asked for, and which part it is: the first where none such is."""
    parts = _UNIT if desk.of_unit else _COUNTER
    part = part if part in parts else next(iter(parts))
    request = listing_pb2.ListCasesRequest(
        parent=desk.parent, states=sorted(parts[part]), page_size=_PAGE, page_token=token, subtree=desk.subtree
    )
    return request, part


def _numbered(visit: Visit, desk: posts.Desk, number: str) -> cases_pb2.Case | None:
    """The case of a number: on this list, or on another one of the visitor's."""
    for one in dict.fromkeys((desk, *posts.desks(visit))):
        request = listing_pb2.ListCasesRequest(parent=one.parent, number=number[:64], subtree=one.subtree)
        if found := visit.services.intake.ListCases(request).cases:
            return found[0]
    return None


def address(case: cases_pb2.Case, part: str = "") -> str:
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
