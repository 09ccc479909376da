"""What an applicant does with a case that is handed in: prints, renews, withdraws, rates, collects."""

from collections.abc import Callable

import grpc
from starlette.responses import Response

from gateway.portal import cases, formats
from gateway.portal.formats import text
from gateway.portal.pages.resident import own
from gateway.portal.problems import Problem, Refused, problem
from gateway.portal.questions import answers
from gateway.portal.routing import form, page
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.intake.v1 import applying_pb2, cases_pb2, delivering_pb2, listing_pb2

_State = cases.State
_DELIVERY = "delivery"
# What is not over: something of it may be asked for too early.
_GOING = cases.EDITABLE | cases.RECEIVED | cases.UNDER_WAY | {_State.CASE_STATE_DECIDED}


def receipt(visit: Visit) -> Response:
    """What was handed in, when and where, to keep or to print."""
    case = own.load(visit)
    if not case.number:
        raise Refused(409, _("申请还没有提交，没有回执。"))
    elements = cases.terms(visit, case)
    entries = visit.services.intake.ListHistory(listing_pb2.ListHistoryRequest(parent=case.name)).entries
    submitted = [entry for entry in entries if entry.action == "submit"]
    return visit.render(
        "resident/receipt.html",
        case=case,
        path=cases.path(case),
        hall=cases.hall_of(visit, case),
        unit=cases.unit_name(visit, case),
        elements=elements,
        answers=list(answers(cases.asked_in(elements), cases.form_of(case))),
        materials=[(one, cases.files_of(case, one.id)) for one in cases.listed(elements)],
        hash=submitted[-1].hash if submitted else "",
        new=bool(visit.asked("new")),
    )


def renew(visit: Visit) -> Response:
    """Takes the matter as it is now into a draft that was begun before it changed: the draft that was shown. Where it was
    changed meanwhile, it is shown anew."""
    case = own.load(visit)
    request = applying_pb2.RenewCaseRequest(name=case.name, etag=visit.typed("etag", 64), request_id=visit.request_id)
    try:
        visit.services.intake.RenewCase(request)
    except grpc.RpcError as error:
        if problem(error).reason != "STALE_ETAG":
            raise
    return visit.goto(cases.path(case, "form"))


def ask_to_withdraw(visit: Visit) -> Response:
    """Asks once more before it is done."""
    case = own.load(visit)
    if case.state not in cases.WITHDRAWABLE:
        return visit.goto(cases.path(case))
    return _ask_to_withdraw(visit, case)


def _ask_to_withdraw(visit: Visit, case: cases_pb2.Case, refused: Problem | None = None) -> Response:
    status = refused.status if refused else 200
    reason = visit.typed("reason")
    return visit.render(
        "resident/withdraw.html",
        status=status,
        case=case,
        path=cases.path(case),
        title_of=cases.title(visit, case),
        reason=reason,
        refused=refused,
    )


def withdraw(visit: Visit) -> Response:
    """Withdraws the application."""
    case = own.load(visit)
    reason = visit.typed("reason")
    request = applying_pb2.WithdrawCaseRequest(name=case.name, reason=reason, request_id=visit.request_id)
    try:
        visit.services.intake.WithdrawCase(request)
    except grpc.RpcError as error:
        return _again(error, lambda met: _ask_to_withdraw(visit, case, met))
    return visit.goto(cases.path(case) + ("?said=withdrawn" if case.number else "?said=discarded"))


def ask_to_rate(visit: Visit) -> Response:
    """The five choices; none is chosen beforehand."""
    case = own.load(visit)
    if not own.rating_open(case):
        return _not_yet(
            visit, case, _("现在还不能评价") if case.state in _GOING else _("没有可以评价的环节"), *_why_not_rated(case)
        )
    return _ask_to_rate(visit, case)


def _not_yet(visit: Visit, case: cases_pb2.Case, title: str, why: str, when: str = "") -> Response:
    """Why something cannot be done with the case, and when it can."""
    path, title_of = cases.path(case), cases.title(visit, case)
    return visit.render("resident/not_yet.html", path=path, title_of=title_of, title=title, why=why, when=when)


