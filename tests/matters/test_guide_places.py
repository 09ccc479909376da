"""Where a matter is handled and accepted near a hall, by the real halls and their standards."""

from pathlib import Path

import pytest

import tenants
from services.matters.guide import places
from services.matters.guide.places import Terms, Words
from services.matters.rules.offers import Said

DISTRICT, STREET, COMMUNITY = 1, 2, 3
HALL = "440307"
PINGHU = "440307003"
HUILONGPU = "440307015004"


@pytest.fixture(scope="module")
def halls() -> tenants.Halls:
    return tenants.load(Path(tenants.__file__).parent)


def near(halls: tenants.Halls, reader: str, handled: int, *accepted: int, words: Words = ()) -> list[str]:
    found, _ = places.near(halls, HALL, Terms((handled,), accepted), words, reader)
    return [place.hall.removeprefix("halls/") for place in found]


def test_a_residents_own_hall_comes_first_then_those_above_then_those_beside(halls: tenants.Halls) -> None:
    found = near(halls, HUILONGPU, DISTRICT, DISTRICT, STREET, COMMUNITY)
    assert found[:3] == [HUILONGPU, "440307015", HALL]
    assert all(code.startswith("440307015") for code in found[3:])
    assert len(found) == places.MOST


def test_a_hall_that_has_nothing_to_do_with_it_is_left_out(halls: tenants.Halls) -> None:
    assert near(halls, HUILONGPU, DISTRICT, DISTRICT) == [HALL]
    assert near(halls, HUILONGPU, DISTRICT, DISTRICT, STREET)[:2] == ["440307015", HALL]


def test_from_the_district_the_streets_are_nearer_than_the_communities(halls: tenants.Halls) -> None:
    found = near(halls, HALL, DISTRICT, DISTRICT, STREET, COMMUNITY)
    assert [len(code) for code in found] == [6, *[9] * 8, *[12] * 3]


def test_all_places_are_counted_whether_shown_or_not(halls: tenants.Halls) -> None:
    found, count = places.near(halls, HALL, Terms((DISTRICT,), (DISTRICT, STREET, COMMUNITY)), (), PINGHU)
    assert (len(found), count) == (12, 118)


def test_what_is_accepted_here_and_handled_elsewhere_is_told_apart(halls: tenants.Halls) -> None:
    found, _ = places.near(halls, HALL, Terms((DISTRICT,), (DISTRICT, STREET)), (), PINGHU)
    does = {place.hall: (place.handles, place.accepts) for place in found}
    assert does[f"halls/{PINGHU}"] == (False, True)
    assert does[f"halls/{HALL}"] == (True, True)


def test_a_place_says_where_it_is_when_it_opens_and_which_counters_take_it(halls: tenants.Halls) -> None:
    (place, *_), _ = places.near(halls, HALL, Terms((DISTRICT,), (DISTRICT,)), (), PINGHU)
    hall = halls.get(HALL)
    assert (place.display_name.zh, place.display_name.en) == (
        "深圳市龙岗区政务服务大厅",
        "Longgang District Government Service Hall",
    )
    assert (place.address.text, place.address.placeholder, place.telephone) == (hall.address, True, "12345")
    assert [(list(h.weekdays), h.opens, h.closes) for h in place.opening_hours] == [
        ([1, 2, 3, 4, 5], "09:00", "12:00"),
        ([1, 2, 3, 4, 5], "14:00", "18:00"),
    ]
    assert [counter.id for counter in place.counters] == [f"general-{n}" for n in range(1, 7)]
    assert place.counters[0].display_name.zh == "综合受理1号窗口"


def test_a_halls_own_word_withdraws_it_or_names_its_counters(halls: tenants.Halls) -> None:
    away = (PINGHU, Said(handles=False, accepts=False))
    assert PINGHU not in near(halls, PINGHU, DISTRICT, DISTRICT, STREET, words=(away,))
    named = (HALL, Said(handles=True, accepts=True, counters=("registration-1",)))
    (place,), _ = places.near(halls, HALL, Terms((DISTRICT,), (DISTRICT,)), (named,), PINGHU)
    assert [counter.id for counter in place.counters] == ["registration-1"]


def test_distance_is_counted_along_the_tree() -> None:
    for one, other, steps in (
        (HALL, HALL, 0),
        (PINGHU, HALL, 1),
        (HUILONGPU, HALL, 2),
        (HUILONGPU, "440307015001", 2),
        (HUILONGPU, PINGHU, 3),
        (HUILONGPU, "440307003001", 4),
    ):
        assert places.distance(one, other) == places.distance(other, one) == steps
