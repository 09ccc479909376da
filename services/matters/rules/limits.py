"""Time limits in one measure: nominal working days."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import groupby

from services.matters.rules.shape import Limit, Step, TimeUnit

# Seven calendar days hold five working days, a month 30 calendar days, a year 365, a working day 8 hours.
# Nominal on purpose: a rule of publication cannot know the holidays of the cases to come. A case's own dates
# are computed from the real calendar.
_WORKING_DAYS = {
    TimeUnit.WORKING_DAY: Fraction(1),
    TimeUnit.CALENDAR_DAY: Fraction(5, 7),
    TimeUnit.MONTH: Fraction(30 * 5, 7),
    TimeUnit.YEAR: Fraction(365 * 5, 7),
    TimeUnit.HOUR: Fraction(1, 8),
}
_NAMES = {
    TimeUnit.WORKING_DAY: ("个工作日", "working days"),
    TimeUnit.CALENDAR_DAY: ("个自然日", "calendar days"),
    TimeUnit.MONTH: ("个月", "months"),
    TimeUnit.YEAR: ("年", "years"),
    TimeUnit.HOUR: ("小时", "hours"),
}


def is_kept(limit: Limit) -> bool:
    """Whether a limit is stated at all."""
    return limit.unit in _WORKING_DAYS


def working_days(limit: Limit) -> Fraction:
    """The limit in nominal working days, exactly."""
    return limit.value * _WORKING_DAYS[TimeUnit(limit.unit)]


def is_beyond(limit: Limit, days: int) -> bool:
    """Whether the limit is kept and longer than so many working days."""
    return is_kept(limit) and working_days(limit) > days


def in_words(limit: Limit, prefix: str = "") -> dict[str, str]:
    """The limit as people say it, as the facts `{prefix}zh` and `{prefix}en`."""
    zh, en = _NAMES[TimeUnit(limit.unit)]
    return {f"{prefix}zh": f"{limit.value} {zh}", f"{prefix}en": f"{limit.value} {en}"}


def days_of(steps: Iterable[Step]) -> int:
    """The working days that the steps take; neighbours of one parallel group count by their longest."""
    total = 0
    for group, members in groupby(steps, key=lambda step: step.parallel_group):
        days = [step.working_days for step in members]
        total += max(days) if group else sum(days)
    return total
