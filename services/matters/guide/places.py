"""Where a matter is handled or accepted, the nearest halls first.

Near is near in the tree of halls, since nothing else is known of every hall: a community's own hall, its street's, the
district's, then the other communities of the street, then those of other streets.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from services.matters.guide.words import text
from services.matters.rules import offers
from tenants import Hall, Halls, Tier
from tenants.models import Counter, Work
from yimen.halls.v1 import halls_pb2
from yimen.matters.v1 import guide_pb2

MOST = 12
_TIERS = {
    Tier.DISTRICT: halls_pb2.TIER_DISTRICT,
    Tier.STREET: halls_pb2.TIER_STREET,
    Tier.COMMUNITY: halls_pb2.TIER_COMMUNITY,
}
# What the few combinations of tiers and readers come to is worth keeping: to ask all halls takes a millisecond.
_KEPT = 256


@dataclass(frozen=True)
class Terms:
    """Where a matter is handled and accepted, as numbers of tiers."""

    handled_at: tuple[int, ...]
    accepted_at: tuple[int, ...]


# What halls themselves say of one matter, by their codes.
Words = tuple[tuple[str, offers.Said], ...]


def near(halls: Halls, owner: str, terms: Terms, words: Words, reader: str) -> tuple[tuple[guide_pb2.Place, ...], int]:
    """The nearest places to the reader's hall, at most `MOST`, and how many there are in all.

    `owner` is the code of the division that the matter's unit belongs to: only halls there have anything to do with it.
    """
    return _near(halls, owner, terms, words, reader)


def every(halls: Halls, owner: str, terms: Terms, words: Words, reader: str) -> list[guide_pb2.Place]:
    """The same without an end."""
    found = sorted(_offered(halls, owner, terms, dict(words)), key=lambda place: _nearness(place[0].code, reader))
    return [_place(hall, standing) for hall, standing in found]


def distance(one: str, other: str) -> int:
    """How many steps up and down the tree lie between two halls, by their codes."""
    mine, theirs = _path(one), _path(other)
    shared = len(set(mine) & set(theirs))
    return len(mine) + len(theirs) - 2 * shared


@lru_cache(_KEPT)
def _near(halls: Halls, owner: str, terms: Terms, words: Words, reader: str) -> tuple[tuple[guide_pb2.Place, ...], int]:
    found = every(halls, owner, terms, words, reader)
    return tuple(found[:MOST]), len(found)


def _offered(halls: Halls, owner: str, terms: Terms, words: dict[str, offers.Said]) -> Iterator[tuple[Hall, offers.Standing]]:
    for hall in halls.subtree(owner):
        standing = offers.standing(terms, hall, owner, words.get(hall.code))
        if standing.is_offered:
            yield hall, standing


def _nearness(code: str, reader: str) -> tuple[int, bool, str]:
    """By distance; at the same distance what is above before what is beside or below, then by code."""
    return distance(code, reader), not reader.startswith(code), code


def _path(code: str) -> list[str]:
    return [code[:digits] for digits in (6, 9, 12) if digits <= len(code)]


def _place(hall: Hall, standing: offers.Standing) -> guide_pb2.Place:
    named = standing.counters or [id_ for id_, counter in hall.counters.items() if counter.function == Work.COMPREHENSIVE]
    return guide_pb2.Place(
        hall=f"halls/{hall.code}",
        display_name=text(hall.display_name.zh, hall.display_name.en),
        tier=_TIERS[hall.tier],
        handles=standing.handles,
        accepts=standing.accepts,
        address=halls_pb2.Address(text=hall.address, placeholder=hall.address_is_placeholder),
        telephone=hall.telephone,
        opening_hours=[
            halls_pb2.OpeningHours(weekdays=hours.weekdays, opens=hours.opens, closes=hours.closes)
            for hours in hall.opening_hours
        ],
        counters=[_counter(id_, hall.counters[id_]) for id_ in named],
    )


def _counter(id_: str, counter: Counter) -> halls_pb2.Counter:
    return halls_pb2.Counter(id=id_, display_name=text(counter.name.zh, counter.name.en), function=counter.function)
