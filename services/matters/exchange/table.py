"""A matter as a row of a table: which columns there are, and how a cell is read and written.

Every element has its column, named by its path in the contract and, for people, as the standard calls it. A list of words has
one a line; a list of things (materials, steps, …) is JSON in one cell, so that nothing is lost on the way out and in again.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from services.chassis.errors import Violation
from services.matters import data
from services.matters.exchange.messages import id_faults
from services.matters.exchange.rows import Row
from yimen.matters.v1 import elements_pb2, matter_pb2

_WHOLE = frozenset({"Struct"})
_SEVERAL = re.compile(r"[\n;；、,，]")
_TRUE, _FALSE = frozenset({"true", "1", "是"}), frozenset({"false", "0", "否", ""})
_TIERS = {"TIER_DISTRICT": "区", "TIER_STREET": "街道", "TIER_COMMUNITY": "社区"}
_ID_NAMES = ("id", "事项标识")
_PROVENANCE_NAMES = ("provenance", "来源")


@dataclass(frozen=True)
class Column:
    """A column: its path within the elements, and the field at its end."""

    path: tuple[str, ...]
    field: FieldDescriptor

    @property
    def name(self) -> str:
        """As the contract calls it."""
        return ".".join(self.path)

    @property
    def title(self) -> str:
        """As people call it."""
        names = _element_names()
        said = [names[".".join(self.path[: end + 1])]["zh"] for end in range(len(self.path))]
        return said[0] + "".join(f"（{part}）" for part in said[1:])


@cache
def _element_names() -> Mapping[str, Mapping[str, str]]:
    return data.element_names()


@cache
def columns() -> tuple[Column, ...]:
    """The columns of the elements, in the order of the contract."""
    return tuple(_columns(elements_pb2.Elements.DESCRIPTOR.fields, ()))


def header(*, for_people: bool) -> list[str]:
    """The first row of a table."""
    return [
        _ID_NAMES[for_people],
        *(column.title if for_people else column.name for column in columns()),
        _PROVENANCE_NAMES[for_people],
    ]


def cells(matter_id: str, matter: matter_pb2.Matter, *, for_people: bool) -> list[str]:
    """The row of a matter, in the order of the header."""
    provenance = [json_format.MessageToDict(one, preserving_proto_field_name=True) for one in matter.provenance]
    return [
        matter_id,
        *(_cell(matter.elements, column, for_people) for column in columns()),
        json.dumps(provenance, ensure_ascii=False) if provenance else "",
    ]


class Reader:
    """Reads rows below a header; ValueError names the columns that are not known, or twice there, or missing."""

    def __init__(self, names: Sequence[str]) -> None:
        known = _by_name()
        found = [name.strip().removeprefix("elements.") for name in names]
        while found and not found[-1]:
            found.pop()
        strangers = [name or "（空）" for name in found if name not in known]
        if strangers:
            raise ValueError(f"unknown: {', '.join(strangers[:10])}")
        self._columns = [known[name] for name in found]
        twice = {_name(column) for column in self._columns if self._columns.count(column) > 1}
        if twice:
            raise ValueError(f"twice: {', '.join(sorted(twice))}")
        if "id" not in self._columns:
            raise ValueError("missing: id")

    def row(self, number: int, values: Sequence[Any]) -> Row:
        """The row of these values; every cell that cannot be read is named."""
        row, matter = Row(number), matter_pb2.Matter()
        for value in values[len(self._columns) :]:
            if _text(value):
                zh, en = "该行的值多于表头的列", "the row has more values than the header has columns"
                row.wrong.append(Violation("row", "ROW_MALFORMED", zh, en))
                break
        for column, value in zip(self._columns, values, strict=False):
            text = _text(value)
            if column == "id":
                row.matter_id = text
            elif text:
                _read(matter, column, text, row.wrong)
        row.wrong += id_faults(row.matter_id)
        row.matter = matter
        return row


def _read(matter: matter_pb2.Matter, column: "Column | str", text: str, wrong: list[Violation]) -> None:
    try:
        if isinstance(column, Column):
            _put(matter.elements, column, text)
        else:
            json_format.ParseDict({"provenance": json.loads(text)}, matter)
    except (ValueError, TypeError, json_format.ParseError, RecursionError) as error:
        name, shown, why = _name(column), text[:80], str(error)[:200]
        zh, en = f"“{shown}”不是 {name} 的有效值：{why}", f"“{shown}” is no value of {name}: {why}"
        wrong.append(Violation(name, "VALUE_MALFORMED", zh, en))


def _name(column: "Column | str") -> str:
    return column.name if isinstance(column, Column) else column


@cache
def _by_name() -> Mapping[str, "Column | str"]:
    known: dict[str, Column | str] = {**dict.fromkeys(_ID_NAMES, "id"), **dict.fromkeys(_PROVENANCE_NAMES, "provenance")}
    for column in columns():
        known[column.name] = known[column.title] = column
    return known


def _columns(fields: Iterable[FieldDescriptor], above: tuple[str, ...]) -> Iterable[Column]:
    for field in fields:
        path = (*above, field.name)
        if field.message_type and not field.is_repeated and field.message_type.name not in _WHOLE:
            yield from _columns(field.message_type.fields, path)
        else:
            yield Column(path, field)


def _cell(elements: elements_pb2.Elements, column: Column, for_people: bool) -> str:
    holder = _holder(elements, column, make=False)
    value = getattr(holder, column.path[-1]) if holder is not None else None
    field = column.field
    if value is None or (field.message_type and not field.is_repeated and not holder.HasField(field.name)):  # type: ignore[union-attr]
        return ""
    if field.message_type and field.is_repeated:
        items = [json_format.MessageToDict(item, preserving_proto_field_name=True) for item in value]
        return json.dumps(items, ensure_ascii=False) if items else ""
    if field.message_type:
        return json.dumps(json_format.MessageToDict(value), ensure_ascii=False)
    if field.is_repeated:
        return "\n".join(_said(field, item, for_people) for item in value)
    return _said(field, value, for_people)


def _said(field: FieldDescriptor, value: Any, for_people: bool) -> str:
    if field.enum_type:
        if not value:
            return ""
        name = field.enum_type.values_by_number[value].name
        return _titles(field.enum_type).get(name, name) if for_people else name
    if isinstance(value, bool):
        return "true" if value else ""
    return "" if value == 0 and not isinstance(value, str) and not _is_told_zero(field) else str(value)


def _is_told_zero(field: FieldDescriptor) -> bool:
    """A zero that says something: a limit of nothing, a matter without a visit."""
    return field.name in ("value", "visits")


def _put(elements: elements_pb2.Elements, column: Column, text: str) -> None:
    field = column.field
    if field.message_type:
        holder = {column.path[-1]: json.loads(text)}
        for name in reversed(column.path[:-1]):
            holder = {name: holder}
        json_format.ParseDict(holder, elements)
        return
    target = _holder(elements, column, make=True)
    read = _reader(field)
    if field.is_repeated:
        parts = _SEVERAL.split(text) if field.enum_type else text.split("\n")
        getattr(target, field.name).extend(read(part.strip()) for part in parts if part.strip())
    else:
        setattr(target, field.name, read(text))


def _holder(elements: elements_pb2.Elements, column: Column, *, make: bool) -> Message | None:
    """The message that has the column's field; None where it is not there and shall not be made."""
    holder: Message = elements
    for name in column.path[:-1]:
        if not make and not holder.HasField(name):
            return None
        holder = getattr(holder, name)
        if make:
            holder.SetInParent()
    return holder


