"""The reference programme over the whole list: what it proposes takes away what Longgang took away."""

import random
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matters import data
from services.matters import rules as publication
from services.matters.documents import form_of
from services.matters.streamlining import data as kept
from services.matters.streamlining import programme, rules
from services.matters.streamlining.proposing import applied
from services.matters.streamlining.rules import CUT, NOTHING, Effect
from services.matters.streamlining.rules.sharing import OutOfReach, shared_out, spread
from tests.streamlining.conftest import Planned
from yimen.matters.v1 import matter_pb2, streamlining_pb2, units_pb2

LONGGANG = Effect(
    matters_cut=121, matters_optimised=589, working_days=4379, conditions=30, materials=153, fees=18, prerequisites=9, steps=50
)


def planned(matters: Iterable[matter_pb2.Matter], units: Mapping[str, units_pb2.Unit]) -> list[streamlining_pb2.ChangeSet]:
    return programme.planned(matters, {name: unit.display_name for name, unit in units.items()})


def test_the_programme_takes_away_what_longgang_took_away(whole: Planned) -> None:
    total = NOTHING
    for proposal in whole.proposals:
        before = whole.matters[proposal.matter].elements
        assert rules.flaws(proposal, before, "") == []
        total += CUT if proposal.cut else rules.between(before, applied(before, proposal))
    assert total == LONGGANG
    assert Effect(**kept.programme()["figures"]) == LONGGANG
    assert rules.set_flaws(whole.proposals, "") == []


def test_what_it_makes_of_the_matters_may_be_published(whole: Planned, units: dict[str, units_pb2.Unit]) -> None:
    for proposal in (proposal for proposal in whole.proposals if not proposal.cut):
        elements = applied(whole.matters[proposal.matter].elements, proposal)
        candidate = publication.Candidate(elements, form_of(elements), units[elements.unit].credit_code)
        assert publication.violations(candidate) == [], proposal


def test_each_set_is_of_one_unit_and_the_same_list_gives_the_same_sets(
    whole: Planned, units: dict[str, units_pb2.Unit]
) -> None:
    touched = [{whole.matters[proposal.matter].elements.unit for proposal in one.proposals} for one in whole.sets]
    assert all(len(of_set) == 1 for of_set in touched)
    assert len(set().union(*touched)) == len(whole.sets)
    shuffled = list(whole.matters.values())
    random.Random(710).shuffle(shuffled)
    assert planned(shuffled, units) == whole.sets


def test_only_what_people_apply_for_and_is_generated_or_of_the_chain_is_touched(whole: Planned) -> None:
    reference = {f"{request.parent}/matters/{request.matter_id}" for request in data.matters()}
    touched = {proposal.matter for proposal in whole.proposals}
    assert len(touched) == 710
    assert not touched & reference


def test_a_list_that_is_too_small_is_told(units: dict[str, units_pb2.Unit]) -> None:
    listed = [request.matter for request in data.matters()]
    with pytest.raises(OutOfReach):
        planned(listed, units)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=60), st.data())
def test_a_total_is_shared_out_exactly_and_within_the_room(room: list[int], draw: st.DataObject) -> None:
    total = draw.draw(st.integers(0, sum(room)))
    parts = shared_out(total, room)
    assert sum(parts) == total
    assert all(0 <= part <= each for part, each in zip(parts, room, strict=True))


@given(st.integers(0, 80), st.data())
def test_items_are_spread_without_repeating_one(count: int, draw: st.DataObject) -> None:
    items = list(range(draw.draw(st.integers(count, 200))))
    assert len(set(spread(items, count))) == count
