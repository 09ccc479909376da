"""The words of a guide in both languages. They are data: words.yaml, glossary/, and the standard's code sets."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import yaml

from services.matters import data
from yimen.api.v1 import text_pb2
from yimen.matters.v1 import elements_pb2

LANGUAGES = ("zh", "en")
# As a document says which language it is in (BCP 47).
TAGS = {"zh": "zh-CN", "en": "en"}
_HERE = Path(__file__).parent
# 、 between members of a list, 或 or 或者 between choices: the signs that a glossary's rows may be joined by.
_JOINTS = re.compile("(、|或者|或)")
_SPAN = re.compile(r"(?P<n>\d+) ?(?P<unit>年|个月|日|天|个工作日)")
_SPAN_UNITS = {"年": "year", "个月": "month", "日": "day", "天": "day", "个工作日": "working day"}
_ENGLISH_JOINTS = {"、": ", ", "或者": " or ", "或": " or "}


class CodeSet(Protocol):
    """An enum of the contract."""

    def Name(self, number: Any) -> str: ...


def text(zh: str, en: str = "") -> text_pb2.Text:
    """A text in both languages; without an English one readers fall back to the Chinese."""
    return text_pb2.Text(zh=zh, en=en)


def section(id_: str) -> text_pb2.Text:
    """The title of a section."""
    return _text(_words()["sections"][id_])


def label(name: str) -> text_pb2.Text:
    """The name of a row."""
    return _text(_words()["labels"][name])


def phrase(name: str) -> text_pb2.Text:
    """A phrase that stands alone."""
    return _text(_words()["phrases"][name])


def chart(name: str, language: str, /, **facts: object) -> str:
    """A phrase of the flow chart, with its facts."""
    return _phrase("chart", name, language, facts)


def chain(name: str, language: str, /, **facts: object) -> str:
    """A phrase of the drawing of a chain, with its facts."""
    return _phrase("chain", name, language, facts)


def form(name: str, language: str, /, **facts: object) -> str:
    """A phrase of the form on paper, with its facts."""
    return _phrase("form", name, language, facts)


def _phrase(table: str, name: str, language: str, facts: Mapping[str, object]) -> str:
    words: str = _words()[table][name][language]
    return words.format(**facts)


def said(of: text_pb2.Text, language: str) -> str:
    """A text in a language; Chinese where there is no English."""
    return (language == "en" and of.en) or of.zh


def code(enum: CodeSet, value: int) -> text_pb2.Text:
    """A value of a code set as people say it; empty for what is not stated, the bare number for what no contract names."""
    try:
        return _codes().get(enum.Name(value), text_pb2.Text())
    except ValueError:
        return text(str(value), str(value))


def named(value: str) -> text_pb2.Text:
    """A value of a code set by its name in the contract, as people say it; any other text as it is."""
    return _codes().get(value) or text(value)


def codes(enum: CodeSet, values: Iterable[int]) -> text_pb2.Text:
    """Several of them, as a list."""
    return listed([code(enum, value) for value in values])


def class_meaning(value: int) -> text_pb2.Text:
    """What a class of materials means at acceptance."""
    return _meanings().get(elements_pb2.MaterialClass.Name(value), text_pb2.Text())  # type: ignore[arg-type]


def days(n: int, language: str) -> str:
    """So many working days: no day, one day, several."""
    return chart("no_days" if n == 0 else "day" if n == 1 else "days", language, n=n)


def limit(of: elements_pb2.Limit) -> text_pb2.Text:
    """A time limit as people say it; 0 is on the spot, an unstated one is said to be so."""
    if not of.unit:
        return phrase("not_stated")
    if not of.value:
        return phrase("at_once")
    unit = code(elements_pb2.TimeUnit, of.unit)
    return text(f"{of.value} {unit.zh}", f"{of.value} {unit.en}{'s' if of.value > 1 else ''}")


def of_both(zh: str) -> text_pb2.Text:
    """A Chinese phrase of a matter, with its English where the glossary has it, as a whole or part by part."""
    return text(zh, english(zh))


def english(zh: str) -> str:
    """The English of a phrase by the glossary; empty where a part of it is not there."""
    glossary = _glossary()
    if zh in glossary:
        return glossary[zh]
    if span := _SPAN.fullmatch(zh):
        unit = _SPAN_UNITS[span["unit"]]
        return f"{span['n']} {unit}{'' if span['n'] == '1' else 's'}"
    parts = [_ENGLISH_JOINTS.get(part) or glossary.get(part, "") for part in _JOINTS.split(zh)]
    return "".join(parts) if all(parts) else ""


def source(kept: str) -> text_pb2.Text:
    """Where something comes from, in both languages where many matters say so; as it is kept otherwise."""
    return _sources().get(kept) or of_both(kept)


def listed(texts: Iterable[text_pb2.Text]) -> text_pb2.Text:
    """Texts as one, with what each language puts between; what has no English stands there in Chinese."""
    kept = [one for one in texts if one.zh]
    return text("、".join(one.zh for one in kept), ", ".join(one.en or one.zh for one in kept))


def joined(texts: Iterable[text_pb2.Text]) -> text_pb2.Text:
    """Texts of different things as one line; English only where one of them has it."""
    kept = [one for one in texts if one.zh]
    has_english = any(one.en for one in kept)
    return text("；".join(one.zh for one in kept), "; ".join(one.en or one.zh for one in kept) if has_english else "")


def _text(row: Mapping[str, str]) -> text_pb2.Text:
    return text(row["zh"], row["en"])


@lru_cache
def _words() -> Mapping[str, Any]:
    return _read("words.yaml")


@lru_cache
def _glossary() -> Mapping[str, str]:
    files = sorted((_HERE / "glossary").glob("*.yaml"))
    return {zh: en for file in files for zh, en in _read(f"glossary/{file.name}").items()}


@lru_cache
def _sources() -> Mapping[str, text_pb2.Text]:
    """By either wording."""
    return {row[language]: _text(row) for row in _words()["sources"] for language in LANGUAGES}


@lru_cache
def _codes() -> Mapping[str, text_pb2.Text]:
    """By the name of the enum's value."""
    titles = {row["value"]: row["title"] for row in _coded()}
    return {value: text(words.get("zh") or titles[value], words["en"]) for value, words in _words()["codes"].items()}


@lru_cache
def _meanings() -> Mapping[str, text_pb2.Text]:
    return {row["value"]: _text(row["meaning"]) for row in _coded() if "meaning" in row}


def _coded() -> list[Mapping[str, Any]]:
    return [row for set_ in data.code_sets().values() for row in set_["codes"] if "value" in row]


def _read(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.load((_HERE / name).read_text(encoding="utf-8"), data.LOADER)  # noqa: S506 - a safe one
    return found
