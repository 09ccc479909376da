"""The published list to files, matter by matter: memory does not grow with the list, and the first part leaves at once."""

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator

from google.protobuf import json_format
from mongoengine import QuerySet

from services.matters.documents import Listed
from services.matters.exchange import linked, table, workbook
from services.matters.milestones import Milestones
from services.matters.rules import State
from yimen.matters.v1 import exchange_pb2, matter_pb2

Matters = Iterable[matter_pb2.Matter]
Writer = Callable[[Matters], Iterator[bytes]]

MEDIA_TYPES = {
    exchange_pb2.LIST_FORMAT_CSV: "text/csv; charset=utf-8",
    exchange_pb2.LIST_FORMAT_XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    exchange_pb2.LIST_FORMAT_JSON_LINES: "application/x-ndjson",
    exchange_pb2.LIST_FORMAT_JSON_LD: "application/ld+json",
}
_PART_BYTES = 256 * 1024
# Some two thousand matters lie between so many: each question to the embedded store has a price of its own.
_MILESTONES = 64


def export(hall: str, format: int, milestones: Milestones) -> Iterator[bytes]:  # noqa: A002 - as the contract calls it
    """A hall's published list in the order of codes, in parts of about 256 KiB. KeyError for a format that is none."""
    writers: dict[int, Writer] = {
        exchange_pb2.LIST_FORMAT_CSV: as_csv,
        exchange_pb2.LIST_FORMAT_XLSX: as_workbook,
        exchange_pb2.LIST_FORMAT_JSON_LINES: as_json_lines,
        exchange_pb2.LIST_FORMAT_JSON_LD: linked.as_json_ld,
    }
    return in_parts(writers[format](published(hall, milestones)))


def published(hall: str, milestones: Milestones) -> Iterator[matter_pb2.Matter]:
    """The matters of a hall's list, in the order of codes, asked for some two thousand at a time."""
    listed, low = Listed.on(state=State.PUBLISHED), ""
    while (high := milestones.ahead(hall, low, _MILESTONES)) is not None:
        yield from _messages(listed.filter(code__gte=low, code__lt=high))
        low = high
    yield from _messages(listed.filter(code__gte=low))


def _messages(listed: QuerySet) -> Iterator[matter_pb2.Matter]:
    for matter in listed.order_by("code").no_cache():
        message = matter.to_proto()
        message.ClearField("etag")
        yield message


def as_csv(matters: Matters) -> Iterator[bytes]:
    """RFC 4180, with the byte order mark by which spreadsheets know UTF-8."""
    yield codecs.BOM_UTF8
    yield _line(table.header(for_people=False))
    for matter in matters:
        yield _line(table.cells(id_of(matter), matter, for_people=False))


def as_workbook(matters: Matters) -> Iterator[bytes]:
    """One sheet, its header in Chinese."""
    rows = (table.cells(id_of(matter), matter, for_people=True) for matter in matters)
    return workbook.written("权责清单", table.header(for_people=True), rows)


def as_json_lines(matters: Matters) -> Iterator[bytes]:
    """A matter as proto JSON a line."""
    for matter in matters:
        content = json_format.MessageToDict(matter, preserving_proto_field_name=True)
        yield json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def in_parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer parts."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        if len(waiting) >= _PART_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


def id_of(matter: matter_pb2.Matter) -> str:
    """The last part of its name."""
    return matter.name.rpartition("/")[2]


def _line(values: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue().encode()
