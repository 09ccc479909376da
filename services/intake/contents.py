"""The contents of materials in GridFS, written while they arrive. What is no part of a case, or no more, leaves nothing."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import gridfs
from bson import ObjectId
from mongoengine.connection import get_db
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from services.chassis import clock
from services.intake.documents import Case, Incoming
from services.intake.rules import materials

log = logging.getLogger(__name__)
_CHUNK_BYTES = 255 * 1024
# No upload takes longer: what is older was left by a process that ended.
_ABANDONED_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Content:
    """A content that was written whole."""

    id: ObjectId
    media_type: str
    size: int
    sha256: str


@contextmanager
def arriving(case: Case, parts: Iterator[bytes], judge: Callable[[bytes], str]) -> Iterator[Content]:
    """Writes what arrives and gives it; taken back when its size, its type or the block refuses it.

    `judge` gives the media type by the first bytes. FileTooLarge as soon as the limit is passed.
    """
    content_id = ObjectId()
    Incoming(id=content_id, case=case.id, since=clock.real_now()).save(force_insert=True)
    try:
        yield _written(content_id, parts, judge)
    except PyMongoError:
        # Whether the case was written is not known: the sweep will see.
        raise
    except BaseException:
        _take_back(content_id)
        raise
    Incoming.objects(id=content_id).delete()


@contextmanager
def leaving(case: Case, *content_ids: ObjectId) -> Iterator[None]:
    """Destroys contents once the block has taken them off their case. Where it did not, or nobody knows, the sweep will see."""
    for content_id in content_ids:
        Incoming(id=content_id, case=case.id, since=clock.real_now()).save()
    yield
    for content_id in content_ids:
        _take_back(content_id)


def sha256_of(parts: Iterator[bytes]) -> str:
    """The SHA-256 of what arrives, which is not kept; FileTooLarge."""
    digest, size = hashlib.sha256(), 0
    for part in parts:
        size += len(part)
        materials.require_size(size)
        digest.update(part)
    return digest.hexdigest()


def read(content_id: ObjectId) -> Iterator[bytes]:
    """A content in parts of at most 255 KiB."""
    with gridfs.GridFSBucket(get_db("intake"), bucket_name="materials").open_download_stream(content_id) as stream:
        while part := stream.read(_CHUNK_BYTES):
            yield part


def destroy(content_id: ObjectId) -> None:
    """Deletes a content; nothing happens where it is gone already.

    Chunk by chunk: the embedded store holds what one statement deletes in its cache until the statement ends, and stands
    still when that is a fifth of the cache.
    """
    _collection("files").delete_one({"_id": content_id})
    chunks = _collection("chunks")
    for chunk in list(chunks.find({"files_id": content_id}, {"_id": True})):
        chunks.delete_one(chunk)


def prepare() -> None:
    """Makes the indexes, and deletes what uploads left that ended with their process."""
    Incoming.ensure_indexes()
    _collection("chunks").create_index([("files_id", 1), ("n", 1)], unique=True)
    for left in Incoming.objects(since__lt=clock.real_now() - _ABANDONED_AFTER):
        case = Case.across_halls("contents that a crash left belong to any hall").filter(id=left.case).first()
        if case is None or all(file.content != left.id for file in case.files):
            log.info("an upload was never finished", extra={"case": left.case})
            destroy(left.id)
        left.delete()


def _written(content_id: ObjectId, parts: Iterator[bytes], judge: Callable[[bytes], str]) -> Content:
    """Writes GridFS's two collections by its format: its own writer first asks each of them for any document at all,
    which the embedded store answers by a scan.
    """
    head, rest = _head(parts)
    media_type = judge(head)
    digest, size, chunks = hashlib.sha256(), 0, _collection("chunks")
    for n, chunk in enumerate(_in_chunks(rest)):
        size += len(chunk)
        digest.update(chunk)
        chunks.insert_one({"files_id": content_id, "n": n, "data": chunk})
    kept = {"_id": content_id, "length": size, "chunkSize": _CHUNK_BYTES, "uploadDate": clock.real_now()}
    _collection("files").insert_one(kept)
    return Content(content_id, media_type, size, digest.hexdigest())


def _in_chunks(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in chunks of 255 KiB; FileTooLarge as soon as the limit is passed."""
    size, waiting = 0, b""
    for part in parts:
        size += len(part)
        materials.require_size(size)
        waiting += part
        while len(waiting) >= _CHUNK_BYTES:
            yield waiting[:_CHUNK_BYTES]
            waiting = waiting[_CHUNK_BYTES:]
    if waiting:
        yield waiting


def _head(parts: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Enough of what arrives to judge its type by, and all of it."""
    head = b""
    for part in parts:
        head += part
        if len(head) >= materials.HEAD_BYTES:
            break

    def rest() -> Iterator[bytes]:
        yield head
        yield from parts

    return head[: materials.HEAD_BYTES], rest()


def _take_back(content_id: ObjectId) -> None:
    destroy(content_id)
    Incoming.objects(id=content_id).delete()


def _collection(part: str) -> Collection[dict[str, Any]]:
    collection: Collection[dict[str, Any]] = get_db("intake")[f"materials.{part}"]
    return collection