def _why_not_rated(case: cases_pb2.Case) -> tuple[str, str]:
    if case.state in cases.ENDED:
        return _("这件申请没有办下去，不用评价。"), ""
    if case.state in cases.EDITABLE | cases.RECEIVED:
        return _("申请还没有受理。"), _("受理后可以评价受理服务，办结后可以评价办结服务。")
    if case.state in cases.UNDER_WAY | {_State.CASE_STATE_DECIDED}:
        return _("您已经评价过受理服务。"), _("办结后可以评价办结服务。")
    return _("您已经评价过了，谢谢。"), ""


def _ask_to_rate(
    visit: Visit, case: cases_pb2.Case, errors: dict[str, str] | None = None, refused: Problem | None = None
) -> Response:
    return visit.render(
        "resident/rate.html",
        status=400 if errors else refused.status if refused else 200,
        path=cases.path(case),
        title_of=cases.title(visit, case),
        stage=own.rating_open(case),
        stars=visit.typed("stars"),
        comment=visit.typed("comment"),
        errors=errors or {},
        refused=refused,
    )


def rate(visit: Visit) -> Response:
    """Rates the stage that is open."""
    case = own.load(visit)
    stars = visit.typed("stars", 1)
    if stars not in set("12345"):
        return _ask_to_rate(visit, case, {"stars": _("请选择满意程度")})
    request = delivering_pb2.RateCaseRequest(
        name=case.name, stars=int(stars), comment=visit.typed("comment"), request_id=visit.request_id
    )
    try:
        visit.services.intake.RateCase(request)
    except grpc.RpcError as error:
        return _again(error, lambda met: _ask_to_rate(visit, case, refused=met))
    return visit.goto(cases.path(case) + "?said=rated")


def collect(visit: Visit) -> Response:
    """Where, when and with what the result is collected, to take along."""
    case = own.load(visit)
    if case.state != _State.CASE_STATE_COMPLETED:
        return _not_yet(
            visit, case, _("现在还不能领取") if case.state in _GOING else _("没有可以领取的结果"), *_why_not_collected(case)
        )
    hall, elements = cases.hall_of(visit, case), cases.terms(visit, case)
    return visit.render(
        "resident/collect.html",
        case=case,
        path=cases.path(case),
        title_of=text(elements.display_name),
        hall=hall,
        counters=[counter for counter in hall.counters if counter.function == _DELIVERY],
        elements=elements,
    )


def _why_not_collected(case: cases_pb2.Case) -> tuple[str, str]:
    if case.state in cases.ENDED:
        return _("这件申请没有办下去，没有结果可以领取。"), ""
    if case.state == _State.CASE_STATE_DELIVERED:
        return _("结果已经送达。"), ""
    if case.state in cases.EDITABLE:
        return _("申请还没有提交。"), _("提交并受理后，在承诺时限内办结；可以领取时会给您发消息。")
    if case.state in cases.RECEIVED:
        return _("申请还没有受理。"), _("受理后，在承诺时限内办结；可以领取时会给您发消息。")
    if due := case.clock.due_date:
        return _("申请正在办理。"), _("办结不晚于%(day)s；可以领取时会给您发消息。") % {"day": formats.day(due)}
    return _("申请正在办理。"), _("可以领取时会给您发消息。")


def _again(error: grpc.RpcError, show: Callable[[Problem], Response]) -> Response:
    """The form again with what was refused, where the person can do something about it."""
    met = problem(error)
    if met.status not in (400, 409):
        raise error
    return show(met)


PLACES = (
    page("/cases/{hall}/{case}/receipt", receipt, signed_in=True),
    form("/cases/{hall}/{case}/renew", renew),
    page("/cases/{hall}/{case}/withdraw", ask_to_withdraw, signed_in=True),
    form("/cases/{hall}/{case}/withdraw", withdraw),
    page("/cases/{hall}/{case}/rate", ask_to_rate, signed_in=True),
    form("/cases/{hall}/{case}/rate", rate),
    page("/cases/{hall}/{case}/collect", collect, signed_in=True),
)
