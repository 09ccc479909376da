"""All halls, compiled from a folder: `load(folder)` gives them or names every departure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path

from tenants.compiling import Source
from tenants.models import Hall
from tenants.reading import Departure, TenantsInvalid

HERE = Path(__file__).parent


class HallUnknown(LookupError):
    """No hall has the code."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"no hall has the code {code!r}")


class Halls:
    """The halls in the order of their codes, which is the order of the tree. Immutable."""

    def __init__(self, halls: Iterable[Hall], revision: str) -> None:
        self._halls = {hall.code: hall for hall in sorted(halls, key=lambda hall: hall.code)}
        self._codes = list(self._halls)
        self.revision = revision

    def __len__(self) -> int:
        return len(self._codes)

    def __iter__(self) -> Iterator[Hall]:
        return iter(self._halls.values())

    def __contains__(self, code: object) -> bool:
        return code in self._halls

    def get(self, code: str) -> Hall:
        """The hall of a code; HallUnknown where there is none."""
        try:
            return self._halls[code]
        except KeyError:
            raise HallUnknown(code) from None

    def ancestors(self, code: str) -> list[Hall]:
        """The halls above, the district first; HallUnknown."""
        parent = self.get(code).parent
        return [*self.ancestors(parent), self.get(parent)] if parent else []

    def children(self, code: str) -> list[Hall]:
        """The halls directly below; HallUnknown."""
        return [hall for hall in self.subtree(code) if hall.parent == code]

    def subtree(self, code: str) -> list[Hall]:
        """The hall and every hall below it; HallUnknown."""
        self.get(code)
        start, end = bisect_left(self._codes, code), bisect_left(self._codes, code + ":")  # ":" follows "9"
        return [self._halls[below] for below in self._codes[start:end]]


def files(folder: Path) -> list[Path]:
    """The files that hold the data: standards, the district, streets."""
    return [
        *sorted((folder / "standards").glob("*.yaml")),
        *sorted(folder.glob("district.yaml")),
        *sorted((folder / "streets").glob("*.yaml")),
    ]


def fingerprint(folder: Path = HERE) -> str:
    """Changes when a file of the data is edited, added or removed; costs a stat a file and reads none."""
    stats = [(path.name, path.stat()) for path in files(folder)]
    return ";".join(f"{name}:{stat.st_ino}:{stat.st_mtime_ns}:{stat.st_size}" for name, stat in stats)


def source(folder: Path = HERE) -> Source:
    """What the folder's files state; TenantsInvalid where one cannot be read."""
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files(folder)}
    if not contents:
        message = "no district.yaml, nothing in standards/ or streets/"
        raise TenantsInvalid([Departure(str(folder), 1, "file", message)])
    return Source.read(contents)


def load(folder: Path = HERE) -> Halls:
    """Every hall, merged and checked; TenantsInvalid names each departure with file, line and rule."""
    read = source(folder)
    return Halls(read.compile(), read.revision)
