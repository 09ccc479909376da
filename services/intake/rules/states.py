"""The states of a case, and from which of them each step leads where."""

from dataclasses import dataclass
from enum import IntEnum

from services.chassis.errors import FailedPrecondition


class State(IntEnum):
    """办件状态, numbered as yimen.intake.v1.CaseState."""

    DRAFT = 1
    SUBMITTED = 2
    PRE_REVIEWED = 3
    CORRECTION_REQUESTED = 4
    NOT_ACCEPTED = 5
    ACCEPTED = 6
    IN_REVIEW = 7
    SUSPENDED = 8
    DECIDED = 9
    COMPLETED = 10
    DELIVERED = 11
    WITHDRAWN = 12
    TERMINATED = 13

    @property
    def json(self) -> str:
        """The state as the API's JSON names it."""
        return f"CASE_STATE_{self.name}"

    @property
    def zh(self) -> str:
        """The state in Chinese."""
        return _ZH[self]

    @property
    def en(self) -> str:
        """The state in English."""
        return self.name.lower().replace("_", " ")


_ZH = {
    State.DRAFT: "草稿",
    State.SUBMITTED: "已提交",
    State.PRE_REVIEWED: "预审通过",
    State.CORRECTION_REQUESTED: "待补正",
    State.NOT_ACCEPTED: "不予受理",
    State.ACCEPTED: "已受理",
    State.IN_REVIEW: "审查中",
    State.SUSPENDED: "特别程序",
    State.DECIDED: "已决定",
    State.COMPLETED: "已办结",
    State.DELIVERED: "已送达",
    State.WITHDRAWN: "已撤回",
    State.TERMINATED: "已终止",
}

# The applicant may change form and materials.
EDITABLE = frozenset({State.DRAFT, State.CORRECTION_REQUESTED})
# Handed in, and not accepted yet.
RECEIVED = frozenset({State.SUBMITTED, State.PRE_REVIEWED})
# The unit has the case, and has not decided.
UNDER_WAY = frozenset({State.ACCEPTED, State.IN_REVIEW, State.SUSPENDED})


class WrongState(FailedPrecondition):
    """The state of the case does not allow the step."""

    zh = "办件处于“{state_zh}”状态，不能{step_zh}"
    en = "the case is {state_en}: it cannot be {step_en}"


@dataclass(frozen=True)
class Step:
    """A step: the custom method that takes it, what it is called, where it may begin, and where it leads.

    `to` is None for a step that leaves the state as it is.
    """

    action: str
    zh: str
    en: str
    begins: frozenset[State]
    to: State | None

    def require(self, state: int) -> State:
        """The state, where the step may begin in it; else WrongState."""
        now = State(state)
        if now not in self.begins:
            raise WrongState(state=now.name, state_zh=now.zh, state_en=now.en, step_zh=self.zh, step_en=self.en)
        return now


REVISE = Step("update", "修改", "changed", EDITABLE, None)
RENEW = Step("renew", "按新版事项更新", "renewed", frozenset({State.DRAFT}), None)
SUBMIT = Step("submit", "提交", "submitted", EDITABLE, State.SUBMITTED)
PASS_PRE_REVIEW = Step("passPreReview", "预审", "pre-reviewed", frozenset({State.SUBMITTED}), State.PRE_REVIEWED)
REQUEST_CORRECTION = Step("requestCorrection", "要求补正", "sent back for correction", RECEIVED, State.CORRECTION_REQUESTED)
REFUSE_ACCEPTANCE = Step("refuseAcceptance", "决定不予受理", "refused acceptance", RECEIVED, State.NOT_ACCEPTED)
ACCEPT = Step("accept", "受理", "accepted", RECEIVED, State.ACCEPTED)
SUPPLEMENT = Step("supplement", "补交材料", "supplemented", UNDER_WAY, None)
START_REVIEW = Step("startReview", "开始审查", "taken up for review", frozenset({State.ACCEPTED}), State.IN_REVIEW)
SUSPEND = Step("suspend", "启动特别程序", "suspended for a special procedure", frozenset({State.IN_REVIEW}), State.SUSPENDED)
RESUME = Step("resume", "结束特别程序", "resumed", frozenset({State.SUSPENDED}), State.IN_REVIEW)
EXTEND = Step("extend", "延长期限", "extended", UNDER_WAY, None)
DECIDE = Step("decide", "作出决定", "decided", frozenset({State.IN_REVIEW}), State.DECIDED)
COMPLETE = Step("complete", "办结", "completed", frozenset({State.DECIDED}), State.COMPLETED)
DELIVER = Step("deliver", "送达", "delivered", frozenset({State.COMPLETED}), State.DELIVERED)
RATE = Step("rate", "评价", "rated", UNDER_WAY | {State.DECIDED, State.COMPLETED, State.DELIVERED}, None)
WITHDRAW = Step("withdraw", "撤回", "withdrawn", EDITABLE | RECEIVED | UNDER_WAY, State.WITHDRAWN)
TERMINATE = Step(
    "terminate", "终止办理", "terminated",
    RECEIVED | UNDER_WAY | {State.CORRECTION_REQUESTED}, State.TERMINATED,
)  # fmt: skip

STEPS = (
    RENEW, SUBMIT, PASS_PRE_REVIEW, REQUEST_CORRECTION, REFUSE_ACCEPTANCE, ACCEPT, SUPPLEMENT, START_REVIEW, SUSPEND,
    RESUME, EXTEND, DECIDE, COMPLETE, DELIVER, RATE, WITHDRAW, TERMINATE,
)  # fmt: skip
