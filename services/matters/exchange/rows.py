"""A row of a file, as far as it could be read, and what was wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.chassis.errors import Violation
from yimen.matters.v1 import matter_pb2

# No matter of a real list comes near: what is longer is no matter, and would have to be held in memory whole.
MAX_ROW_BYTES = 512 * 1024
MAX_ROWS = 100_000


@dataclass
class Row:
    """A row from 1 on; without a matter where it could not be read. `wrong` is every fault found so far."""

    number: int
    matter_id: str = ""
    matter: matter_pb2.Matter | None = None
    wrong: list[Violation] = field(default_factory=list)


class FileUnreadable(Exception):
    """The file as a whole cannot be read; nothing of it is taken, whatever the mode."""

    def __init__(self, rule: str, zh: str, en: str, where: str = "file") -> None:
        self.violation = Violation(where, rule, zh, en)
        super().__init__(en)


Rows = Iterator[Row]


def too_many() -> FileUnreadable:
    """The file has more rows than an import takes."""
    return FileUnreadable("TOO_MANY_ROWS", f"超过 {MAX_ROWS} 行", f"there are more than {MAX_ROWS} rows")


def empty() -> FileUnreadable:
    """The file has no row."""
    return FileUnreadable("NO_ROWS", "文件中没有数据行", "the file has no row")


def too_long(number: int) -> Row:
    """A row that is not read for its length."""
    kib = MAX_ROW_BYTES // 1024
    wrong = Violation("row", "ROW_TOO_LARGE", f"该行超过 {kib} KiB", f"the row is longer than {kib} KiB")
    return Row(number, wrong=[wrong])
