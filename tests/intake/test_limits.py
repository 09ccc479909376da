"""The limit: a budget plus a ledger in the State Council's working days."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.intake.messages import clock
from services.intake.rules.calendar import STATE_COUNCIL, CalendarUnknown, working_days
from services.intake.rules.limits import Budget, Entry, Kind, Term, TimeUnit, due_date, moved, project
from yimen.matters.v1 import elements_pb2

# Enough of what the calendar knows, far enough from its end.
days = st.dates(date(2014, 6, 1), date(2024, 12, 31))
working_terms = st.integers(1, 60).map(Term)
terms = st.builds(Term, st.integers(1, 60), st.sampled_from([TimeUnit.WORKING_DAY, TimeUnit.CALENDAR_DAY])) | st.builds(
    Term, st.integers(1, 6), st.just(TimeUnit.MONTH)
)


def accepted(day: date) -> Entry:
    return Entry(Kind.ACCEPTED, day)


def suspended(day: date) -> Entry:
    return Entry(Kind.SUSPENDED, day)


def resumed(day: date) -> Entry:
    return Entry(Kind.RESUMED, day)


def extended(day: date, working_days: int) -> Entry:
    return Entry(Kind.EXTENDED, day, working_days=working_days)


def d(text: str) -> date:
    return date.fromisoformat(text)


def test_the_acceptance_day_is_day_0() -> None:
    assert due_date(Term(1), [accepted(d("2015-03-02"))]) == d("2015-03-03")


def test_a_limit_of_no_days_ends_on_the_day_of_acceptance() -> None:
    assert due_date(Term(0), [accepted(d("2015-03-02"))]) == d("2015-03-02")


def test_make_up_saturdays_are_worked_and_the_spring_festival_is_not() -> None:
    # 国办发明电〔2014〕28号: off from 18 to 24 February 2015, worked on Sunday the 15th and Saturday the 28th.
    assert due_date(Term(5), [accepted(d("2015-02-16"))]) == d("2015-02-28")


def test_a_limit_accepted_on_a_day_off_counts_from_the_next_working_day() -> None:
    assert due_date(Term(1), [accepted(d("2015-03-07"))]) == d("2015-03-09")


def test_natural_days_count_every_day() -> None:
    assert due_date(Term(10, TimeUnit.CALENDAR_DAY), [accepted(d("2015-03-02"))]) == d("2015-03-12")


def test_a_natural_limit_that_would_end_on_a_day_off_ends_on_the_next_working_day() -> None:
    # The tenth day is the first day of the National Day week of 2015, which ends on the 7th.
    assert due_date(Term(10, TimeUnit.CALENDAR_DAY), [accepted(d("2015-09-21"))]) == d("2015-10-08")


def test_a_month_ends_on_the_day_of_the_same_number_or_the_last_one() -> None:
    assert due_date(Term(1, TimeUnit.MONTH), [accepted(d("2014-12-31"))]) == d("2015-02-02")  # 31 January: a Saturday
    assert due_date(Term(1, TimeUnit.MONTH), [accepted(d("2016-01-31"))]) == d("2016-02-29")
    assert due_date(Term(1, TimeUnit.YEAR), [accepted(d("2016-02-29"))]) == d("2017-02-28")


def test_hours_are_whole_days() -> None:
    assert due_date(Term(48, TimeUnit.HOUR), [accepted(d("2015-03-02"))]) == d("2015-03-04")


def test_a_special_procedure_takes_the_days_after_its_first_up_to_its_last() -> None:
    ledger = [accepted(d("2015-03-02")), suspended(d("2015-03-04")), resumed(d("2015-03-09"))]
    assert due_date(Term(5), ledger) == d("2015-03-12")


def test_while_a_special_procedure_goes_on_there_is_no_due_date_and_nothing_is_used_up() -> None:
    ledger = [accepted(d("2015-03-02")), suspended(d("2015-03-04"))]
    seen = project(Budget(Term(5)), ledger, on=d("2015-04-30"))
    assert (seen.due, seen.used, seen.left, seen.running, seen.overdue) == (None, 2, 3, False, False)


def test_a_procedure_that_begins_after_the_last_day_changes_nothing() -> None:
    ledger = [accepted(d("2015-03-02")), suspended(d("2015-03-20"))]
    seen = project(Budget(Term(5)), ledger, on=d("2015-03-25"))
    assert (seen.due, seen.overdue) == (d("2015-03-09"), True)


def test_the_decision_stops_the_clock() -> None:
    ledger = [accepted(d("2015-03-02")), Entry(Kind.DECIDED, d("2015-03-04"))]
    seen = project(Budget(Term(5)), ledger, on=d("2015-06-01"))
    assert (seen.used, seen.left, seen.running, seen.overdue) == (2, 3, False, False)


def test_a_case_decided_late_stays_overdue_by_the_days_it_was_late() -> None:
    ledger = [accepted(d("2015-03-02")), Entry(Kind.DECIDED, d("2015-03-11"))]
    seen = project(Budget(Term(5)), ledger, on=d("2015-06-01"))
    assert (seen.used, seen.left, seen.overdue) == (7, -2, True)


def test_the_last_day_is_in_time() -> None:
    ledger = [accepted(d("2015-03-02"))]
    assert not project(Budget(Term(5)), ledger, on=d("2015-03-09")).overdue
    assert project(Budget(Term(5)), ledger, on=d("2015-03-10")).overdue


def test_each_entry_says_where_it_moved_the_last_day() -> None:
    ledger = [
        accepted(d("2015-03-02")),
        suspended(d("2015-03-04")),
        resumed(d("2015-03-06")),
        extended(d("2015-03-09"), 3),
        Entry(Kind.DECIDED, d("2015-03-10")),
    ]
    seen = project(Budget(Term(5), Term(20)), ledger, on=d("2015-03-10"))
    moves = [entry.due for entry in seen.entries]
    assert moves == [d("2015-03-09"), None, d("2015-03-11"), d("2015-03-16"), None]
    assert seen.statutory_due == d("2015-04-07")


def test_without_a_promise_the_statutory_limit_is_kept() -> None:
    assert project(Budget(None, Term(5)), [accepted(d("2015-03-02"))], on=d("2015-03-02")).due == d("2015-03-09")


def test_a_promise_in_working_days_never_outlasts_the_law_in_natural_days() -> None:
    # Seven working days over the National Day week of 2015 take longer than ten natural ones.
    budget = Budget(Term(7), Term(10, TimeUnit.CALENDAR_DAY))
    seen = project(budget, [accepted(d("2015-09-29"))], on=d("2015-10-14"))
    assert (seen.due, seen.statutory_due, seen.overdue) == (d("2015-10-09"), d("2015-10-09"), True)
    # 10 October 2015 was a working Saturday.
    assert seen.left == -4
    left = [project(budget, [accepted(d("2015-09-29"))], on=d(day)).left for day in ("2015-09-29", "2015-10-08", "2015-10-09")]
    assert left == [3, 1, 0]


def test_a_matter_without_any_limit_is_never_overdue() -> None:
    seen = project(Budget(None), [accepted(d("2015-03-02"))], on=d("2020-03-02"))
    assert (seen.due, seen.overdue, seen.left) == (None, False, None)


def test_a_limit_that_reaches_into_an_unknown_year_says_so_and_guesses_nothing() -> None:
    seen = project(Budget(Term(20)), [accepted(d("2026-12-21"))], on=d("2026-12-31"))
    assert (seen.due, seen.unknown_year, seen.used, seen.left, seen.overdue) == (None, 2027, 8, 12, False)
    with pytest.raises(CalendarUnknown) as unknown:
        due_date(Term(20), [accepted(d("2026-12-21"))])
    assert unknown.value.message("zh") == "国务院尚未公布 2027 年的节假日安排，无法计算工作日"


def test_in_an_unknown_year_even_the_used_days_are_not_guessed() -> None:
    seen = project(Budget(Term(20)), [accepted(d("2026-12-21"))], on=d("2027-01-20"))
    assert (seen.used, seen.left, seen.unknown_year) == (None, None, 2027)


class Corrected:
    """The State Council's calendar with one more day off."""

    def __init__(self, off: date) -> None:
        self._off = off

    def is_working_day(self, day: date) -> bool:
        return day != self._off and STATE_COUNCIL.is_working_day(day)


