"""Imports and exports as a test asks for them."""

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from google.api import httpbody_pb2
from google.protobuf import json_format

from services.chassis.caller import Post
from services.chassis.settings import Settings
from services.matters.exchange import exporting
from services.matters.exchange.sending import Sender
from tests.matters.builders import some_elements
from tests.matters.conftest import DISTRICT, Office
from yimen.matters.v1 import exchange_pb2 as pb
from yimen.matters.v1 import matter_pb2

_serial = itertools.count(1)
UNIT_CODE = "11440307PL0000041H"


@dataclass
class Bureau:
    """The office where files of matters are handed in."""

    office: Office
    settings: Settings
    sender: Sender = field(init=False)

    def __post_init__(self) -> None:
        token = self.office.issuer.token("people/editor", Post("EDITOR", "440307", covers_subtree=True))
        self.sender = Sender(self.office.channel, token)

    @property
    def address(self) -> str:
        """Where the service listens: what its channel was made for."""
        target: bytes = self.office.channel._channel.target()  # type: ignore[attr-defined]
        return target.decode()

    def upload(
        self, content: bytes, kind: pb.ListFormat.ValueType, *, mode: int = 0, request_id: str = "", size: int = 0, **more: bool
    ) -> pb.Import:
        """Hands a file in, to be published if it is run."""
        wanted: dict[str, Any] = {"publish": True} | more
        wanted |= {"parent": DISTRICT, "format": kind, "mode": mode, "request_id": request_id, "size": size or len(content)}
        first = pb.UploadImportRequest(**wanted)
        first.content.CopyFrom(httpbody_pb2.HttpBody(data=content[:1000]))
        return self.sender.upload(first, [content[1000:]] if content[1000:] else [])

    def run(self, content: bytes, kind: pb.ListFormat.ValueType, **more: Any) -> pb.Import:
        """Hands a file in and runs it."""
        return self.sender.run(self.upload(content, kind, **more).name)

    def rejected(self, paper: pb.Import) -> list[tuple[int, str, str]]:
        """Row, field and rule of everything that was rejected, each said in both languages."""
        rejections = list(self.sender.rejections(paper.name))
        assert all(one.zh and one.en for one in rejections)
        return [(one.row, one.field, one.rule) for one in rejections]

    def get(self, matter_id: str) -> matter_pb2.Matter:
        """A matter as it stands."""
        request = matter_pb2.GetMatterRequest(name=f"{DISTRICT}/matters/{matter_id}")
        found: matter_pb2.Matter = self.office.editor.GetMatter(request)
        return found

    def export(self, kind: pb.ListFormat.ValueType) -> bytes:
        """The published list, as nobody in particular reads it."""
        return b"".join(Sender(self.office.channel).export(DISTRICT, kind))


def a_row(**changes: Any) -> matter_pb2.Matter:
    """A matter that may be published under a code of its own; its name is its resource name."""
    serial = next(_serial)
    basic = f"44018{serial:04d}000"
    given = {"basic_code": basic, "implementation_code": f"{UNIT_CODE}4{basic}"}
    elements = some_elements(**({"display_name": {"zh": f"第 {serial} 号许可", "en": f"Licence {serial}"}} | given | changes))
    return matter_pb2.Matter(name=f"{DISTRICT}/matters/imported-{serial}", elements=elements)


def id_of(matter: matter_pb2.Matter) -> str:
    """The id that a row has."""
    return exporting.id_of(matter)


def contents(matters: Iterable[matter_pb2.Matter]) -> Iterator[dict[str, Any]]:
    """Matters as proto JSON."""
    for matter in matters:
        yield json_format.MessageToDict(matter, preserving_proto_field_name=True)


def as_csv(*matters: matter_pb2.Matter) -> bytes:
    """A table in CSV."""
    return b"".join(exporting.as_csv(matters))


def as_xlsx(*matters: matter_pb2.Matter) -> bytes:
    """A table in a workbook."""
    return b"".join(exporting.as_workbook(matters))


def as_json_lines(*matters: matter_pb2.Matter) -> bytes:
    """A matter a line."""
    return b"".join(json.dumps(content, ensure_ascii=False).encode() + b"\n" for content in contents(matters))


def as_yaml(*matters: matter_pb2.Matter) -> bytes:
    """A document a matter."""
    return yaml.safe_dump_all(contents(matters), allow_unicode=True, sort_keys=False).encode()
