"""Reading a long list in the order of its codes, a stretch at a time.

The embedded store reads every match of a query before it gives the first: a page of thirteen thousand matters would cost them
all. So a list is asked for between two codes. Which codes lie how far apart is remembered roughly: a list that has changed
since is read right all the same, in stretches that are longer or shorter than they should be.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

from mongoengine import QuerySet

# How many matters lie between two milestones, and in how long a stretch the milestones have to be learnt anew.
_APART = 32
_FAR_TOO_LONG = 16 * _APART


class Milestones:
    """Every so manieth code of each hall's list; `codes` reads them all."""

    def __init__(self, codes: Callable[[str], Sequence[str]]) -> None:
        self._codes = codes
        self._of: dict[str, Sequence[str]] = {}

    def ahead(self, hall: str, code: str, stretches: int) -> str | None:
        """The code that many milestones after one; None at the end."""
        if hall not in self._of:
            self._of[hall] = sorted(self._codes(hall))[_APART::_APART]
        known = self._of[hall]
        at = bisect_right(known, code) + stretches - 1
        return known[at] if at < len(known) else None

    def went(self, hall: str, found: int, stretches: int) -> None:
        """Says how many matters a number of stretches held: of far too many the list is learnt anew."""
        if found > _FAR_TOO_LONG * stretches:
            self._of.pop(hall, None)


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
        while True:
            high = self._milestones.ahead(self._hall, low, stretches)
            until = {} if high is None else {"code__lt": high}
            found = list(self._queryset.filter(code__gte=low, **until).order_by("code"))
            self._milestones.went(self._hall, len(found), stretches)
            yield from found
            if high is None:
                return
            low, stretches = high, stretches * 2
