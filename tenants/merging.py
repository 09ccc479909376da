"""The merge rule, and what may not be merged: pure functions on trees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce

from tenants.reading import Departure, Page, Settings, leaves


def merged(standard: Settings, parents: Iterable[Settings], own: Settings) -> Settings:
    """A hall takes its tier's standard, then what its parents set (outermost first), then its own."""
    return reduce(overlay, (*parents, own), standard)


def overlay(base: Settings, patch: Settings) -> Settings:
    """JSON Merge Patch (RFC 7386): maps merge, null removes, anything else replaces; inputs stay."""
    result = dict(base)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            under = result.get(key)
            result[key] = overlay(under if isinstance(under, dict) else {}, value)
        else:
            result[key] = value
    return result


def overridden(page: Page, standard: Page) -> Iterator[Departure]:
    """A departure for each value of the page that the standard marks `unified`, the same value or not."""
    unified = standard.part("unified")
    for field, reason in unified.settings.items():
        mark = tuple(field.split("."))
        for trail in leaves(page.settings):
            if trail[: len(mark)] == mark or mark[: len(trail)] == trail:
                where = f"{standard.file}:{unified.line((field,))}"
                yield page.departure(trail, "unified", f"{'.'.join(trail)} is unified by {where}: {reason}")
