"""What a change-set may propose, when it is adopted, what it takes away; how long a chain takes. Pure: no store, no clock."""

from services.matters.streamlining.rules.effect import CUT, NOTHING, Effect, between
from services.matters.streamlining.rules.path import ChainHasCycle, Link, Task, critical_path, length
from services.matters.streamlining.rules.proposals import flaws, set_flaws
from services.matters.streamlining.rules.review import (
    LEGAL_OFFICE,
    Kind,
    Reviewer,
    State,
    adopt,
    awaited,
    review,
    submit,
)

__all__ = [
    "CUT",
    "LEGAL_OFFICE",
    "NOTHING",
    "ChainHasCycle",
    "Effect",
    "Kind",
    "Link",
    "Reviewer",
    "State",
    "Task",
    "adopt",
    "awaited",
    "between",
    "critical_path",
    "flaws",
    "length",
    "review",
    "set_flaws",
    "submit",
]
