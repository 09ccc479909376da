"""Shelves: what cases are found by. A list is one shelf, a page of it one range of time on it.

A scope and a state make one string, which a case carries while it is to be found by them. So each query is one equality
and one range on one index, on every store alike: no scan, no filter after the index, no index for each kind of list.
A draft is on its applicant's shelves alone.
"""

import heapq
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, Protocol

from services.chassis.context import Scope

# Administrative division codes of district, street and community nest by these lengths.
_LEVELS = (6, 9, 12)


class Shelved(Protocol):
    """What the shelves of a case follow from."""

    hall: str
    unit: str
    applicant: str
    state: int
    number: str | None


def of_scope(scope: Scope) -> str:
    """The shelf that holds what a scope sees."""
    place = f"under {scope.hall}" if scope.subtree else f"in {scope.hall}" if scope.hall else ""
    return " ".join(filter(None, (scope.owner or scope.unit, place)))


def of_scopes(scopes: Sequence[Scope]) -> list[str]:
    """The shelves of a list: that of the first scope, the widest; of posts of a unit those of each. No case is on two."""
    if not scopes[0].unit:
        return [of_scope(scopes[0])]
    kept: list[Scope] = []
    for scope in sorted((one for one in scopes if one.unit), key=lambda one: len(one.hall)):
        if not any(wider.unit == scope.unit and wider.covers(scope.hall) for wider in kept):
            kept.append(scope)
    return [of_scope(scope) for scope in kept]


def of_case(case: Shelved) -> list[str]:
    """The shelves that staff look on: of the hall, of the unit in the hall, and under each hall above."""
    if not case.number:
        return []
    above = [f"under {case.hall[:length]}" for length in _LEVELS if length <= len(case.hall)]
    places = [f"in {case.hall}", *above]
    return _by_state(case, [*places, *(f"{case.unit} {place}" for place in places)])


def own(case: Shelved) -> list[str]:
    """The shelves that the applicant looks on: all, and those of the hall."""
    return _by_state(case, [case.applicant, f"{case.applicant} in {case.hall}"])


def _by_state(case: Shelved, found: Sequence[str]) -> list[str]:
    return [*found, *(f"{shelf}/{case.state}" for shelf in found)]


class Together:
    """Several query sets in one order, as `page` reads them."""

    def __init__(self, querysets: Sequence[Any]) -> None:
        self._querysets = querysets
        self._document = querysets[0]._document

    def filter(self, **query: Any) -> "Together":
        """Each of them narrowed."""
        return Together([queryset.filter(**query) for queryset in self._querysets])

    def order_by(self, key: str) -> Iterator[Any]:
        """Their documents in the order of a key, `-` before it for the reverse."""
        ordered = [iter(queryset.order_by(key)) for queryset in self._querysets]
        return heapq.merge(*ordered, key=attrgetter(key.lstrip("-")), reverse=key.startswith("-"))
