"""What differs between the elements of two versions, as the API says it."""

import functools
from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.struct_pb2 import Value

from services.matters import data
from services.matters.rules import difference
from services.matters.rules.difference import Change, Name
from yimen.api.v1 import text_pb2
from yimen.matters.v1 import elements_pb2, versions_pb2


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
    message = versions_pb2.ElementChange(
        path=change.path,
        label=text_pb2.Text(**change.label._asdict()),
        kind=versions_pb2.ChangeKind.ValueType(change.kind),
    )
    if change.kind != difference.Kind.ADDED:
        message.before.CopyFrom(json_format.ParseDict(change.before, Value()))
    if change.kind != difference.Kind.REMOVED:
        message.after.CopyFrom(json_format.ParseDict(change.after, Value()))
    return message
