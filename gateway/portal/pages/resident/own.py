"""The applicant's own case: read, judged as it would be handed in, and what of it can be rated."""

import grpc

from gateway.portal import cases
from gateway.portal.problems import Problem, Refused, problem
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.intake.v1 import applying_pb2, cases_pb2, listing_pb2

_State = cases_pb2.CaseState
# Why a draft cannot go on as it is: its matter is not the one any more that it was begun for.
_MATTER_REASONS = frozenset({"MATTER_CHANGED", "MATTER_NOT_PUBLISHED"})


def load(visit: Visit) -> cases_pb2.Case:
    """The case of the address; Refused (404) for one that is not the visitor's own."""
    try:
        case: cases_pb2.Case = visit.services.intake.GetCase(listing_pb2.GetCaseRequest(name=cases.name(visit)))
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


def wrong_with(visit: Visit, case: cases_pb2.Case) -> Problem | None:
    """Why the case cannot be handed in as it is, as the service says; None where it can."""
    try:
        visit.services.intake.GetSubmissionContent(applying_pb2.GetSubmissionContentRequest(name=case.name))
    except grpc.RpcError as error:
        met = problem(error)
        if met.status in (400, 409):
            return met
        raise
    return None


def outdated(met: Problem | None) -> Problem | None:
    """What is wrong with a draft, where it is that its matter has changed."""
    return met if met and met.reason in _MATTER_REASONS else None


def discarded(case: cases_pb2.Case) -> bool:
    """Whether the case ended as a draft: what was never handed in is not withdrawn."""
    return case.state == _State.CASE_STATE_WITHDRAWN and not case.number


def rating_open(case: cases_pb2.Case) -> int:
    """The stage that the applicant can rate now; 0 for none."""
    if case.state in (_State.CASE_STATE_COMPLETED, _State.CASE_STATE_DELIVERED):
        stage = cases_pb2.RATING_STAGE_COMPLETION
    elif case.state in cases.UNDER_WAY | cases.DECIDED:
        stage = cases_pb2.RATING_STAGE_ACCEPTANCE
    else:
        return 0
    return 0 if any(one.stage == stage for one in case.ratings) else int(stage)
