"""The fields of an application form, in the order in which people are asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format

from services.matters.guide.words import text
from yimen.api.v1 import text_pb2
from yimen.matters.v1 import elements_pb2


@dataclass(frozen=True)
class Field:
    """A field of a form: its key, its title, whether it must be filled, and its JSON Schema."""

    key: str
    title: text_pb2.Text
    is_required: bool
    schema: dict[str, Any]

    @property
    def choices(self) -> list[text_pb2.Text]:
        """What it may be, where that is a list."""
        named = [_titled(one, str(one.get("const", ""))) for one in self.schema.get("oneOf", ())]
        return named or [text(str(value)) for value in self.schema.get("enum", ())]

    @property
    def is_declaration(self) -> bool:
        """Whether there is nothing to choose: the applicant declares it."""
        return "const" in self.schema


def fields(elements: elements_pb2.Elements) -> Iterator[Field]:
    """The fields in the order that the schema says (`x-order`), then what is required, then the rest; a declaration comes last.

    The properties themselves are a proto map and have no order.
    """
    schema: dict[str, Any] = json_format.MessageToDict(elements.form_schema)
    required: list[str] = schema.get("required", [])
    order = [*schema.get("x-order", []), *required]
    found = [Field(key, _titled(of, key), key in required, of) for key, of in schema.get("properties", {}).items()]
    place = {key: order.index(key) if key in order else len(order) for key in (field.key for field in found)}
    yield from sorted(found, key=lambda field: (field.is_declaration, place[field.key], field.key))


def _titled(schema: dict[str, Any], key: str) -> text_pb2.Text:
    return text(str(schema.get("title", key)), str(schema.get("x-title-en", "")))