def _reader(field: FieldDescriptor) -> Callable[[str], Any]:
    if field.enum_type:
        values = _values(field.enum_type)

        def read(text: str) -> int:
            if text not in values:
                raise ValueError(f"one of {', '.join(_titles(field.enum_type).values()) or ', '.join(values)}")
            return values[text]

        return read
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return str
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return _truth
    return int


def _truth(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError("true or false")
    return text.lower() in _TRUE


@cache
def _titles(enum: EnumDescriptor) -> Mapping[str, str]:
    """The Chinese title of each value that has one."""
    if enum.name == "Tier":
        return _TIERS
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", enum.name).lower()
    return {code["value"]: code["title"] for code in data.code_sets()[name]["codes"] if "value" in code}


@cache
def _values(enum: EnumDescriptor) -> Mapping[str, int]:
    """What a value may be called: its name, with or without the name of its enum, its title, its code in the standard."""
    prefix = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", enum.name).upper() + "_"
    known: dict[str, int] = {}
    for value in enum.values:
        if value.number:
            known[value.name] = known[value.name.removeprefix(prefix)] = value.number
            known[_titles(enum).get(value.name, value.name)] = value.number
    if enum.name != "Tier":
        name = prefix.lower().removesuffix("_")
        codes = [
            (code["code"], code["value"]) for code in data.code_sets()[name]["codes"] if "value" in code and "code" in code
        ]
        for code, value_name in codes:
            # A code that several values share says nothing.
            if [other for other, _ in codes].count(code) == 1:
                known[code] = enum.values_by_name[value_name].number
    return known


def _text(value: Any) -> str:
    """A cell as text: tables keep whole numbers as fractions."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
