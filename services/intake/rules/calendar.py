"""Days: dates in Shenzhen, and which of them the State Council makes working days (make-up Saturdays included)."""

import functools
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import chinese_calendar

from services.chassis.errors import FailedPrecondition

SHANGHAI = ZoneInfo("Asia/Shanghai")
_DAY = timedelta(days=1)


class CalendarUnknown(FailedPrecondition):
    """The State Council's arrangement of the year is not known here: nothing is guessed."""

    zh = "国务院尚未公布 {year} 年的节假日安排，无法计算工作日"
    en = "the working days of {year} are not known: the State Council's arrangement is missing"

    @property
    def year(self) -> int:
        """The year that is missing."""
        return int(str(self.facts["year"]))


class Calendar(Protocol):
    """Which days are worked."""

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is worked; raises CalendarUnknown for a year that is not known."""
        ...


class StateCouncil:
    """The State Council's yearly arrangements, as the installed chinesecalendar keeps them."""

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is worked; raises CalendarUnknown for a year that is not known."""
        return _arranged(day)


# A projection asks for hundreds of days, and the library looks through all its years at each.
@functools.cache
def _arranged(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError as unknown:
        raise CalendarUnknown(year=day.year) from unknown


STATE_COUNCIL = StateCouncil()


def day_of(at: datetime) -> date:
    """The day in Shenzhen of an aware time."""
    return at.astimezone(SHANGHAI).date()


def days_after(day: date, until: date) -> Iterator[date]:
    """The days after the one, up to and including the other."""
    while day < until:
        day += _DAY
        yield day


def working_days(after: date, until: date, calendar: Calendar = STATE_COUNCIL) -> int:
    """How many working days lie after the one day and up to and including the other."""
    return sum(calendar.is_working_day(day) for day in days_after(after, until))
