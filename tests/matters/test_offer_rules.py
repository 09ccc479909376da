"""What a hall does with a matter: within tiers and standard, never more."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tenants
from services.chassis.errors import InvalidFields
from services.matters.rules import offers
from services.matters.rules.offers import BeyondStandard, ListIsTheDistricts, Standing
from yimen.halls.v1 import halls_pb2

HALLS = tenants.load()
DISTRICT, STREET, COMMUNITY = (HALLS.get(code) for code in ("440307", "440307003", "440307003012"))

# The division of a unit of the district.
AREA = "440307"


@dataclass(frozen=True)
class AWord:
    """What a hall says."""

    handles: bool = False
    accepts: bool = False
    counters: list[str] = field(default_factory=list)


def terms(handled: list[int], accepted: list[int]) -> SimpleNamespace:
    """Where a matter is handled and accepted."""
    return SimpleNamespace(handled_at=handled, accepted_at=accepted)


OF_THE_DISTRICT = terms([1], [1, 2])
OF_THE_STREETS = terms([2], [2, 3])


@pytest.mark.parametrize(
    ("matter", "hall", "handles", "accepts"),
    [
        (OF_THE_DISTRICT, DISTRICT, True, True),
        (OF_THE_DISTRICT, STREET, False, True),
        (OF_THE_DISTRICT, COMMUNITY, False, False),
        (OF_THE_STREETS, DISTRICT, False, False),
        (OF_THE_STREETS, STREET, True, True),
        (OF_THE_STREETS, COMMUNITY, False, True),
        (terms([3], []), COMMUNITY, True, True),
        (terms([], [1, 2, 3]), DISTRICT, False, False),
    ],
)
def test_without_a_word_a_hall_does_all_that_its_standard_has_it_do(
    matter: SimpleNamespace, hall: tenants.Hall, handles: bool, accepts: bool
) -> None:
    assert offers.standing(matter, hall, AREA, None) == Standing(handles, accepts)


def test_what_a_streets_office_answers_for_is_done_in_that_street_alone() -> None:
    for hall in HALLS.subtree("440307"):
        standing = offers.standing(OF_THE_STREETS, hall, STREET.code, AWord(True, True))
        assert standing.is_offered == hall.code.startswith(STREET.code)


tiers = st.lists(st.integers(0, 3), max_size=4)
words = st.builds(AWord, st.booleans(), st.booleans(), st.lists(st.sampled_from(["general-1", "special-9"]), max_size=2))


@given(tiers, tiers, st.sampled_from([DISTRICT, STREET, COMMUNITY]), words)
def test_whatever_a_hall_says_it_does_no_more_than_the_standard(
    handled: list[int], accepted: list[int], hall: tenants.Hall, word: AWord
) -> None:
    matter = terms(handled, accepted)
    allowed, done = offers.standard(matter, hall, AREA), offers.standing(matter, hall, AREA, word)
    assert done.handles <= allowed.handles
    assert done.accepts <= allowed.accepts
    assert set(done.counters) <= set(hall.counters)
    assert done.own


def test_a_hall_may_do_less_and_name_its_counters() -> None:
    word = AWord(accepts=True, counters=["registration-1"])
    offers.require_within(OF_THE_DISTRICT, DISTRICT, AREA, word, matter="m")
    assert offers.standing(OF_THE_DISTRICT, DISTRICT, AREA, word) == Standing(False, True, ("registration-1",), own=True)
    assert not offers.standing(OF_THE_DISTRICT, DISTRICT, AREA, AWord()).is_offered


@pytest.mark.parametrize("word", [AWord(handles=True, accepts=True), AWord(accepts=True)])
def test_a_hall_may_not_do_more(word: AWord) -> None:
    with pytest.raises(BeyondStandard) as refused:
        offers.require_within(OF_THE_DISTRICT, COMMUNITY, AREA, word, matter="halls/440307/matters/m")
    assert refused.value.facts["hall"] == "halls/440307003012"
    assert refused.value.message("zh") != refused.value.message("en")


def test_every_field_that_is_wrong_is_named_at_once() -> None:
    word = AWord(handles=True, counters=["general-1", "general-99", "delivery-1", "general-1"])
    with pytest.raises(InvalidFields) as refused:
        offers.require_within(OF_THE_DISTRICT, DISTRICT, AREA, word, matter="m")
    assert {v.field: v.rule for v in refused.value.violations} == {
        "offer.accepts": "HANDLED_IS_ACCEPTED",
        "offer.counters[1]": "COUNTER_UNKNOWN",
        "offer.counters[2]": "COUNTER_TAKES_CASES",
        "offer.counters[3]": "COUNTER_NAMED_ONCE",
    }


def test_the_list_is_the_districts() -> None:
    offers.require_district(DISTRICT)
    for hall in (STREET, COMMUNITY):
        with pytest.raises(ListIsTheDistricts):
            offers.require_district(hall)


def test_tiers_are_numbered_as_the_contract_numbers_them() -> None:
    assert {f"TIER_{name.upper()}": number for number, name in offers.TIERS.items()} == dict(list(halls_pb2.Tier.items())[1:])