def test_a_corrected_calendar_moves_due_dates_and_says_which_entries() -> None:
    # 国务院 made 3 September 2015 a day off in May 2015.
    ledger = [accepted(d("2015-03-02")), suspended(d("2015-03-04")), resumed(d("2015-09-01"))]
    changes = moved(Budget(Term(5)), ledger, before=STATE_COUNCIL, after=Corrected(d("2015-09-02")))
    assert [(old.kind, old.due, new.due) for old, new in changes] == [(Kind.RESUMED, d("2015-09-07"), d("2015-09-08"))]


@given(days, working_terms, st.integers(0, 40), st.integers(0, 200))
def test_a_special_procedure_moves_the_last_day_by_exactly_its_working_days(
    day: date, term: Term, begins: int, lasts: int
) -> None:
    start, end = day + timedelta(begins), day + timedelta(begins + lasts)
    plain = due_date(term, [accepted(day)])
    assert plain
    assume(start < plain)
    moved_to = due_date(term, [accepted(day), suspended(start), resumed(end)])
    assert moved_to
    assert working_days(plain, moved_to) == working_days(start, end)


@given(days, st.integers(1, 60), st.integers(0, 40), st.integers(0, 200))
def test_a_special_procedure_moves_a_natural_limit_by_its_days_up_to_the_next_working_day(
    day: date, length: int, begins: int, lasts: int
) -> None:
    assume(begins < length)
    start, end = day + timedelta(begins), day + timedelta(begins + lasts)
    moved_to = due_date(Term(length, TimeUnit.CALENDAR_DAY), [accepted(day), suspended(start), resumed(end)])
    assert moved_to
    last = day + timedelta(length + lasts)
    assert moved_to >= last
    assert working_days(last - timedelta(1), moved_to) == 1


