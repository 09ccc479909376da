"""Every text of the pages in both languages, and dates, limits and numbers as each writes them."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.portal import formats, texts
from gateway.portal.templating import environment
from yimen.halls.v1 import halls_pb2
from yimen.matters.v1 import elements_pb2

TEMPLATES = texts.HERE / "templates"
# What stands in a template for the catalogue, for Jinja, or as the name of a language.
_TOLD = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_CHINESE = re.compile(r"[一-鿿]")


def test_every_text_has_its_english() -> None:
    assert texts.missing() == {}


def test_the_catalogue_holds_what_is_said_and_nothing_else() -> None:
    said = {key if isinstance(key, str) else key[0] for found in texts.said().values() for key in found}
    assert set(texts._english()) <= said


@pytest.mark.parametrize("file", sorted(TEMPLATES.rglob("*.html")), ids=lambda file: str(file.relative_to(TEMPLATES)))
def test_no_template_says_a_word_past_the_catalogue(file: Path) -> None:
    assert not _CHINESE.findall(_TOLD.sub("", file.read_text(encoding="utf-8")))


LIMITS = [
    (1, elements_pb2.TIME_UNIT_WORKING_DAY, "1 个工作日", "1 working day"),
    (15, elements_pb2.TIME_UNIT_WORKING_DAY, "15 个工作日", "15 working days"),
    (30, elements_pb2.TIME_UNIT_CALENDAR_DAY, "30 个自然日", "30 calendar days"),
    (0, elements_pb2.TIME_UNIT_WORKING_DAY, "即时办结", "At once"),
    (0, elements_pb2.TIME_UNIT_UNSPECIFIED, "", ""),
]


@pytest.mark.parametrize(("value", "unit", "zh", "en"), LIMITS)
def test_a_limit_is_said_in_its_unit(value: int, unit: int, zh: str, en: str) -> None:
    limit = elements_pb2.Limit(value=value, unit=unit)  # type: ignore[arg-type]
    assert formats.limit(limit) == zh
    with texts.speaking("en"):
        assert formats.limit(limit) == en


def test_dates_and_times_are_those_of_shenzhen() -> None:
    evening = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert (formats.day(date(2026, 3, 2)), formats.day("2026-03-02")) == ("2026年3月2日", "2026年3月2日")
    assert formats.moment(evening) == "2026年3月3日 07:30"
    with texts.speaking("en"):
        assert formats.day("2026-03-02") == "2 March 2026"
        assert formats.moment(evening) == "3 March 2026, 07:30"
    assert formats.day("") == ""


def test_numbers_and_sums_have_their_separators() -> None:
    assert (formats.number(12934), formats.money(123456)) == ("12,934", "¥1,234.56")
    assert [formats.size(of) for of in (1, 820_000, 1_234_567)] == ["1 KB", "820 KB", "1.2 MB"]


def test_opening_hours_of_the_same_days_stand_together() -> None:
    week = [1, 2, 3, 4, 5]
    hours = [
        halls_pb2.OpeningHours(weekdays=week, opens="09:00", closes="12:00"),
        halls_pb2.OpeningHours(weekdays=week, opens="14:00", closes="18:00"),
        halls_pb2.OpeningHours(weekdays=[6], opens="09:00", closes="12:00"),
    ]
    assert formats.hours(hours) == "周一至周五 09:00–12:00、14:00–18:00；周六 09:00–12:00"
    with texts.speaking("en"):
        assert formats.hours(hours) == "Mon–Fri 09:00–12:00, 14:00–18:00; Sat 09:00–12:00"


def test_a_constant_is_said_in_the_language_of_each_reader() -> None:
    template = environment().from_string('{{ 1 | name_of("Tier") }}')
    assert template.render() == "区"
    with texts.speaking("en"):
        assert template.render() == "District"
