"""How texts and queries are cut: words, n-grams, sounds, and what the thesaurus knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from services.matters import data
from services.matters.search import sounds, text, thesaurus
from services.matters.search.thesaurus import Concept, Thesaurus

SYLLABLES = {"lao", "ren", "jin", "tie", "xi", "an", "xian", "ying", "ye", "zhi", "zhao"}

table = Thesaurus.of(
    {
        "groups": [
            {"everyday": ["开店", "开公司"], "official": ["商事主体"]},
            {"everyday": ["开公司"], "official": ["营业执照"]},
        ],
        "light": ["申请"],
        "noise": ["怎么", "我想"],
    }
)


def test_full_width_capitals_and_marks_make_no_difference() -> None:
    assert text.squeezed("ＫＴＶ　Ｕ盾！") == text.squeezed("ktv u盾")


def test_chinese_is_cut_into_words_and_overlapping_pairs() -> None:
    assert text.words("城市居民最低生活保障") == ["城市居民", "最低", "生活", "保障"]
    assert text.grams("营业执照") == ["营业", "业执", "执照"]
    assert text.grams("税") == ["税"]


def test_a_character_sounds_as_in_its_word() -> None:
    assert text.syllables("银行行政") == ["yin", "hang", "xing", "zheng"]
    assert text.initials(text.syllables("老人津贴")) == "lrjt"


def test_the_kept_table_reads_the_words_of_the_list_as_its_source_does() -> None:
    phrases = [
        phrase
        for request in data.matters()
        for phrase in (request.matter.elements.display_name.zh, *request.matter.elements.keywords)
    ]
    words = {word for phrase in phrases for word in text.words(text.squeezed(phrase))}
    assert [word for word in words if list(sounds.of(word)) != lazy_pinyin(word, errors=list)] == []  # type: ignore[arg-type]


def test_letters_are_read_as_syllables_in_every_way() -> None:
    assert text.readings("laorenjintie", SYLLABLES) == [["lao", "ren", "jin", "tie"]]
    assert text.readings("xian", SYLLABLES) == [["xian"], ["xi", "an"]]
    assert text.readings("licence", SYLLABLES) == []


@given(st.text("aeinotxgh", max_size=50))
def test_no_letters_take_long_to_read(letters: str) -> None:
    for reading in text.readings(letters, {"a", "e", "n", "an", "en", "ang", "xi", "xian", "xiang", "xiao", "hao"}):
        assert "".join(reading) == letters


def test_the_longest_everyday_word_is_taken_and_stands_for_all_of_its_groups() -> None:
    assert table.concepts("我想开公司") == [Concept("开公司", ("商事主体", "开店", "营业执照"))]
    assert table.concepts("kaidian") == [Concept("kaidian", ("开店", "商事主体", "开公司"))]


def test_light_words_may_be_missing_unless_there_is_nothing_else() -> None:
    assert table.concepts("津贴申请") == [Concept("津贴"), Concept("申请", light=True)]
    assert table.concepts("申请") == [Concept("申请")]


def test_a_query_of_noise_means_it() -> None:
    assert table.concepts("怎么") == [Concept("怎么")]


@pytest.mark.parametrize("query", ["", "！？", "  ", "😀"])
def test_a_query_without_words_asks_for_nothing(query: str) -> None:
    assert table.concepts(query) == []


def test_no_word_of_the_kept_table_is_both_everyday_and_noise() -> None:
    kept = thesaurus.kept()
    assert not kept.official.keys() & kept.noise
    assert not kept.light & kept.noise