@given(days, terms, st.lists(st.integers(0, 30), min_size=2, max_size=8), st.integers(1, 10), st.data())
def test_when_an_extension_was_approved_does_not_change_the_last_day(
    day: date, term: Term, steps: list[int], more: int, data: Any
) -> None:
    ledger, reached = [accepted(day)], day
    for n, step in enumerate(steps[: len(steps) // 2 * 2]):
        reached += timedelta(step)
        ledger.append(resumed(reached) if n % 2 else suspended(reached))
    places = st.integers(1, len(ledger))
    one, other = data.draw(places), data.draw(places)

    def due(place: int) -> date | None:
        return due_date(term, [*ledger[:place], extended(ledger[place - 1].day, more), *ledger[place:]])

    assert due(one) == due(other)


@given(days, working_terms, st.integers(0, 200))
def test_used_and_left_add_up_to_the_limit_on_every_day(day: date, term: Term, later: int) -> None:
    today = day + timedelta(later)
    seen = project(Budget(term), [accepted(day)], on=today)
    assert seen.used is not None
    assert seen.left is not None
    assert seen.due
    assert seen.used + seen.left == term.value
    assert seen.used == working_days(day, today)
    assert seen.overdue == (today > seen.due)
    # On a day off after the last day the limit has passed, and no working day of delay has been counted yet.
    assert seen.overdue == (seen.left < 0) or (seen.left == 0 and not STATE_COUNCIL.is_working_day(today))


def test_a_limit_in_months_is_said_in_the_days_that_it_counts() -> None:
    ledger = [accepted(d("2015-03-02")), extended(d("2015-03-09"), 3)]
    said = clock(project(Budget(Term(2, TimeUnit.MONTH), Term(1, TimeUnit.YEAR)), ledger, on=d("2015-03-12")))
    assert said
    assert (said.promised_days, said.statutory_days, said.unit) == (61, 366, elements_pb2.TIME_UNIT_CALENDAR_DAY)
    assert (said.used_days, said.extended_days, said.due_date) == (10, 3, "2015-05-06")


@given(days, working_terms, terms, st.integers(0, 200))
def test_what_is_left_is_left_to_the_day_that_a_case_is_due(day: date, promised: Term, law: Term, later: int) -> None:
    today = day + timedelta(later)
    seen = project(Budget(promised, law), [accepted(day)], on=today)
    assert seen.due
    assert seen.left == (working_days(today, seen.due) if today <= seen.due else -working_days(seen.due, today))


@given(days, terms, st.integers(1, 10))
def test_an_extension_moves_the_last_day_by_its_working_days(day: date, term: Term, more: int) -> None:
    plain, later = due_date(Term(term.value, term.unit), [accepted(day)]), None
    later = due_date(term, [accepted(day), extended(day, more)])
    assert plain
    assert later
    # A natural limit that would have ended on a day off is extended from that day.
    assert working_days(plain, later) in ({more} if term.counts_working_days else {more, more - 1})


@given(days, terms, terms)
def test_the_last_day_is_a_working_day_and_never_before_a_shorter_limits(day: date, one: Term, other: Term) -> None:
    assume(one.unit == other.unit)
    short, long = sorted((one, other), key=lambda term: term.value)
    first, second = due_date(short, [accepted(day)]), due_date(long, [accepted(day)])
    assert first
    assert second
    assert first <= second
    assert STATE_COUNCIL.is_working_day(first)
