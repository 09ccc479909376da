"""The index by itself: what is found by what, narrowed, counted, suggested."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matters import data
from services.matters.search import thesaurus
from services.matters.search.index import Index, Narrowing
from tests.matters.builders import some_elements

LIST = Narrowing("440307")
MATTERS = {f"{request.parent}/matters/{request.matter_id}": request.matter.elements for request in data.matters()}


def an_index() -> Index:
    index = Index(thesaurus.kept())
    for name, elements in MATTERS.items():
        index.put(name, elements)
    index.commit()
    return index


INDEX = an_index()


def found(query: str, narrowing: Narrowing = LIST, limit: int = 50) -> list[str]:
    """The ids of what is found, best first."""
    results = INDEX.search(query, narrowing, offset=0, limit=limit).results
    return [result.matter.rpartition("/")[2] for result in results]


def suggested(prefix: str) -> list[str]:
    return [one.matter.rpartition("/")[2] for one in INDEX.suggest(prefix, LIST, 5)]


@pytest.mark.parametrize(
    ("query", "matter"),
    [
        ("高龄老人津贴", "old-age-allowance"),  # official words
        ("开店", "business-registration"),  # everyday words
        ("我想开一家公司怎么办手续", "business-registration"),  # as people ask
        ("laorenjintie", "old-age-allowance"),  # pinyin
        ("lao ren jin tie", "old-age-allowance"),
        ("lrjt", "old-age-allowance"),  # initials
        ("老人金贴", "old-age-allowance"),  # the same sound
        ("营业直照", "business-registration"),
        ("营业照", "business-registration"),  # a character is missing
        ("old age allowence", "old-age-allowance"),  # English, mistyped
        ("ＫＴＶ", "entertainment-venue"),
        ("11440307PL000005X94440590033000", "old-age-allowance"),  # its code
    ],
)
def test_a_matter_is_found_first_by_what_people_type(query: str, matter: str) -> None:
    assert found(query)[0] == matter


@pytest.mark.parametrize("name", MATTERS)
def test_each_matter_is_found_first_by_its_own_name(name: str) -> None:
    assert found(MATTERS[name].display_name.zh)[0] == name.rpartition("/")[2]


@given(st.text(max_size=100))
def test_whatever_is_typed_is_answered(query: str) -> None:
    everything = INDEX.search(query, LIST, offset=0, limit=50)
    assert everything.total >= len(everything.results)
    INDEX.suggest(query, LIST, 8)


def test_no_words_give_the_whole_list_in_the_order_of_codes() -> None:
    everything = INDEX.search("", LIST, offset=0, limit=50)
    codes = [result.implementation_code for result in everything.results]
    assert everything.total == len(MATTERS) == len(codes)
    assert codes == sorted(codes)


def test_pages_follow_one_another() -> None:
    whole = found("登记")
    pages = [INDEX.search("登记", LIST, offset=offset, limit=4).results for offset in range(0, len(whole), 4)]
    assert [result.matter.rpartition("/")[2] for page in pages for result in page] == whole


@pytest.mark.parametrize("query", ["", "登记"])
def test_a_facet_says_how_many_each_value_would_leave(query: str) -> None:
    narrowed = Narrowing("440307", {"online_depth": "ONLINE_DEPTH_WHOLE"})
    for narrowing in (LIST, narrowed):
        facets = INDEX.search(query, narrowing, offset=0, limit=1).facets
        for field, counts in facets.items():
            for value, count in counts.items():
                chosen = Narrowing("440307", {**narrowing.values, field: value})
                assert INDEX.search(query, chosen, offset=0, limit=1).total == count, (field, value)


def test_counts_are_those_of_plain_python() -> None:
    facets = INDEX.search("", LIST, offset=0, limit=1).facets
    assert facets["unit"] == Counter(elements.unit for elements in MATTERS.values())


def test_a_hall_sees_what_its_tier_takes_less_what_it_does_not() -> None:
    community = Narrowing("440307", open_at="TIER_COMMUNITY", handled_at=frozenset(["TIER_DISTRICT"]))
    allowance = "halls/440307/matters/old-age-allowance"
    assert "old-age-allowance" in found("", community)
    assert "business-registration" not in found("", community)
    assert "old-age-allowance" not in found("", replace(community, withdrawn=frozenset([allowance])))
    assert "old-age-allowance" not in found("", replace(community, handled_at=frozenset(["TIER_COMMUNITY"])))
    assert "old-age-allowance" not in found("", replace(community, elsewhere=frozenset(["units/440307-civil-affairs"])))
    assert found("", Narrowing("440306")) == []


@pytest.mark.parametrize("typed", ["高", "高龄", "老人津", "gao", "gaolingl", "gllr", "jintie", "尊老"])
def test_a_matter_is_suggested_while_its_name_or_a_word_of_it_is_typed(typed: str) -> None:
    assert "old-age-allowance" in suggested(typed)


def test_what_was_put_again_is_there_once_and_what_was_dropped_is_gone() -> None:
    index = Index(thesaurus.kept())
    name = "halls/440307/matters/school"
    for zh in ("办学许可", "办学许可（新）"):
        index.put(name, some_elements(display_name={"zh": zh}))
    index.commit()
    assert [result.display_name.zh for result in index.search("办学", LIST, offset=0, limit=5).results] == ["办学许可（新）"]
    index.drop(name)
    index.commit()
    assert index.search("办学", LIST, offset=0, limit=5).total == 0


def test_a_penalty_comes_after_what_one_can_apply_for() -> None:
    index = Index(thesaurus.kept())
    index.put("halls/440307/matters/penalty", some_elements(display_name={"zh": "无证办学"}, matter_type="MATTER_TYPE_PENALTY"))
    index.put(
        "halls/440307/matters/licence",
        some_elements(display_name={"zh": "民办学校办学许可"}, matter_type="MATTER_TYPE_LICENCE"),
    )
    index.commit()
    results = index.search("办学", LIST, offset=0, limit=5).results
    assert [result.matter.rpartition("/")[2] for result in results] == ["licence", "penalty"]
