"""The whole list in and out."""

from collections.abc import Iterator
from dataclasses import replace

import grpc
from google.api import httpbody_pb2

from services.chassis import context
from services.chassis.errors import InvalidFields, RequestIdReused, Violation
from services.chassis.pages import page
from services.matters.exchange import exporting, importing, store
from services.matters.exchange.documents import Import, Rejection
from services.matters.exchange.sending import import_id
from services.matters.milestones import Milestones
from yimen.matters.v1 import exchange_pb2

_FOR_EXPORT_ALONE = exchange_pb2.LIST_FORMAT_JSON_LD


class Exchange:
    """Imports, and the list as open data."""

    milestones: Milestones

    def UploadImport(
        self, requests: Iterator[exchange_pb2.UploadImportRequest], _: grpc.ServicerContext
    ) -> exchange_pb2.Import:
        first = next(requests)
        _require_named(first)
        store.require_size(first.size)
        parts = _parts(first, requests)
        # A stream is not cut the same way twice: what was sent is compared by its content, not by its first message.
        with context.during(replace(context.current(), request_id="", fingerprint="")):
            paper = _paper(first)
            known = Import.known(paper)
            return (_repeated(known, first, parts) if known else store.uploaded(paper, parts, first.size)).to_proto()

    def RunImport(self, request: exchange_pb2.RunImportRequest, _: grpc.ServicerContext) -> Iterator[exchange_pb2.Import]:
        return (paper.to_proto() for paper in importing.run(request.name))

    def GetImport(self, request: exchange_pb2.GetImportRequest, _: grpc.ServicerContext) -> exchange_pb2.Import:
        return Import.load(request.name).to_proto()

    def ListRejections(
        self, request: exchange_pb2.ListRejectionsRequest, _: grpc.ServicerContext
    ) -> exchange_pb2.ListRejectionsResponse:
        rejected: list[Rejection]
        rejected, more = page(Rejection.of(Import.load(request.parent)), request, key="place", ascending=True, size=100)
        return exchange_pb2.ListRejectionsResponse(rejections=[one.to_proto() for one in rejected], next_page_token=more)

    def ExportMatters(
        self, request: exchange_pb2.ExportMattersRequest, _: grpc.ServicerContext
    ) -> Iterator[httpbody_pb2.HttpBody]:
        media_type = exporting.MEDIA_TYPES[request.format]
        parts = exporting.export(request.parent.removeprefix("halls/"), request.format, self.milestones)
        return (httpbody_pb2.HttpBody(content_type=media_type, data=part) for part in parts)


def _paper(first: exchange_pb2.UploadImportRequest) -> Import:
    """The import that the first message asks for; its id follows from the request_id, where there is one."""
    hall = first.parent.removeprefix("halls/")
    given = {"id": import_id(first.parent, first.request_id)} if first.request_id else {}
    return Import.new(
        hall=hall,
        format=first.format,
        mode=first.mode or exchange_pb2.IMPORT_MODE_ALL_OR_NOTHING,
        dry_run=first.dry_run,
        publish=first.publish,
        **given,
    )


def _repeated(known: Import, first: exchange_pb2.UploadImportRequest, parts: Iterator[bytes]) -> Import:
    """The import of the first time, where the same file comes again for the same purpose."""
    asked = (first.format, first.dry_run, first.publish, store.sha256_of(parts))
    if (known.format, known.dry_run, known.publish, known.sha256) != asked:
        raise RequestIdReused(request_id=first.request_id)
    return known


def _parts(first: exchange_pb2.UploadImportRequest, rest: Iterator[exchange_pb2.UploadImportRequest]) -> Iterator[bytes]:
    yield first.content.data
    for request in rest:
        yield request.content.data


def _require_named(first: exchange_pb2.UploadImportRequest) -> None:
    wrong = [
        Violation(field, "required", f"{field}: 必填", f"{field}: is required")
        for field in ("parent", "format")
        if not getattr(first, field)
    ]
    if first.format == _FOR_EXPORT_ALONE:
        wrong.append(Violation("format", "enum.not_in", "JSON-LD 仅用于导出", "JSON-LD is for export alone"))
    if wrong:
        raise InvalidFields(wrong)
