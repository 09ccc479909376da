"""One case on one page: form and materials beside each other, the clock, what was done, what can be done now."""

from collections.abc import Sequence
from typing import Any

import grpc
from markupsafe import Markup
from starlette.responses import Response

from gateway.portal import cases, clocks, formats, limits, notices
from gateway.portal.formats import filled
from gateway.portal.pages.staff import acts, posts, sheets, trail, way
from gateway.portal.pages.staff.work import address, following
from gateway.portal.problems import Refused, problem
from gateway.portal.questions import answers
from gateway.portal.routing import page
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.intake.v1 import cases_pb2, listing_pb2


def load(visit: Visit) -> cases_pb2.Case:
    """The case of the address, as far as the visitor's posts reach."""
    posts.require_post(visit)
    try:
        case: cases_pb2.Case = visit.services.intake.GetCase(listing_pb2.GetCaseRequest(name=cases.name(visit)))
    except grpc.RpcError as error:
        # The service's sentence names the resource, which nobody at a counter knows.
        if (met := problem(error)).status not in (403, 404):
            raise
        raise Refused(met.status, _("没有这个办件，或者您的岗位不办理它。"), met.reason) from error
    return case


def history(visit: Visit, case: cases_pb2.Case) -> Sequence[listing_pb2.HistoryEntry]:
    """What was done to the case, oldest first."""
    request = listing_pb2.ListHistoryRequest(parent=case.name)
    return visit.services.intake.ListHistory(request).entries


def show(visit: Visit) -> Response:
    """The case."""
    return shown(visit, load(visit))


def shown(
    visit: Visit, case: cases_pb2.Case, refused: str = "", *, status: int = 200, typed: Sequence[tuple[str, str]] = ()
) -> Response:
    """The page of a case. `refused`: why what was asked for was not done; `typed`: what was written for it, to be copied."""
    entries = history(visit, case)
    verdict = visit.services.intake.VerifyHistory(listing_pb2.VerifyHistoryRequest(name=case.name))
    roles = posts.roles_over(visit, case)
    done = _done(visit, entries)
    changed = not refused and visit.asked("changed", 10) == str(entries[-1].sequence)
    beside = bench(visit, case, entries)
    return visit.render(
        "staff/case.html",
        status=status,
        hall=cases.hall_of(visit, case),
        unit=cases.unit_name(visit, case),
        acts=[(act, acts.named(act)) for act in acts.open_to(roles, case)],
        done=acts.title(done) if done else "",
        notice=notices.last(case, entries) if done else None,
        after=following(visit, case) if done else "",
        refused=refused or (changed_by(visit, entries) if changed else ""),
        typed=typed,
        events=list(trail.told(visit, case, beside["elements"], entries)),
        intact=verdict.intact,
        days=clocks.days(case.clock),
        **beside,
        frames=True,
    )


def changed_by(visit: Visit, entries: Sequence[listing_pb2.HistoryEntry]) -> Markup:
    """Who changed the case meanwhile, when and how."""
    last = entries[-1]
    return filled(
        _("这个办件刚才有了变化：%(who)s于%(when)s办理了“%(what)s”。您这次的操作没有生效，请核对后再办理。"),
        who=trail.by(visit, last), when=formats.moment(last.time), what=trail.action(last),
    )  # fmt: skip


def _done(visit: Visit, entries: Sequence[listing_pb2.HistoryEntry]) -> acts.Act | None:
    """The step that the visitor has just taken: an address that was kept says nothing of what was done later."""
    said, last = acts.BY_ID.get(visit.asked("said", 20)), entries[-1]
    return said if said and said.action == last.action and last.actor == visit.session.person else None


def bench(visit: Visit, case: cases_pb2.Case, entries: Sequence[listing_pb2.HistoryEntry]) -> dict[str, Any]:
    """What the form and the materials are checked by."""
    elements = cases.terms(visit, case)
    items = list(sheets.items(case, elements, entries))
    return {
        "case": case,
        "path": address(case),
        "desk": posts.desk_of(visit, case),
        "back": way.back(visit, case),
        "on": lambda address: way.onward(visit, address),
        "elements": elements,
        "limit": limits.standing(case),
        "tone": cases.tone(case),
        "answers": list(answers(cases.asked_in(elements), cases.form_of(case))),
        "items": items,
        "form_asked": sheets.asked_last(entries).get("", "") if case.state in cases.RECEIVED else "",
        "first": next((sheet.pane for item in items for sheet in item.files if sheet.pane), ""),
        "awaited": cases.awaited(case, elements) if case.state in cases.RECEIVED | cases.UNDER_WAY else [],
        "needed": cases.needed,
        "follows": cases.follows,
    }


PLACES = (page("/work/cases/{hall}/{case}", show, signed_in=True),)
