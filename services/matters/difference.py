"""What differs between the elements of two versions, as the API says it."""

import functools
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.struct_pb2 import Value

from services.matters import data
from services.matters.guide import words
from services.matters.rules import difference
from services.matters.rules.difference import Change, Name
from yimen.api.v1 import text_pb2
from yimen.matters.v1 import elements_pb2, versions_pb2

# What an item of a list of codes is known by.
_CODE = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
_ITEM = re.compile(r"\[(?:[^\]\\]|\\.)*\]")


def between(before: elements_pb2.Elements, after: elements_pb2.Elements) -> list[versions_pb2.ElementChange]:
    """What differs from one to the other, in the order of the elements."""
    return [_message(change) for change in difference.difference(_plain(before), _plain(after), names())]


@functools.cache
def names() -> Mapping[str, Name]:
    """What people call each element, by its path without items, e.g. materials.copies."""
    return {path: Name(**name) for path, name in data.element_names().items()}


def _plain(elements: elements_pb2.Elements) -> dict[str, Any]:
    plain: dict[str, Any] = json_format.MessageToDict(
        elements, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return _given(plain)


def _given(message: dict[str, Any]) -> dict[str, Any]:
    """What is said of a message: numbers and truth values always, texts, codes and lists where they are not empty."""
    given: dict[str, Any] = {}
    for field, value in message.items():
        if field == "form_schema":
            given[field] = value
        elif isinstance(value, dict):
            given[field] = _given(value)
        elif isinstance(value, list):
            given |= {field: [_given(item) if isinstance(item, dict) else item for item in value]} if value else {}
        elif not isinstance(value, str) or (value and not value.endswith("_UNSPECIFIED")):
            given[field] = value
    return given


def _message(change: Change) -> versions_pb2.ElementChange:
    labels = change.label._asdict()
    message = versions_pb2.ElementChange(
        path=change.path,
        label=words.text(*(_CODE.sub(functools.partial(_code, language), said) for language, said in labels.items())),
        kind=versions_pb2.ChangeKind.ValueType(change.kind),
    )
    field = _ITEM.sub("", change.path).removeprefix("elements").lstrip(".")
    if change.kind != difference.Kind.ADDED:
        message.before.CopyFrom(json_format.ParseDict(change.before, Value()))
        message.before_text.CopyFrom(in_words(change.before, field))
    if change.kind != difference.Kind.REMOVED:
        message.after.CopyFrom(json_format.ParseDict(change.after, Value()))
        message.after_text.CopyFrom(in_words(change.after, field))
    return message


def in_words(value: Any, field: str) -> text_pb2.Text:
    """A value of an element as people read it. `field`: the element's path without items, e.g. materials."""
    match value:
        case bool():
            return words.phrase("yes" if value else "no")
        case str():
            return words.named(value)
        case {"zh": str(zh), **more}:
            return words.text(zh, str(more.get("en", "")))
        case dict():
            return _lines(_called(f"{field}.{key}", key, in_words(one, f"{field}.{key}")) for key, one in value.items())
        case list():
            return _lines(in_words(one, field) for one in value)
    return words.text(json.dumps(value))


def _code(language: str, name: re.Match[str]) -> str:
    return words.said(words.named(name[0]), language)


def _called(field: str, key: str, said: text_pb2.Text) -> text_pb2.Text:
    name = names().get(field, Name(key, key))
    return words.text(f"{name.zh}：{said.zh}", f"{name.en}: {said.en or said.zh}")


def _lines(texts: Iterable[text_pb2.Text]) -> text_pb2.Text:
    kept = list(texts)
    zh, en = "\n".join(one.zh for one in kept), "\n".join(one.en or one.zh for one in kept)
    return words.text(zh, en if en != zh else "")
