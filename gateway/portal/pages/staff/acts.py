"""What staff can do with a case: in which role, from which state, by which key, and what the services are asked for it."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.portal import cases
from gateway.portal.pages.staff.posts import APPROVER, CHIEF_REPRESENTATIVE, CLERK, HEAD
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.intake.v1 import accepting_pb2, cases_pb2, delivering_pb2, reviewing_pb2

_State = cases_pb2.CaseState
# Letters of a field that are looked at: more than any service takes, so that what is too long is said and not cut.
KEPT = 20_000
_UNIT = frozenset({APPROVER, CHIEF_REPRESENTATIVE})
_CLERK = frozenset({CLERK})


@dataclass(frozen=True)
class Act:
    """One step. `key`: its access key. `asks`: whether it has a page of its own on which something is filled in. `request`
    makes what the service is asked from what was typed."""

    id: str
    rpc: str
    roles: frozenset[str]
    begins: frozenset[Any]
    key: str
    request: Callable[[Visit], Any]
    asks: bool = True
    grave: bool = False

    @property
    def action(self) -> str:
        """What the history calls it."""
        name = self.rpc.removesuffix("Case")
        return name[0].lower() + name[1:]


def _state(*names: str) -> frozenset[Any]:
    return frozenset(_State.Value(f"CASE_STATE_{name}") for name in names)


def _corrections(visit: Visit) -> accepting_pb2.RequestCorrectionRequest:
    request = accepting_pb2.RequestCorrectionRequest()
    for name in visit.form:
        reason = visit.typed(name)
        if name.startswith("reason.") and reason:
            request.items.add(material=name.removeprefix("reason."), reason=reason)
    return request


def _suspension(visit: Visit) -> reviewing_pb2.SuspendCaseRequest:
    procedure: Any = number(visit, "procedure")
    return reviewing_pb2.SuspendCaseRequest(procedure=procedure, reason=visit.typed("reason"))


def _decision(visit: Visit) -> reviewing_pb2.DecideCaseRequest:
    outcome: Any = number(visit, "outcome")
    return reviewing_pb2.DecideCaseRequest(outcome=outcome, reasons=reasons(visit))


def reasons(visit: Visit) -> list[str]:
    """The reasons of a decision, one a line."""
    return [line.strip() for line in visit.typed("reasons", KEPT).splitlines() if line.strip()]


def number(visit: Visit, name: str) -> int:
    """A field that holds a small number, in digits of either width; 0 for what is none, which every service refuses."""
    typed = unicodedata.normalize("NFKC", visit.typed(name, 4))
    return int(typed) if typed.isascii() and typed.isdigit() else 0


ACTS = (
    Act("accept", "AcceptCase", _CLERK, cases.RECEIVED, "s", lambda _v: accepting_pb2.AcceptCaseRequest(), asks=False),
    Act(
        "pass", "PassPreReview", _CLERK, _state("SUBMITTED"), "p", lambda _v: accepting_pb2.PassPreReviewRequest(), asks=False
    ),
    Act("correct", "RequestCorrection", _CLERK, cases.RECEIVED, "b", _corrections),
    Act(
        "refuse", "RefuseAcceptance", _CLERK, cases.RECEIVED, "n",
        lambda visit: accepting_pb2.RefuseAcceptanceRequest(reason=visit.typed("reason")), grave=True,
    ),
    Act(
        "deliver", "DeliverCase", _CLERK, _state("COMPLETED"), "l",
        lambda visit: delivering_pb2.DeliverCaseRequest(receiver=visit.typed("receiver"), counter=visit.typed("counter")),
    ),
    Act("start", "StartReview", _UNIT, _state("ACCEPTED"), "r", lambda _v: reviewing_pb2.StartReviewRequest(), asks=False),
    Act("decide", "DecideCase", _UNIT, _state("IN_REVIEW"), "g", _decision),
    Act("suspend", "SuspendCase", _UNIT, _state("IN_REVIEW"), "t", _suspension),
    Act(
        "resume", "ResumeCase", _UNIT, _state("SUSPENDED"), "j",
        lambda visit: reviewing_pb2.ResumeCaseRequest(result=visit.typed("result")),
    ),
    Act(
        "extend", "ExtendCase", frozenset({HEAD}), cases.UNDER_WAY, "y",
        lambda visit: reviewing_pb2.ExtendCaseRequest(working_days=number(visit, "days"), reason=visit.typed("reason")),
    ),
    Act(
        "complete", "CompleteCase", _UNIT, _state("DECIDED"), "o",
        lambda visit: delivering_pb2.CompleteCaseRequest(result_number=visit.typed("result_number")),
    ),
    Act(
        "terminate", "TerminateCase", _CLERK | _UNIT,
        cases.RECEIVED | cases.UNDER_WAY | _state("CORRECTION_REQUESTED"), "x",
        lambda visit: reviewing_pb2.TerminateCaseRequest(reason=visit.typed("reason")), grave=True,
    ),
)  # fmt: skip
BY_ID = {act.id: act for act in ACTS}


def open_to(roles: frozenset[str], case: cases_pb2.Case) -> list[Act]:
    """What can be done now by who has these roles."""
    return [act for act in ACTS if case.state in act.begins and roles & act.roles and not _told(act, case)]


def _told(act: Act, case: cases_pb2.Case) -> bool:
    """Whether the law lets an act be done no more: a notice after its five days, a second extension."""
    if act.id in ("correct", "refuse"):
        return bool(case.clock.unit) and not case.notice_due_date
    return act.id == "extend" and any(entry.kind == "extended" for entry in case.clock.entries)


def named(act: Act) -> str:
    """What its button says; three dots where something is asked first."""
    return {
        "accept": _("予以受理"),
        "pass": _("预审合格"),
        "correct": _("补正告知…"),
        "refuse": _("不予受理…"),
        "deliver": _("登记送达…"),
        "start": _("进入审查"),
        "decide": _("作出决定…"),
        "suspend": _("启动特别程序…"),
        "resume": _("结束特别程序…"),
        "extend": _("延长审批期限…"),
        "complete": _("登记办结…"),
        "terminate": _("终止办理…"),
    }[act.id]


def title(act: Act) -> str:
    """What it is called as a heading."""
    return named(act).rstrip("…")
