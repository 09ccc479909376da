"""Looking a case up by its number and its applicant: what is told, what is not, and that guessing gets nowhere."""

from datetime import UTC, datetime, timedelta

import pytest

from services.intake.rules.lookup import (
    MISSES,
    MISSES_IN_ALL,
    MISSES_OF_AN_ADDRESS,
    WINDOW,
    Misses,
    TooManyLookUps,
    is_holder,
    plain_number,
)
from tests.intake.counter import HALL, UNIT, Counter
from tests.serving import As, refusal
from yimen.intake.v1 import intake_pb2_grpc, listing_pb2

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def anybody(counter: Counter) -> As:
    """A caller without a token."""
    return As(intake_pb2_grpc.IntakeServiceStub(counter.channel))


def look_up(anybody: As, number: str, holder: str) -> listing_pb2.CaseProgress:
    progress: listing_pb2.CaseProgress = anybody.LookUpCase(listing_pb2.LookUpCaseRequest(number=number, holder=holder))
    return progress


def test_the_number_and_the_name_tell_how_far_a_case_is(counter: Counter, anybody: As) -> None:
    case = counter.accepted()
    told = look_up(anybody, case.number, case.applicant_display_name)
    assert (told.number, told.hall, told.unit, told.state) == (case.number, f"halls/{HALL}", UNIT, case.state)
    assert told.clock.due_date == case.clock.due_date
    assert not told.clock.entries
    assert case.applicant_display_name not in str(told)


def test_a_number_is_found_as_people_write_it(counter: Counter, anybody: As) -> None:
    case = counter.applicant.submitted()
    written = f" {case.number[:10]} {case.number[10:].lower()} "
    assert look_up(anybody, written, f" {case.applicant_display_name} ").number == case.number


def test_another_name_and_an_unknown_number_are_refused_alike(counter: Counter, anybody: As) -> None:
    case = counter.applicant.submitted()
    refusals = [
        refusal(lambda: look_up(anybody, case.number, "居民丁")),
        refusal(lambda: look_up(anybody, "X" * 40, case.applicant_display_name)),
    ]
    assert refusals[0] == refusals[1]
    assert refusals[0].reason == "NO_SUCH_CASE"


def test_whoever_tries_numbers_for_a_name_is_stopped(anybody: As) -> None:
    reasons = [refusal(lambda n=n: look_up(anybody, f"N{n}", "居民戊")).reason for n in range(MISSES + 1)]  # type: ignore[misc]
    assert set(reasons[:-1]) == {"NO_SUCH_CASE"}
    assert reasons[-1] == "TOO_MANY_LOOK_UPS"


@pytest.mark.parametrize(
    ("kept", "said", "same"),
    [
        ("居民甲", "居民甲", True),
        ("居民甲", " 居 民 甲 ", True),
        ("阿依古丽·某", "阿依古丽•某", True),
        ("Li Mou", "ＬＩ ＭＯＵ", True),
        ("居民甲", "居民乙", False),
        ("居民甲", "", False),
        ("", "", False),
    ],
)
def test_a_name_is_the_holders_however_it_is_typed(kept: str, said: str, same: bool) -> None:
    assert is_holder(kept, said) is same


def test_a_number_is_kept_without_blanks_and_in_capitals() -> None:
    assert plain_number(" 11440307pl 000005x9 ") == "11440307PL000005X9"


def test_misses_are_forgotten_after_the_window() -> None:
    misses = Misses()
    for n in range(MISSES):
        misses.require_few("N1", "居民己", "10.0.0.1", NOW + timedelta(seconds=n))
        misses.count("N1", "居民己", "10.0.0.1", NOW + timedelta(seconds=n))
    for number, holder in (("N2", "居 民己"), ("N1", "居民庚")):
        with pytest.raises(TooManyLookUps):
            misses.require_few(number, holder, "10.0.0.1", NOW + timedelta(seconds=MISSES))
    misses.require_few("N2", "居民庚", "10.0.0.1", NOW + timedelta(seconds=MISSES))
    misses.require_few("N1", "居民己", "10.0.0.1", NOW + WINDOW)


def test_nobody_closes_a_name_for_another_address_and_many_addresses_do_not_help() -> None:
    misses = Misses()
    for n in range(MISSES_IN_ALL):
        misses.require_few("N1", "居民己", f"10.0.0.{n // (MISSES - 1)}", NOW)
        misses.count("N1", "居民己", f"10.0.0.{n // (MISSES - 1)}", NOW)
        if n == MISSES:
            misses.require_few("N1", "居民己", "10.9.9.9", NOW)
    with pytest.raises(TooManyLookUps):
        misses.require_few("N1", "居民己", "10.9.9.9", NOW)


def test_whoever_guesses_names_and_numbers_alike_is_stopped_at_their_address() -> None:
    misses = Misses()
    for n in range(MISSES_OF_AN_ADDRESS):
        misses.require_few(f"N{n}", f"居民{n}", "10.0.0.1", NOW)
        misses.count(f"N{n}", f"居民{n}", "10.0.0.1", NOW)
    with pytest.raises(TooManyLookUps):
        misses.require_few("N", "居民辛", "10.0.0.1", NOW)
    misses.require_few("N", "居民辛", "10.9.9.9", NOW)
