"""What is kept of an import while it goes on: its file in parts, and what of it was judged good."""

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mongoengine.connection import get_db
from pymongo.collection import Collection

from services.chassis import clock
from services.chassis.errors import InvalidArgument, Violation
from services.matters.exchange.documents import ARRIVING, Import, Rejection
from services.matters.exchange.rows import Row
from yimen.matters.v1 import exchange_pb2, matter_pb2

_PART_BYTES = 512 * 1024
# The whole list is some 55 MB as JSON lines and as CSV.
MAX_FILE_BYTES = 128 * 1024 * 1024
# Of each import; the rest is counted and not kept.
MAX_REJECTIONS = 5000
# An upload takes no longer: what is older was left by a process that ended.
_ABANDONED_AFTER = timedelta(hours=1)


class FileTooLarge(InvalidArgument):
    """More than an import takes."""

    zh = "文件超过 {mebibytes} MiB，请分批导入"
    en = "the file is larger than {mebibytes} MiB: import it in several parts"


class FileEmpty(InvalidArgument):
    """Nothing arrived."""

    zh = "文件为空"
    en = "the file is empty"


@dataclass(frozen=True)
class Judged:
    """A row that may be taken."""

    number: int
    matter_id: str
    content: bytes

    def message(self) -> matter_pb2.Matter:
        """Its elements and provenance."""
        return matter_pb2.Matter.FromString(self.content)


def prepare() -> None:
    """Makes the indexes, and deletes what uploads left that ended with their process."""
    Rejection.ensure_indexes()
    left = Import.across_halls("files that a crash left belong to any hall").filter(state=ARRIVING)
    for paper in left:
        if paper.update_time < clock.now() - _ABANDONED_AFTER:
            _forget(paper)


class FileIncomplete(InvalidArgument):
    """The connection broke off: what arrived is not the whole file."""

    zh = "文件没有传完（已到 {arrived} 字节，应为 {size} 字节），请重新上传"
    en = "the upload broke off: {arrived} of {size} bytes arrived; please upload the file again"


