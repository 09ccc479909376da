"""What intake decides, pure: no store, no wire, no clock of its own. Time is an argument."""

from services.intake.rules.admission import require_open
from services.intake.rules.application import content, require_complete, require_current
from services.intake.rules.shapes import Actor
from services.intake.rules.states import State
from services.intake.rules.steps import (
    accept,
    complete,
    create,
    decide,
    deliver,
    due_date_told,
    extend,
    pass_pre_review,
    rate,
    refuse_acceptance,
    renew,
    request_correction,
    resume,
    revise,
    settled,
    start_review,
    submit,
    supplement,
    suspend,
    terminate,
    withdraw,
)
from services.intake.rules.timing import clock, notice_due

__all__ = [
    "Actor",
    "State",
    "accept",
    "clock",
    "complete",
    "content",
    "create",
    "decide",
    "deliver",
    "due_date_told",
    "extend",
    "notice_due",
    "pass_pre_review",
    "rate",
    "refuse_acceptance",
    "renew",
    "request_correction",
    "require_complete",
    "require_current",
    "require_open",
    "resume",
    "revise",
    "settled",
    "start_review",
    "submit",
    "supplement",
    "suspend",
    "terminate",
    "withdraw",
]
