"""Choosing and sharing out evenly, the same every time."""

from collections.abc import Sequence
from typing import TypeVar

_Item = TypeVar("_Item")


class OutOfReach(ValueError):
    """There is less than what is asked for."""


def spread(items: Sequence[_Item], count: int) -> list[_Item]:
    """So many of the items, evenly over their order; OutOfReach where there are fewer."""
    if count > len(items):
        raise OutOfReach(f"{count} are asked for, {len(items)} are there")
    return [items[place * len(items) // count] for place in range(count)]


def shared_out(total: int, room: Sequence[int]) -> list[int]:
    """A total in parts, each within its room and in proportion to it; OutOfReach where there is less room in all."""
    whole = sum(room)
    if not 0 <= total <= whole:
        raise OutOfReach(f"{total} is asked for, there is room for {whole}")
    parts = [total * each // max(whole, 1) for each in room]
    left = total - sum(parts)
    for place, each in enumerate(room):
        if left and parts[place] < each:
            parts[place] += 1
            left -= 1
    return parts
