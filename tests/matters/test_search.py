"""Finding matters by a few words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matters import data, search

words = st.text("开店办执照老人津贴 KTV证", min_size=1, max_size=12)


def test_chinese_is_cut_into_characters_and_pairs_and_the_rest_into_words() -> None:
    assert search.grams("开KTV歌厅") == {"开", "ktv", "歌", "厅", "歌厅"}
    assert search.wanted("歌舞厅") == {"歌舞", "舞厅"}
    assert search.wanted("税") == {"税"}


def test_full_width_and_capitals_make_no_difference() -> None:
    assert search.grams("ＫＴＶ　Ｕ盾") == search.grams("ktv u盾")


@given(words, words)
def test_a_text_fits_a_query_when_it_shares_a_gram_with_it(query: str, text: str) -> None:
    asked = search.wanted(query)
    assert (search.fit(asked, ([text], [], [])) > 0) == bool(asked & search.grams(text))


@given(words)
def test_a_word_in_the_name_says_more_than_one_elsewhere(query: str) -> None:
    asked = search.wanted(query)
    in_name = search.fit(asked, ([query], [], []))
    in_keywords = search.fit(asked, ([], [query], []))
    elsewhere = search.fit(asked, ([], [], [query]))
    assert in_name > in_keywords > elsewhere or not asked


@pytest.mark.parametrize("query", ["", "！？", "  "])
def test_a_query_without_words_asks_for_nothing(query: str) -> None:
    assert search.wanted(query) == set()
    assert search.fit(search.wanted(query), (["开店"], [], [])) == 0


def test_each_matter_of_the_list_is_found_first_by_its_own_name() -> None:
    names = [request.matter.elements.display_name.zh for request in data.matters()]
    for name in names:
        asked = search.wanted(name)
        assert max(names, key=lambda other: search.fit(asked, ([other], [], []))) == name
