"""The files of a case: uploaded by the applicant, read by everybody who sees the case."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import grpc
from bson import ObjectId
from google.api import httpbody_pb2
from google.protobuf import empty_pb2

from services.chassis import clock, context
from services.chassis.errors import ChangedMeanwhile, InvalidFields, RequestIdReused, Violation
from services.intake import contents, rules
from services.intake.documents import Case, CaseFile
from services.intake.rules import materials
from services.intake.servicer.acting import actor
from yimen.intake.v1 import applying_pb2, cases_pb2

# An applicant's files may arrive side by side: each waits for the others' turn.
_TURNS = 10


class Materials:
    """The part of the service that carries files."""

    def UploadMaterial(
        self, requests: Iterator[applying_pb2.UploadMaterialRequest], _: grpc.ServicerContext
    ) -> cases_pb2.CaseMaterial:
        first = next(requests)
        _require_announced(first)
        # A stream is not cut the same way twice: what was sent is compared by its content, not by its first message.
        with context.during(replace(context.current(), request_id="", fingerprint="")):
            case, parts = Case.load(first.parent), _parts(first, requests)
            file_id = _file_id(case, first)
            known = case.file(file_id)
            if known:
                return _repeated(case, known, first, contents.sha256_of(parts))
            return _uploaded(case, file_id, first, parts)

    def DownloadMaterial(
        self, request: applying_pb2.DownloadMaterialRequest, _: grpc.ServicerContext
    ) -> Iterator[httpbody_pb2.HttpBody]:
        _case, file = Case.with_file(request.name)
        for part in contents.read(file.content):
            yield httpbody_pb2.HttpBody(content_type=file.media_type, data=part)

    def DeleteMaterial(self, request: applying_pb2.DeleteMaterialRequest, _: grpc.ServicerContext) -> empty_pb2.Empty:
        case, file = Case.with_file(request.name)
        may_go = materials.remove(case, file.id)
        with contents.leaving(case, *([file.content] if may_go else [])):
            case.save_with()
        return empty_pb2.Empty()


def _uploaded(
    case: Case, file_id: str, first: applying_pb2.UploadMaterialRequest, parts: Iterator[bytes]
) -> cases_pb2.CaseMaterial:
    material = materials.require_place(case, first.material)
    try:
        with contents.arriving(case, parts, lambda head: materials.media_type(head, material)) as content:
            file = CaseFile(
                id=file_id,
                material=first.material,
                filename=first.filename,
                media_type=content.media_type,
                size=content.size,
                sha256=content.sha256,
                content=content.id,
                create_time=clock.now(),
            )
            case = _put(case, file)
    except _ArrivedTwice as twice:
        return _repeated(twice.case, twice.known, first, file.sha256)
    return case.file_to_proto(file)


class _ArrivedTwice(Exception):
    """The same request was sent again while it was carried out, and the other one was faster: this content goes back."""

    def __init__(self, case: Case, known: CaseFile) -> None:
        super().__init__()
        self.case, self.known = case, known


def _put(case: Case, file: CaseFile) -> Case:
    """Puts the file to the case as it is now, after whoever was faster."""
    for _ in range(_TURNS):
        try:
            rules.supplement(case, file, by=actor(), at=clock.now())
            return case.save_with()
        except ChangedMeanwhile:
            case = Case.load(case.name)
            if known := case.file(file.id):
                raise _ArrivedTwice(case, known) from None
    raise ChangedMeanwhile(name=case.name)


def _repeated(case: Case, known: CaseFile, first: applying_pb2.UploadMaterialRequest, sha256: str) -> cases_pb2.CaseMaterial:
    """The reply of the first time, where the same file comes again."""
    if (known.material, known.sha256) != (first.material, sha256):
        raise RequestIdReused(request_id=first.request_id)
    return case.file_to_proto(known)


def _file_id(case: Case, first: applying_pb2.UploadMaterialRequest) -> str:
    if not first.request_id:
        return str(ObjectId())
    return hashlib.sha256(f"{case.name}\n{first.request_id}".encode()).hexdigest()[:24]


def _parts(first: applying_pb2.UploadMaterialRequest, rest: Iterator[applying_pb2.UploadMaterialRequest]) -> Iterator[bytes]:
    """The bytes as they arrive; FileIncomplete at the end. gRPC ends a stream that broke off as one that is whole."""
    arrived = 0
    for request in chain([first], rest):
        arrived += len(request.content.data)
        yield request.content.data
    materials.require_whole(arrived, first.size)


def _require_announced(first: applying_pb2.UploadMaterialRequest) -> None:
    if first.material and not first.size and not first.content.data:
        raise materials.FileEmpty
    materials.require_size(first.size)
    missing = [field for field in ("parent", "material", "size") if not getattr(first, field)]
    if missing:
        raise InvalidFields([Violation(field, "required", f"{field}: 必填", f"{field}: is required") for field in missing])
