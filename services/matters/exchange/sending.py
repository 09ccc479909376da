"""A file to the service and the list from it: what the command line and the loading of the data have in common."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import IO

import grpc
from google.api import httpbody_pb2

from yimen.matters.v1 import exchange_pb2, matters_pb2_grpc

# A whole list takes half a minute; a busy machine may take some.
PATIENCE_SECONDS = 900.0
_PART_BYTES = 1024 * 1024
_PAGE = 500
_CUT_OFF = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)

Progress = Callable[[exchange_pb2.Import], None]


def import_id(parent: str, request_id: str) -> str:
    """The id of the import that a request_id leads to: whoever repeats an upload knows its name beforehand."""
    return hashlib.sha256(f"{parent}\n{request_id}".encode()).hexdigest()[:20]


class Sender:
    """Calls the service at a channel with an access token, which may be empty for an export."""

    def __init__(self, channel: grpc.Channel, token: str = "") -> None:
        self._stub = matters_pb2_grpc.MattersServiceStub(channel)
        self._metadata = (("authorization", f"Bearer {token}"),) if token else ()

    def upload(self, first: exchange_pb2.UploadImportRequest, content: Iterable[bytes]) -> exchange_pb2.Import:
        """Sends a file; `first` says what it is and for what. grpc.RpcError where the service refuses or is away."""
        parts = (exchange_pb2.UploadImportRequest(content=httpbody_pb2.HttpBody(data=part)) for part in content)
        return self._stub.UploadImport(chain([first], parts), metadata=self._metadata, timeout=PATIENCE_SECONDS)

    def known(self, parent: str, request_id: str) -> exchange_pb2.Import | None:
        """The import of an earlier upload; None where there is none."""
        request = exchange_pb2.GetImportRequest(name=f"{parent}/imports/{import_id(parent, request_id)}")
        try:
            return self._stub.GetImport(request, metadata=self._metadata, timeout=PATIENCE_SECONDS)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.NOT_FOUND:
                return None
            raise

    def run(self, name: str, progress: Progress = lambda paper: None) -> exchange_pb2.Import:
        """Runs an import to its end, or goes on with it; `progress` hears of every step.

        A stream that is cut off, as a gateway does after two minutes, is taken up again as long as something came of it.
        """
        while True:
            heard: list[exchange_pb2.Import] = []
            try:
                for paper in self._steps(name):
                    heard = [*heard[:1], paper]
                    progress(paper)
                return heard[-1]
            except grpc.RpcError as error:
                if error.code() not in _CUT_OFF or len(heard) < 2:
                    raise

    def _steps(self, name: str) -> Iterator[exchange_pb2.Import]:
        request = exchange_pb2.RunImportRequest(name=name)
        steps: Iterator[exchange_pb2.Import] = self._stub.RunImport(request, metadata=self._metadata, timeout=PATIENCE_SECONDS)
        return steps

    def rejections(self, name: str) -> Iterator[exchange_pb2.Rejection]:
        """What was rejected of an import, in the order of the rows."""
        request = exchange_pb2.ListRejectionsRequest(parent=name, page_size=_PAGE)
        while True:
            reply = self._stub.ListRejections(request, metadata=self._metadata, timeout=PATIENCE_SECONDS)
            yield from reply.rejections
            request.page_token = reply.next_page_token
            if not request.page_token:
                return

    def export(self, parent: str, format: exchange_pb2.ListFormat.ValueType) -> Iterator[bytes]:  # noqa: A002 - as the contract
        """The published list in parts."""
        request = exchange_pb2.ExportMattersRequest(parent=parent, format=format)
        for part in self._stub.ExportMatters(request, metadata=self._metadata, timeout=PATIENCE_SECONDS):
            yield part.data


def parts_of(file: IO[bytes]) -> Iterator[bytes]:
    """A file in parts that one message bears."""
    while part := file.read(_PART_BYTES):
        yield part
