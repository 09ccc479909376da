"""The hash chain of a history finds what was done to it."""

import copy
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.rules import State, history
from tests.intake.builders import a_case_in_review, at

CASE = a_case_in_review()
LAST = len(CASE.history)


def first_wrong(entries: list[Any]) -> int | None:
    return history.first_wrong(entries, case=CASE.name, state=State(CASE.state).json)


def test_a_history_that_nobody_touched_is_whole() -> None:
    assert first_wrong(CASE.history) is None


@given(st.integers(0, LAST - 1), st.data())
def test_an_altered_entry_is_found_whatever_field_was_altered(place: int, data: st.DataObject) -> None:
    entries = copy.deepcopy(CASE.history)
    field = data.draw(st.sampled_from(sorted(entries[place])))
    entries[place][field] = 99 if field == "sequence" else "x"
    assert first_wrong(entries) == place + 1


@given(st.integers(0, LAST - 2))
def test_a_removed_entry_is_found(place: int) -> None:
    entries = copy.deepcopy(CASE.history)
    del entries[place]
    assert first_wrong(entries) == place + 1


def test_entries_cut_off_the_end_are_found_by_the_state() -> None:
    assert first_wrong(CASE.history[:-1]) == LAST
    assert first_wrong([]) == 1


@given(st.permutations(range(LAST)).filter(lambda order: list(order) != list(range(LAST))))
def test_reordered_entries_are_found(order: list[int]) -> None:
    entries = [CASE.history[place] for place in order]
    assert first_wrong(entries) == next(n for n, place in enumerate(order) if n != place) + 1


def test_an_inserted_entry_is_found() -> None:
    assert first_wrong([*CASE.history[:2], CASE.history[1], *CASE.history[2:]]) == 3


def test_the_history_of_another_case_does_not_fit() -> None:
    assert history.first_wrong(CASE.history, case="halls/440307/cases/c2", state=State(CASE.state).json) == 1


def test_whoever_has_the_entries_can_recompute_the_chain_with_json_alone() -> None:
    previous = hashlib.sha256(CASE.name.encode()).hexdigest()
    for entry in CASE.history:
        told = {**{k: v for k, v in entry.items() if k != "hash"}, "previous": previous}
        text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256(text.encode()).hexdigest()
        assert entry["hash"] == previous


@pytest.mark.parametrize(("time", "said"), [("10:00:00", "2015-03-02T02:00:00Z"), ("10:00:00.250", "2015-03-02T02:00:00.250Z")])
def test_times_are_written_as_protobuf_writes_them(time: str, said: str) -> None:
    assert history.instant(at("2015-03-02", time)) == said
