"""Loads the list through the API: the reference matters one by one, or all of it by one import. Safe to repeat."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import grpc
from google.protobuf import json_format
from google.protobuf.message import Message

from services.matters import data
from services.matters.exchange.sending import Sender, parts_of
from yimen.matters.v1 import exchange_pb2, matter_pb2, matters_pb2_grpc, units_pb2, versions_pb2

_PATIENCE_SECONDS = 20.0


@dataclass
class Loaded:
    """What a load has seen to: units, published matters, and the names of those that it left as they are.

    Left are published or cancelled matters whose elements differ from the data: an editor replaces what was
    published, never a load.
    """

    units: int = 0
    matters: int = 0
    left: tuple[str, ...] = ()


def load(channel: grpc.Channel, token: str, progress: Callable[[int, int], None] = lambda done, of: None) -> Loaded:
    """Brings every unit and matter of the data onto the list; `token` is an editor's of the district.

    `progress` hears how many of how many are done. grpc.RpcError where the service refuses or is away; the
    next load goes on from there.
    """
    loading = _Loading(channel, token)
    units, matters = list(data.units()), list(data.matters())
    loaded = Loaded()
    for request in units:
        loading.unit(request)
        loaded.units += 1
        progress(loaded.units, len(units) + len(matters))
    for draft in matters:
        if loading.matter(draft):
            loaded.matters += 1
        else:
            loaded.left += (f"{draft.parent}/matters/{draft.matter_id}",)
        progress(loaded.units + loaded.matters + len(loaded.left), len(units) + len(matters))
    return loaded


def load_all(channel: grpc.Channel, token: str, progress: Callable[[int, int], None] = lambda done, of: None) -> Loaded:
    """Brings every unit and the whole list of 12,934 matters onto the service, in about half a minute; as `load`.

    The same data is imported once: a repeated load goes on with an import that was interrupted, and is over at once after one
    that was not. Left are the matters whose state does not let an import change them.
    """
    loading, sender = _Loading(channel, token), Sender(channel, token)
    loaded = Loaded()
    for request in data.units():
        loading.unit(request)
        loaded.units += 1
    request_id = f"list-{data.fingerprint()}"
    paper = sender.known(data.DISTRICT, request_id) or _uploaded(sender, request_id)

    def told(paper: exchange_pb2.Import) -> None:
        # Every row is judged, and then taken.
        rows = paper.rows or data.generated.total()
        progress(paper.rows_checked + (paper.rows_done if paper.rows else 0), 2 * rows)

    paper = sender.run(paper.name, told)
    loaded.matters = paper.created + paper.revised + paper.unchanged
    loaded.left = tuple(dict.fromkeys(f"{data.DISTRICT}/matters/{one.matter}" for one in sender.rejections(paper.name)))
    return loaded


def _uploaded(sender: Sender, request_id: str) -> exchange_pb2.Import:
    with tempfile.TemporaryFile() as file:
        file.writelines(_lines())
        first = exchange_pb2.UploadImportRequest(
            parent=data.DISTRICT,
            format=exchange_pb2.LIST_FORMAT_JSON_LINES,
            mode=exchange_pb2.IMPORT_MODE_SKIP_BAD,
            publish=True,
            request_id=request_id,
            size=file.tell(),
        )
        file.seek(0)
        return sender.upload(first, parts_of(file))


def _lines() -> Iterator[bytes]:
    for request in data.everything():
        row = {"id": request.matter_id, **json_format.MessageToDict(request.matter, preserving_proto_field_name=True)}
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class _Loading:
    def __init__(self, channel: grpc.Channel, token: str) -> None:
        self._stub = matters_pb2_grpc.MattersServiceStub(channel)
        self._metadata = (("authorization", f"Bearer {token}"),)

    def unit(self, request: units_pb2.CreateUnitRequest) -> None:
        request.request_id = _request_id(request)
        try:
            self._stub.CreateUnit(request, metadata=self._metadata, timeout=_PATIENCE_SECONDS)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.ALREADY_EXISTS:
                raise

    def matter(self, request: matter_pb2.CreateMatterRequest) -> bool:
        """Whether the matter is on the list as the data has it."""
        stored = self._drafted(request)
        if stored.next_state == versions_pb2.VERSION_STATE_DRAFT and not stored.matter_version:
            submit = versions_pb2.SubmitMatterRequest(name=stored.name, etag=stored.etag)
            submit.request_id = _request_id(submit)
            stored = self._stub.SubmitMatter(submit, metadata=self._metadata, timeout=_PATIENCE_SECONDS)
        if stored.next_state == versions_pb2.VERSION_STATE_IN_REVIEW and not stored.matter_version:
            publish = matter_pb2.PublishMatterRequest(name=stored.name, etag=stored.etag)
            publish.request_id = _request_id(publish)
            stored = self._stub.PublishMatter(publish, metadata=self._metadata, timeout=_PATIENCE_SECONDS)
        is_live = stored.state == matter_pb2.MATTER_STATE_PUBLISHED
        return is_live and stored.elements == request.matter.elements

    def _drafted(self, request: matter_pb2.CreateMatterRequest) -> matter_pb2.Matter:
        """The matter as it is stored now; a draft of an earlier load is brought to the data's elements."""
        request.request_id = _request_id(request)
        try:
            return self._stub.CreateMatter(request, metadata=self._metadata, timeout=_PATIENCE_SECONDS)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.ALREADY_EXISTS:
                raise
        name = f"{request.parent}/matters/{request.matter_id}"
        stored = self._stub.GetMatter(
            matter_pb2.GetMatterRequest(name=name), metadata=self._metadata, timeout=_PATIENCE_SECONDS
        )
        if stored.state != matter_pb2.MATTER_STATE_DRAFT or stored.next_state != versions_pb2.VERSION_STATE_DRAFT:
            return stored
        stored.elements.CopyFrom(request.matter.elements)
        return self._stub.UpdateMatter(
            matter_pb2.UpdateMatterRequest(matter=stored), metadata=self._metadata, timeout=_PATIENCE_SECONDS
        )


def _request_id(request: Message) -> str:
    """The same for the same content: a repeated load repeats its requests."""
    return "load-" + hashlib.sha256(request.SerializeToString(deterministic=True)).hexdigest()[:32]
