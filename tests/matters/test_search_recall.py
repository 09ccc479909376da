"""Residents' queries find their matter among all 12,934; what is measured is kept in docs/search.md."""

from collections.abc import Sequence

import pytest
import yaml

from bench import recall
from bench.recall import Asked
from services.matters import data


@pytest.fixture(scope="module")
def asked() -> dict[str, Sequence[Asked]]:
    """What each set finds in the whole list."""
    index = recall.whole_list()
    return {name: list(recall.ask(index, name)) for name in recall.SETS}


def test_queries_that_nothing_was_tuned_on_find_their_matter(asked: dict[str, Sequence[Asked]]) -> None:
    assert recall.recall(asked["final"], at=1) >= 0.86
    assert recall.recall(asked["final"], at=5) >= 0.91
    assert recall.reciprocal_rank(asked["final"]) >= 0.88


def test_the_queries_of_tuning_keep_finding_theirs(asked: dict[str, Sequence[Asked]]) -> None:
    assert recall.recall(asked["tuning"], at=1) >= 0.92
    assert recall.recall(asked["tuning"], at=5) >= 0.97


def test_the_sets_are_large_share_no_query_and_name_matters_of_the_list(asked: dict[str, Sequence[Asked]]) -> None:
    queries = [one.query for some in asked.values() for one in some]
    assert len(queries) == len(set(queries)) >= 300
    assert len(asked["final"]) >= 100
    known = {request.matter_id for request in data.everything()}
    assert {matter for some in asked.values() for one in some for matter in one.wanted} <= known


def test_every_kind_of_query_is_asked_in_both_sets() -> None:
    kinds = [
        {row["kind"] for row in yaml.safe_load((recall.FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))["queries"]}
        for name in recall.SETS
    ]
    assert kinds[0] == kinds[1] == {"official", "everyday", "question", "pinyin", "initials", "typo", "english"}
