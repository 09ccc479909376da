"""A file of a case on its way to a reader's browser."""

import unicodedata
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from gateway.portal.visit import Visit
from yimen.intake.v1 import applying_pb2, cases_pb2

# Bytes of a file in one message, and seconds that one may take to the service and back.
PIECE = 256 * 1024
PATIENCE = 60.0
# What a browser may show by itself, with the endings of its names; another file is saved.
SHOWN = {"application/pdf": (".pdf",), "image/jpeg": (".jpg", ".jpeg"), "image/png": (".png",)}


def sent(visit: Visit, file: cases_pb2.CaseMaterial) -> Response:
    """A file on its way to the reader, read whole before: a service that fails midway is said on a page."""
    parts = visit.services.intake.DownloadMaterial(applying_pb2.DownloadMaterialRequest(name=file.name), timeout=PATIENCE)
    kept = SpooledTemporaryFile(max_size=PIECE)  # noqa: SIM115 - closed when it was sent
    for part in parts:
        kept.write(part.data)
    kept.seek(0)
    headers = {
        "content-disposition": _disposition(file),
        "content-length": str(file.size),
        # Files are compressed in themselves.
        "content-encoding": "identity",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "cache-control": "private, no-store",
    }
    return StreamingResponse(_pieces(kept), media_type=file.media_type, headers=headers)


def _pieces(kept: IO[bytes]) -> Iterator[bytes]:
    with kept:
        while piece := kept.read(PIECE):
            yield piece


def _disposition(file: cases_pb2.CaseMaterial) -> str:
    shown = "inline" if file.media_type in SHOWN else "attachment"
    return f"{shown}; filename*=UTF-8''{quote(saved_as(file.filename, file.media_type), safe='')}"


def saved_as(filename: str, media_type: str) -> str:
    """The name that a file is saved by. An applicant chose it: it gets the ending of what it is, nothing that hides that."""
    seen = (one for one in filename if unicodedata.category(one) not in ("Cc", "Cf"))
    plain = "".join("_" if one in "/\\" else one for one in seen)
    endings = SHOWN.get(media_type, (".bin",))
    return plain if plain.lower().endswith(endings) else plain + endings[0]