def require_size(size: int) -> None:
    """Passes a size that an import takes; else FileTooLarge, FileEmpty."""
    if size > MAX_FILE_BYTES:
        raise FileTooLarge(mebibytes=MAX_FILE_BYTES // 1024 // 1024)
    if not size:
        raise FileEmpty


def uploaded(paper: Import, content: Iterable[bytes], size: int) -> Import:
    """Stores an import with its file of so many bytes, which is written while it arrives; FileTooLarge, FileIncomplete.

    Whatever breaks off leaves nothing behind; what a killed upload of the same request left is written over.
    """
    if left := Import.across_halls("the same request's own").filter(id=paper.id).first():
        _forget(left)
    paper.save_with()
    try:
        _arrive(paper, content)
        if paper.size != size:
            raise FileIncomplete(arrived=paper.size, size=size)
        paper.state = exchange_pb2.IMPORT_STATE_UPLOADED
        return paper.save_with()
    except BaseException:
        _forget(paper)
        raise


def _forget(paper: Import) -> None:
    destroy_file(paper)
    Import._get_collection().delete_one({"_id": paper.id})


def _arrive(paper: Import, content: Iterable[bytes]) -> None:
    digest, paper.size, paper.parts = hashlib.sha256(), 0, 0
    for part in _in_parts(content):
        paper.size += len(part)
        require_size(paper.size)
        digest.update(part)
        _put(_files(), _part_id(paper, paper.parts), {"data": part})
        paper.parts += 1
    paper.sha256 = digest.hexdigest()


def sha256_of(content: Iterable[bytes]) -> str:
    """The SHA-256 of what arrives and is not kept."""
    digest = hashlib.sha256()
    for part in content:
        digest.update(part)
    return digest.hexdigest()


def destroy_file(paper: Import) -> None:
    """Deletes the file and whatever was judged, part by part: more at once would fill the embedded store's cache.

    A part too many is asked for of each, which a killed process wrote before its paper knew.
    """
    # Of an upload that was killed the paper knows no part: they are deleted until one is missing.
    for collection, known in ((_files(), paper.parts), (_blocks(), paper.blocks)):
        number = 0
        while collection.delete_one({"_id": _part_id(paper, number)}).deleted_count or number < known:
            number += 1


class File(io.RawIOBase):
    """The file of an import, read by parts wherever it is wanted."""

    def __init__(self, paper: Import) -> None:
        self._paper = paper
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As of every file."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._paper.size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def tell(self) -> int:
        """As of every file."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """As of every file."""
        if self._at >= self._paper.size:
            return 0
        number, start = divmod(self._at, _PART_BYTES)
        if self._held[0] != number:
            found = _files().find_one({"_id": _part_id(self._paper, number)})
            if found is None:
                raise OSError(f"part {number} of {self._paper.name} is missing")
            self._held = number, found["data"]
        given = self._held[1][start : start + len(buffer)]
        buffer[: len(given)] = given
        self._at += len(given)
        return len(given)


def opened(paper: Import) -> io.BufferedReader:
    """The file of an import."""
    return io.BufferedReader(File(paper), _PART_BYTES)


def keep_block(paper: Import, judged: Sequence[Judged]) -> None:
    """Keeps rows that may be taken as the next block; the paper counts it with its next save."""
    rows = [{"number": one.number, "matter": one.matter_id, "content": one.content} for one in judged]
    _put(_blocks(), _part_id(paper, paper.blocks), {"rows": rows})
    paper.blocks += 1


def block(paper: Import, number: int) -> list[Judged]:
    """The rows of a block."""
    found = _blocks().find_one({"_id": _part_id(paper, number)})
    return [Judged(row["number"], row["matter"], row["content"]) for row in found["rows"]] if found else []


def reject(paper: Import, rows: Sequence[Row]) -> None:
    """Keeps why rows are rejected, and counts them; the paper is saved by the caller."""
    paper.rejected += sum(row.number > 0 for row in rows)
    kept = [(row, wrong) for row in rows for wrong in row.wrong][: MAX_REJECTIONS - paper.rejections]
    papers = [_rejection(paper, paper.rejections + n, row, wrong) for n, (row, wrong) in enumerate(kept)]
    if papers:
        # Those of a run that was killed before its paper was saved have the same ids.
        for one in Rejection.objects(paper=paper.id, place__gte=paper.rejections).only("id"):
            one.delete()
        Rejection.objects.insert(papers, load_bulk=False)
    paper.rejections += len(papers)


def _rejection(paper: Import, place: int, row: Row, wrong: Violation) -> Rejection:
    return Rejection(
        id=_part_id(paper, place),
        paper=paper.id,
        place=place,
        row=row.number,
        matter=row.matter_id[:64],
        field=wrong.field[:200],
        rule=wrong.rule,
        zh=wrong.zh[:1000],
        en=wrong.en[:1000],
    )


def _in_parts(content: Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for part in content:
        waiting += part
        while len(waiting) >= _PART_BYTES:
            yield bytes(waiting[:_PART_BYTES])
            del waiting[:_PART_BYTES]
    if waiting:
        yield bytes(waiting)


def _put(collection: "Collection[dict[str, Any]]", key: str, content: dict[str, Any]) -> None:
    """Writes a part; one that a killed process left is written over."""
    if not collection.replace_one({"_id": key}, content).matched_count:
        collection.insert_one({"_id": key, **content})


def _part_id(paper: Import, number: int) -> str:
    return f"{paper.id}-{number:06d}"


def _files() -> "Collection[dict[str, Any]]":
    collection: Collection[dict[str, Any]] = get_db("matters")["imports.files"]
    return collection


def _blocks() -> "Collection[dict[str, Any]]":
    collection: Collection[dict[str, Any]] = get_db("matters")["imports.blocks"]
    return collection
