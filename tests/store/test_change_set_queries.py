"""What change-sets ask of the store: answered as plain Python answers it, and never by a scan."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.chassis import context
from services.chassis.context import Scope
from services.chassis.pages import page
from services.matters.streamlining.documents import ChangeSet
from tests.store.asking import no_scan
from tests.store.filling import HALLS, NOW, UNITS
from yimen.matters.v1.streamlining_pb2 import ListChangeSetsRequest

DISTRICT, OTHER = HALLS[0], "440306"
PROGRAMMES = ["2014", "2015", ""]
ADOPTED = 4
Row = dict[str, Any]
_chance = random.Random(710)


@pytest.fixture(scope="module", autouse=True)
def rows(filled: None) -> list[Row]:
    """Stored change-sets as plain Python knows them."""
    ChangeSet.ensure_indexes()
    rows = [
        {
            "_id": f"c{n}",
            "version": 1,
            "hall": _chance.choice([DISTRICT, DISTRICT, OTHER]),
            "zh": "方案",
            "programme": _chance.choice(PROGRAMMES),
            "content": b"",
            "units": _chance.sample(UNITS, _chance.randrange(len(UNITS) + 1)),
            "state": _chance.choice([1, 2, 3, ADOPTED, ADOPTED]),
            "create_time": NOW - timedelta(hours=n * 5),
            "update_time": NOW,
            **({"unfinished": NOW - timedelta(minutes=n)} if n % 7 == 0 else {}),
        }
        for n in range(240)
    ]
    ChangeSet._get_collection().insert_many(_chance.sample(rows, len(rows)))
    return rows


def every_page(queryset: Callable[[], Any]) -> list[str]:
    request, found = ListChangeSetsRequest(page_size=17), list[str]()
    while True:
        change_sets: list[ChangeSet]
        change_sets, request.page_token = page(queryset(), request)
        found += [change_set.pk for change_set in change_sets]
        if not request.page_token:
            return found


@pytest.mark.parametrize("unit", ["", *UNITS])
def test_the_sets_of_a_hall_and_of_a_unit_are_listed_newest_first(rows: list[Row], unit: str) -> None:
    expected = [row["_id"] for row in rows if row["hall"] == DISTRICT and (not unit or unit in row["units"])]
    scope = Scope(hall=DISTRICT, unit=unit)
    with context.acting_in(scope), no_scan():
        assert every_page(ChangeSet.listed) == expected


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_the_adopted_sets_of_a_programme_are_found_by_anyone(rows: list[Row], programme: str) -> None:
    expected = {row["_id"] for row in rows if (row["hall"], row["state"], row["programme"]) == (DISTRICT, ADOPTED, programme)}
    with context.acting_in(Scope(hall=DISTRICT, public=True)), no_scan():
        assert {change_set.pk for change_set in ChangeSet.of_programme(programme)} == expected


def test_what_is_unfinished_is_found_in_every_hall(rows: list[Row]) -> None:
    before = NOW - timedelta(minutes=70)
    expected = {row["_id"] for row in rows if "unfinished" in row and row["unfinished"] <= before}
    with no_scan():
        assert {change_set.pk for change_set in ChangeSet.left_unfinished(before)} == expected
    assert len(expected) > 20


def test_a_set_is_loaded_by_its_name_within_the_scope(rows: list[Row]) -> None:
    for row in rows[:40]:
        for unit in ("", *UNITS):
            seen = row["hall"] == DISTRICT and (not unit or unit in row["units"])
            with context.acting_in(Scope(hall=DISTRICT, unit=unit)):
                if row["hall"] == DISTRICT:
                    with no_scan():
                        assert bool(ChangeSet._find({"hall": row["hall"], "id": row["_id"]})) == seen
