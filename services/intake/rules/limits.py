"""The limit of a case: a budget plus a ledger, projected on a calendar and never stored.

Counting (行政许可法 art. 42, 45, 82; 民法通则 art. 154, now 民法典 art. 200 to 203):
- The day of acceptance is day 0; the first day that counts is the next one.
- Working days are the State Council's. Where the matter counts natural days, months or years, every day counts, but
  a limit does not end on a day off: it ends on the next working day.
- A special procedure takes the days after the one it begins on, up to and including the one it ends on.
- An extension adds working days after the budget, whenever it was approved.
- The decision (or an earlier end) stops the clock.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum, IntEnum
from functools import partial
from typing import TypeVar

from services.intake.rules.calendar import STATE_COUNCIL, Calendar, CalendarUnknown, days_after

T = TypeVar("T")


class TimeUnit(IntEnum):
    """时限单位, numbered as yimen.matters.v1.TimeUnit."""

    UNSPECIFIED = 0
    WORKING_DAY = 1
    CALENDAR_DAY = 2
    MONTH = 3
    YEAR = 4
    HOUR = 5


@dataclass(frozen=True)
class Term:
    """A length of time that is promised, or that the law gives."""

    value: int
    unit: TimeUnit = TimeUnit.WORKING_DAY

    @property
    def counts_working_days(self) -> bool:
        return self.unit is TimeUnit.WORKING_DAY

    def days_from(self, day: date) -> int:
        """The term as a number of the days that it counts; a month ends on the day of the same number, or the last."""
        match self.unit:
            case TimeUnit.MONTH:
                return (_months_after(day, self.value) - day).days
            case TimeUnit.YEAR:
                return (_months_after(day, 12 * self.value) - day).days
            case TimeUnit.HOUR:
                return -(-self.value // 24)
            case _:
                return self.value


@dataclass(frozen=True)
class Budget:
    """What the matter gives: the promised limit, and the statutory one where a law sets one."""

    promised: Term | None
    statutory: Term | None = None

    @property
    def kept(self) -> Term | None:
        """The limit that the case is measured by: the promised one, else the statutory one."""
        return self.promised or self.statutory


class Kind(Enum):
    """What an entry of the ledger says."""

    ACCEPTED = "accepted"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    EXTENDED = "extended"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"


ENDS = frozenset({Kind.DECIDED, Kind.WITHDRAWN, Kind.TERMINATED})


@dataclass(frozen=True)
class Entry:
    """One fact that the clock depends on. `due` is where the entry put the last day: projected, or as told then."""

    kind: Kind
    day: date
    at: datetime | None = None
    by: str = ""
    reason: str = ""
    working_days: int = 0
    due: date | None = None


Ledger = Sequence[Entry]


@dataclass(frozen=True)
class Projection:
    """A limit as it stands on a day. `left` is to `due`, the promise's last day or the law's if that is earlier.

    `used` and `left` are None where the calendar does not know the days up to it.
    """

    accept_date: date
    promised: Term | None
    statutory: Term | None
    used: int | None
    left: int | None
    due: date | None
    statutory_due: date | None
    running: bool
    overdue: bool
    unknown_year: int | None
    entries: tuple[Entry, ...]


def project(budget: Budget, ledger: Ledger, *, on: date, calendar: Calendar = STATE_COUNCIL) -> Projection:
    """The limit as it stands on a day. The ledger begins with the acceptance and is in order of time."""
    ended = next((entry.day for entry in ledger if entry.kind in ENDS), None)
    seen = min(on, ended) if ended else on
    spent, unknown_spent = _unless_unknown(partial(_spent, budget.kept, ledger, seen, calendar))
    kept, unknown_kept = _unless_unknown(partial(due_date, budget.kept, ledger, calendar))
    law, unknown_law = _unless_unknown(partial(due_date, budget.statutory, ledger, calendar))
    due = _earlier(kept, law)
    used, left = spent or (None, None)
    if law and law == due != kept and left is not None:
        # What the promise would leave after the day that the law ends on is nobody's to use.
        left -= _spent(budget.kept, ledger, law, calendar)[1] or 0
    return Projection(
        accept_date=ledger[0].day, promised=budget.promised, statutory=budget.statutory,
        used=used, left=left, due=due, statutory_due=law,
        running=ended is None and _held_since(_stops(ledger)) is None,
        overdue=seen > due if due else left is not None and left < 0,
        unknown_year=unknown_spent or unknown_kept or unknown_law, entries=_dated(budget, ledger, calendar),
    )  # fmt: skip


def due_date(term: Term | None, ledger: Ledger, calendar: Calendar = STATE_COUNCIL) -> date | None:
    """The last day of the term; None without a term, and while a special procedure holds it open.

    Raises CalendarUnknown.
    """
    if term is None:
        return None
    if _total(term, ledger) == 0:
        return ledger[0].day
    return next((day for day, left in _counted(term, ledger, date.max, calendar) if left == 0), None)


def moved(budget: Budget, ledger: Ledger, *, before: Calendar, after: Calendar) -> list[tuple[Entry, Entry]]:
    """The entries that a corrected calendar gives another due date, as they were and as they are."""
    pairs = zip(_dated(budget, ledger, before), _dated(budget, ledger, after), strict=True)
    return [(old, new) for old, new in pairs if old.due != new.due]


def _counted(term: Term, ledger: Ledger, until: date, calendar: Calendar) -> Iterator[tuple[date, int]]:
    """The days up to and including `until` that count, each with what is left after it; below 0 past the term.

    Ends early where a special procedure holds the clock: no later day counts.
    """
    left = _total(term, ledger)
    natural = 0 if term.counts_working_days else term.days_from(ledger[0].day)
    last_is_natural = left == natural
    stops = _stops(ledger)
    held = _held_since(stops)
    for day in days_after(ledger[0].day, held if held and held < until else until):
        if any(begun < day <= (resumed or date.max) for begun, resumed in stops):
            continue
        if natural > 0:
            if natural == 1 and last_is_natural and not calendar.is_working_day(day):
                continue
            natural -= 1
        elif (term.counts_working_days or left > 0) and not calendar.is_working_day(day):
            continue
        left -= 1
        yield day, left


def _spent(term: Term | None, ledger: Ledger, until: date, calendar: Calendar) -> tuple[int | None, int | None]:
    """How many days have counted up to and including a day, and how many are left; None without a term."""
    if term is None:
        return None, None
    left_after = [left for _, left in _counted(term, ledger, until, calendar)]
    return len(left_after), left_after[-1] if left_after else _total(term, ledger)


def _total(term: Term, ledger: Ledger) -> int:
    return term.days_from(ledger[0].day) + sum(entry.working_days for entry in ledger)


def _dated(budget: Budget, ledger: Ledger, calendar: Calendar) -> tuple[Entry, ...]:
    """The entries with the due date that each of them led to; None where it moved nothing, or nothing is known."""
    dated: list[Entry] = []
    known: date | None = None
    for n, entry in enumerate(ledger, start=1):
        kept, _ = _unless_unknown(partial(due_date, budget.kept, ledger[:n], calendar))
        law, _ = _unless_unknown(partial(due_date, budget.statutory, ledger[:n], calendar))
        due = _earlier(kept, law)
        dated.append(replace(entry, due=due if due != known else None))
        known = due or known
    return tuple(dated)


def _earlier(kept: date | None, law: date | None) -> date | None:
    """What a case is due by: a promise never outlasts the law, whatever the holidays between them."""
    return min(filter(None, (kept, law)), default=None)


def _stops(ledger: Ledger) -> list[tuple[date, date | None]]:
    """Each special procedure's first and last day; the last is None while it goes on."""
    stops: list[tuple[date, date | None]] = []
    for entry in ledger:
        if entry.kind is Kind.SUSPENDED:
            stops.append((entry.day, None))
        elif entry.kind is Kind.RESUMED and stops:
            stops[-1] = (stops[-1][0], entry.day)
    return stops


def _held_since(stops: list[tuple[date, date | None]]) -> date | None:
    """The day on which a special procedure began that still goes on."""
    return stops[-1][0] if stops and stops[-1][1] is None else None


def _unless_unknown(compute: Callable[[], T]) -> tuple[T | None, int | None]:
    """What `compute` gives, or the year that the calendar does not know."""
    try:
        return compute(), None
    except CalendarUnknown as unknown:
        return None, unknown.year


def _months_after(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
