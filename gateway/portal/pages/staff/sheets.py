"""The materials of a case as they lie beside the form: each with its files, and with what a notice asked of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format

from gateway.portal import cases, files, formats
from yimen.intake.v1 import cases_pb2, listing_pb2
from yimen.matters.v1 import elements_pb2

# What PDF viewers are asked for: no list of pages beside, and the page as wide as the pane.
_AS_WIDE = "#navpanes=0&view=FitH"


@dataclass(frozen=True)
class Sheet:
    """A file: its own address, what a pane shows of it (empty for nothing), and whether it came after the notice."""

    file: cases_pb2.CaseMaterial
    saved: str
    pane: str
    fresh: bool


@dataclass(frozen=True)
class Item:
    """A material with its files, and with what the last notice said about it. `closed`: it cannot be asked for again."""

    material: elements_pb2.Material
    files: Sequence[Sheet]
    asked: str = ""
    closed: bool = False


def pane(file: cases_pb2.CaseMaterial) -> str:
    """What a pane shows of a file: a page of ours for a picture, which a browser fits to its window alone, else the file."""
    if file.media_type not in files.SHOWN:
        return ""
    if file.media_type.startswith("image/"):
        return f"/work{formats.address(file.name).replace('/cases/', '/pictures/', 1)}"
    return f"{saved(file)}{_AS_WIDE}"


def saved(file: cases_pb2.CaseMaterial) -> str:
    """The address of the file itself."""
    return f"/downloads/work{formats.address(file.name)}"


def items(case: cases_pb2.Case, elements: elements_pb2.Elements, entries: Sequence[listing_pb2.HistoryEntry]) -> Iterator[Item]:
    """Every material that the case has or should have."""
    told = [entry for entry in entries if entry.action == "requestCorrection"] if case.state in cases.RECEIVED else []
    asked = asked_last(told)
    since = told[-1].time.ToNanoseconds() if told else 0
    for material in elements.materials:
        had = [
            Sheet(file, saved(file), pane(file), bool(since) and file.create_time.ToNanoseconds() > since)
            for file in cases.files_of(case, material.id)
        ]
        if had or material.material_class != elements_pb2.MATERIAL_CLASS_D:
            yield Item(material, had, asked.get(material.id, ""), material.id in case.settled_items)


def asked_last(entries: Sequence[listing_pb2.HistoryEntry]) -> dict[str, str]:
    """What the last correction notice asked for, by material; "" for the form."""
    told = [entry for entry in entries if entry.action == "requestCorrection"]
    return {item.get("material", ""): item.get("reason", "") for item in _details(told[-1]).get("items", [])} if told else {}


def _details(entry: listing_pb2.HistoryEntry) -> Mapping[str, Any]:
    return json_format.MessageToDict(entry.details)
