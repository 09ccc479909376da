"""Reading a long list in the order of its codes, a stretch at a time.

The embedded store reads every match of a query before it gives the first: a page of thirteen thousand matters would cost them
all. So a list is asked for between two codes. Which codes lie how far apart is known roughly, from what is published: what is
not, or has changed since, is read right all the same, in stretches that are longer or shorter than they should be.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Self

from mongoengine import QuerySet

from yimen.matters.v1 import elements_pb2

# How many matters lie between two milestones.
_APART = 32


class Milestones:
    """Every so manieth code of each district's published list, which it follows by `put`, `drop` and `commit`."""

    def __init__(self) -> None:
        self._codes: dict[str, dict[str, str]] = defaultdict(dict)
        self._changed: set[str] = set()
        self._of: dict[str, Sequence[str]] = {}

    def put(self, name: str, elements: elements_pb2.Elements) -> None:
        """Takes a matter as it is in force; known from the next commit on."""
        hall = name.split("/")[1]
        self._codes[hall][name] = elements.implementation_code
        self._changed.add(hall)

    def drop(self, name: str) -> None:
        """Takes a matter off; known from the next commit on."""
        hall = name.split("/")[1]
        self._codes[hall].pop(name, None)
        self._changed.add(hall)

    def commit(self) -> None:
        """Sets the milestones of what has changed since the last time."""
        for hall in self._changed:
            self._of[hall] = sorted(self._codes[hall].values())[_APART::_APART]
        self._changed = set()

    def ahead(self, hall: str, code: str, stretches: int) -> str | None:
        """The code so many milestones after one; None at the end."""
        known = self._of.get(hall, ())
        at = bisect_right(known, code) + stretches - 1
        return known[at] if at < len(known) else None


class Stretches:
    """A list that is read stretch by stretch, each twice as long as the one before, as `page` reads a query set."""

    def __init__(self, queryset: QuerySet, hall: str, milestones: Milestones, after: str = "") -> None:
        self._queryset, self._hall, self._milestones, self._after = queryset, hall, milestones, after
        self._document = queryset._document

    def filter(self, code__gte: str = "") -> Self:
        """From a code on."""
        return type(self)(self._queryset, self._hall, self._milestones, code__gte)

    def order_by(self, _: str) -> Iterator[Any]:
        """Its documents in the order of their codes."""
        low, stretches = self._after, 1
        while (high := self._milestones.ahead(self._hall, low, stretches)) is not None:
            yield from self._queryset.filter(code__gte=low, code__lt=high).order_by("code")
            low, stretches = high, stretches * 2
        yield from self._queryset.filter(code__gte=low).order_by("code")
