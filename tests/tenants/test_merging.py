"""The merge rule, whatever is merged."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tenants.merging import merged, overlay, overridden
from tenants.reading import Page, Settings, Tree, leaves

KEYS = st.sampled_from("abcd")
VALUES = st.none() | st.text("xyz", max_size=2) | st.lists(st.text("xyz", max_size=2), max_size=2)
TREES: st.SearchStrategy[Any] = st.recursive(
    st.dictionaries(KEYS, VALUES, max_size=4),
    lambda trees: st.dictionaries(KEYS, VALUES | trees, max_size=4),
    max_leaves=12,
)


def at(settings: Settings, trail: tuple[str, ...]) -> Tree:
    """The value at a trail; None where there is none."""
    value: Tree = settings
    for key in trail:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def stated(settings: Settings) -> list[tuple[str, ...]]:
    return [trail for trail in leaves(settings) if at(settings, trail) not in (None, {})]


def without_nulls(tree: Tree) -> bool:
    return tree is not None and (not isinstance(tree, dict) or all(map(without_nulls, tree.values())))


@given(TREES, st.lists(TREES, max_size=3), TREES)
def test_what_a_hall_states_itself_holds(standard: Settings, parents: list[Settings], own: Settings) -> None:
    result = merged(standard, parents, own)
    for trail in stated(own):
        assert at(result, trail) == at(own, trail)


@given(TREES, st.lists(TREES, max_size=3), TREES)
def test_every_value_comes_from_the_last_layer_that_states_it(
    standard: Settings, parents: list[Settings], own: Settings
) -> None:
    layers = [standard, *parents, own]
    result = merged(standard, parents, own)
    for trail in stated(result):
        assert at(result, trail) in [at(layer, trail) for layer in layers]


@given(TREES, TREES)
def test_what_no_patch_mentions_stays(standard: Settings, own: Settings) -> None:
    result = overlay(standard, own)
    assert {key: result[key] for key in standard if key not in own} == {
        key: value for key, value in standard.items() if key not in own
    }


@given(TREES, TREES)
def test_null_removes(standard: Settings, own: Settings) -> None:
    result = overlay(standard, own)
    for trail in leaves(own):
        if at(own, trail) is None:
            assert trail[-1] not in (at(result, trail[:-1]) or {} if len(trail) > 1 else result)


@given(TREES)
def test_nothing_stated_changes_nothing(standard: Settings) -> None:
    assert merged(standard, [], {}) == standard


@given(TREES, TREES)
def test_stating_it_twice_is_stating_it_once(standard: Settings, own: Settings) -> None:
    assert overlay(overlay(standard, own), own) == overlay(standard, own)


@given(TREES, st.lists(TREES, max_size=2), TREES)
def test_merging_changes_no_layer(standard: Settings, parents: list[Settings], own: Settings) -> None:
    before = copy.deepcopy((standard, parents, own))
    merged(standard, parents, own)
    assert (standard, parents, own) == before


@given(TREES.filter(without_nulls), TREES, st.lists(KEYS, min_size=1, max_size=3))
def test_a_field_that_is_unified_is_as_the_standard_says_or_a_departure(
    standard: Settings, own: Settings, mark: list[str]
) -> None:
    marks = {".".join(mark): "because"}
    page = Page("own.yaml", own, dict.fromkeys([(), *_trails(own)], 1))
    lines = dict.fromkeys([(), ("unified",), ("unified", *marks)], 1)
    unified = Page("standard.yaml", {"unified": dict(marks)}, lines)
    if not list(overridden(page, unified)):
        assert at(merged(standard, [], own), tuple(mark)) == at(standard, tuple(mark))


def _trails(settings: Settings) -> list[tuple[str, ...]]:
    return [trail[:length] for trail in leaves(settings) for length in range(1, len(trail) + 1)]
