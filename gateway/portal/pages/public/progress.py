"""How far a case is, for whoever knows its number and its applicant's name."""

import grpc
from starlette.responses import Response

from gateway.portal import cases
from gateway.portal.problems import problem
from gateway.portal.routing import form, page
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.intake.v1 import cases_pb2, listing_pb2

_State = cases_pb2.CaseState
# What a case has gone through: each stage, and the states from which on it is behind.
_STAGES = (
    {_State.CASE_STATE_SUBMITTED, _State.CASE_STATE_PRE_REVIEWED, _State.CASE_STATE_CORRECTION_REQUESTED},
    {_State.CASE_STATE_ACCEPTED},
    {_State.CASE_STATE_IN_REVIEW, _State.CASE_STATE_SUSPENDED},
    {_State.CASE_STATE_DECIDED},
    {_State.CASE_STATE_COMPLETED},
    {_State.CASE_STATE_DELIVERED},
)


def ask(visit: Visit) -> Response:
    """The form."""
    return visit.render("public/progress.html", number=visit.asked("number", 80), holder="", errors={}, refused="")


def answer(visit: Visit) -> Response:
    """What the number and the name tell; the form again, with what was typed, where they tell nothing."""
    number, holder = visit.typed("number", 80), visit.typed("holder", 100)
    errors = {name: said for name, value, said in _required(number, holder) if not value}
    refused, status = "", 400 if errors else 200
    if not errors:
        try:
            found = visit.services.intake.LookUpCase(listing_pb2.LookUpCaseRequest(number=number, holder=holder))
            return _told(visit, found)
        except grpc.RpcError as error:
            met = problem(error)
            if met.status not in (404, 429):
                raise
            refused, status = met.message, met.status
    return visit.render("public/progress.html", status=status, number=number, holder=holder, errors=errors, refused=refused)


def _required(number: str, holder: str) -> tuple[tuple[str, str, str], ...]:
    return ("number", number, _("请填写办件编号")), ("holder", holder, _("请填写申请人姓名"))


def _told(visit: Visit, found: listing_pb2.CaseProgress) -> Response:
    hall = visit.halls.of(found.hall)
    stages = [_("提交"), _("受理"), _("审查"), _("决定"), _("办结"), _("送达")]
    now = next((at for at, states in enumerate(_STAGES) if found.state in states), 0)
    return visit.render(
        "public/progress_found.html",
        found=found,
        hall=hall,
        stages=stages,
        # The last stage is behind once it is reached.
        now=len(stages) if found.state == _State.CASE_STATE_DELIVERED else now,
        # What ended before its time has no stages to show.
        ended=found.state in cases.ENDED,
        correcting=found.state == _State.CASE_STATE_CORRECTION_REQUESTED,
        suspended=found.state == _State.CASE_STATE_SUSPENDED,
        collectable=found.state == _State.CASE_STATE_COMPLETED,
    )


PLACES = (page("/progress", ask), form("/progress", answer, signed_in=False))
