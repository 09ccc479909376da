"""The clock of a case: the ledger of its limit, read from its history, and the five days for a correction notice.

行政许可法 art. 32(4): who does not tell within five working days of receipt what has to be corrected has accepted on the
day of receipt. The law binds licences; Yimen keeps it for every matter. Nothing of it is stored: it follows from the
history and the calendar.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from services.intake.rules import history, limits, states
from services.intake.rules.calendar import STATE_COUNCIL, Calendar, CalendarUnknown, day_of, working_days
from services.intake.rules.limits import Budget, Kind, Projection, Term, TimeUnit
from services.intake.rules.shapes import Case, Limit, Terms

NOTICE_WORKING_DAYS = 5

_KINDS = {
    states.ACCEPT.action: Kind.ACCEPTED,
    states.SUSPEND.action: Kind.SUSPENDED,
    states.RESUME.action: Kind.RESUMED,
    states.EXTEND.action: Kind.EXTENDED,
    states.DECIDE.action: Kind.DECIDED,
    states.WITHDRAW.action: Kind.WITHDRAWN,
    states.TERMINATE.action: Kind.TERMINATED,
}


def clock(case: Case, *, at: datetime, calendar: Calendar = STATE_COUNCIL) -> Projection | None:
    """The limit of the case as it stands; None before acceptance, real or deemed."""
    book = ledger(case.history, on=day_of(at), calendar=calendar)
    return limits.project(budget(case.terms), book, on=day_of(at), calendar=calendar) if book else None


def budget(terms: Terms) -> Budget:
    """The matter's limits. Where it promises nothing of its own the statutory limit is the promise."""
    return Budget(_term(terms.promised_limit), _term(terms.statutory_limit))


def ledger(entries: Sequence[history.Entry], *, on: date, calendar: Calendar = STATE_COUNCIL) -> list[limits.Entry]:
    """What the clock depends on, as it is known on a day; empty before acceptance, real or deemed."""
    begins = _begins(entries, on, calendar)
    if begins is None:
        return []
    clocked = [_entry(one) for one in entries if one["action"] in _KINDS]
    if not clocked or clocked[0].kind is not Kind.ACCEPTED:
        return [limits.Entry(Kind.ACCEPTED, begins), *clocked]
    return [replace(clocked[0], day=begins), *clocked[1:]]


def told_too_late(received: date, on: date, calendar: Calendar = STATE_COUNCIL) -> bool:
    """Whether a correction notice on a day comes after the five working days; raises CalendarUnknown.

    The fifth is the last: a day off after it is too late as well.
    """
    before = on - timedelta(days=1)
    # Where five days of any kind have not passed the calendar need not be known.
    return (before - received).days >= NOTICE_WORKING_DAYS and working_days(received, before, calendar) >= NOTICE_WORKING_DAYS


def notice_due(case: Case, *, at: datetime, calendar: Calendar = STATE_COUNCIL) -> tuple[date, int] | None:
    """The last day for a correction notice and the working days left until then; None where none can be given any more.

    None too where the calendar does not know the year yet.
    """
    received, today = received_on(case.history), day_of(at)
    if received is None or case.state not in states.RECEIVED:
        return None
    try:
        due = limits.due_date(Term(NOTICE_WORKING_DAYS), [limits.Entry(Kind.ACCEPTED, received)], calendar)
        return None if due is None or due < today else (due, working_days(today, due, calendar))
    except CalendarUnknown:
        return None


def received_on(entries: Sequence[history.Entry]) -> date | None:
    """The day of the last submission; None before the first."""
    days = [day_of(history.time_of(one)) for one in entries if one["action"] == states.SUBMIT.action]
    return days[-1] if days else None


def _begins(entries: Sequence[history.Entry], on: date, calendar: Calendar) -> date | None:
    """Day 0: the day of acceptance, or of receipt where no notice came within the five working days."""
    received: date | None = None
    for one in entries:
        day = day_of(history.time_of(one))
        match one["action"]:
            case states.SUBMIT.action:
                received = day
            case states.REQUEST_CORRECTION.action | states.REFUSE_ACCEPTANCE.action:
                received = None
            case states.ACCEPT.action:
                return received if received and _surely_too_late(received, day, calendar) else day
            case states.WITHDRAW.action | states.TERMINATE.action:
                on = min(on, day)
    return received if received and _surely_too_late(received, on, calendar) else None


def _surely_too_late(received: date, on: date, calendar: Calendar) -> bool:
    try:
        return told_too_late(received, on, calendar)
    except CalendarUnknown:
        return False


def _entry(one: history.Entry) -> limits.Entry:
    details: dict[str, Any] = one.get("details", {})
    told = details.get("dueDate")
    return limits.Entry(
        kind=_KINDS[one["action"]],
        day=day_of(history.time_of(one)),
        at=history.time_of(one),
        by=one.get("actor", ""),
        reason=details.get("reason", ""),
        working_days=int(details.get("workingDays", 0)),
        due=date.fromisoformat(told) if told else None,
    )


def _term(limit: Limit) -> Term | None:
    return Term(limit.value, TimeUnit(limit.unit)) if limit.unit else None
