"""`python -m bench.recall [tuning|final] [--missed]`: how well residents' queries find their matter in the whole list.

Recall at 1 and at 5 and the mean reciprocal rank, by kind of query, of the sets in tests/matters/queries; no server is needed.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from services.matters import data
from services.matters.search import thesaurus
from services.matters.search.index import Index, Narrowing

SETS = ("tuning", "final")
FOLDER = Path(__file__).resolve().parents[1] / "tests" / "matters" / "queries"
DISTRICT = "440307"
# What is further down is not read.
_DEEPEST = 10


@dataclass(frozen=True)
class Asked:
    """A query, the ids of the matters that answer it, and what was found, best first."""

    query: str
    kind: str
    wanted: frozenset[str]
    found: tuple[str, ...]

    @property
    def rank(self) -> int:
        """From 1; 0 where it was not found."""
        return next((rank for rank, matter in enumerate(self.found, 1) if matter in self.wanted), 0)


def whole_list() -> Index:
    """An index of all matters of the data."""
    index = Index(thesaurus.kept())
    for request in data.everything():
        index.put(f"{request.parent}/matters/{request.matter_id}", request.matter.elements)
    index.commit()
    return index


def queries(name: str) -> list[str]:
    """The queries of a set."""
    return [row["query"] for row in _rows(name)]


def ask(index: Index, name: str) -> Iterator[Asked]:
    """Asks the queries of a set."""
    for row in _rows(name):
        found = index.search(row["query"], Narrowing(DISTRICT), offset=0, limit=_DEEPEST, counted=False)
        ids = tuple(result.matter.rpartition("/")[2] for result in found.results)
        yield Asked(row["query"], row["kind"], frozenset([row["matter"], *row.get("also", [])]), ids)


def _rows(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))["queries"]
    return rows


def recall(asked: Sequence[Asked], at: int) -> float:
    """The share of queries whose matter is among so many first results."""
    return sum(0 < one.rank <= at for one in asked) / len(asked)


def reciprocal_rank(asked: Sequence[Asked]) -> float:
    """The mean of 1/rank, 0 where it was not found."""
    return sum(1 / one.rank for one in asked if one.rank) / len(asked)


def table(asked: Sequence[Asked]) -> Iterator[str]:
    """The figures as Markdown: of all, then by kind."""
    yield "| queries | number | recall@1 | recall@5 | mean reciprocal rank |"
    yield "| --- | --: | --: | --: | --: |"
    for kind in ("all", *sorted({one.kind for one in asked})):
        some = [one for one in asked if kind in ("all", one.kind)]
        yield f"| {kind} | {len(some)} | {recall(some, 1):.3f} | {recall(some, 5):.3f} | {reciprocal_rank(some):.3f} |"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.recall", description=__doc__)
    parser.add_argument("set", nargs="?", choices=SETS, default="final")
    parser.add_argument("--missed", action="store_true", help="also each query whose matter does not come first")
    options = parser.parse_args()
    asked = list(ask(whole_list(), options.set))
    print("\n".join(table(asked)))
    if options.missed:
        for one in asked:
            if one.rank != 1:
                print(f"{one.query} → {', '.join(sorted(one.wanted))}: rank {one.rank or 'none'}; first {one.found[:3]}")


if __name__ == "__main__":
    main()
