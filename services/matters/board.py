"""What can be done where: the published list and the halls' own words in the process, for "What can I do here?".

The list has thousands of matters, and the embedded store reads every match of a query before it cuts a page; so what the board
shows is kept in order. It follows the list as the search index does; words are few, and looked for when they are needed.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache, reduce

from services.chassis import clock, tenancy
from services.matters.offers import Offer
from services.matters.rules import offers
from services.matters.rules.offers import Said, Standing
from services.matters.search.entries import summary
from tenants import Halls
from yimen.matters.v1 import elements_pb2

# A word that another process stored counts within this time.
_FRESH_SECONDS = 0.5
# It is stored a little after the time that it carries.
_OVERLAP = timedelta(seconds=10)
# To list what a hall offers takes milliseconds, to keep it at full scale less than a megabyte.
_LISTS_KEPT = 16
_DISTRICT_DIGITS = 6
_UNSAID = Offer().etag
_NOTHING = Standing(handles=False, accepts=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """A matter on the board: `area` is the division that its unit belongs to, `summarised` its MatterSummary, encoded."""

    code: str
    name: str
    area: str
    handled_at: tuple[int, ...]
    accepted_at: tuple[int, ...]
    summarised: bytes


@dataclass(frozen=True, eq=False)
class Shown:
    """The list of a district in the order of codes. Two are never equal: one stands for itself in a cache."""

    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, eq=False)
class Spoken:
    """What the halls of a district have said: matter → hall → word, and the etag that each word has."""

    words: Mapping[str, Mapping[str, Said]] = field(default_factory=dict)
    etags: Mapping[tuple[str, str], str] = field(default_factory=dict)
    halls: frozenset[str] = frozenset()

    def with_these(self, said: Iterable[Offer]) -> "Spoken":
        """The same and these; itself where it has them all."""
        fresh = [word for word in said if self.etags.get((word.hall, word.matter)) != word.etag]
        if not fresh:
            return self
        words = dict(self.words)
        for word in fresh:
            words[word.matter] = {**words.get(word.matter, {}), word.hall: word.said}
        etags = {**self.etags, **{(word.hall, word.matter): word.etag for word in fresh}}
        return Spoken(words, etags, self.halls | {word.hall for word in fresh})


Offered = tuple[Entry, Standing]


class Board:
    """Answers for every hall, and follows the list by `put`, `drop` and `commit`.

    `directory`: a district's code → its units, by resource name their display names and the codes of their divisions.
    """

    def __init__(self, directory: Callable[[str], Mapping[str, tuple[str, str]]]) -> None:
        self._directory = directory
        # No unit is ever renamed or moved: read once, and again where one is met that is not known.
        self._units: dict[str, tuple[str, str]] = {}
        self._changed: dict[str, Entry | None] = {}
        self._shown: dict[str, Shown] = {}
        self._listening = _Listening()

    def put(self, name: str, elements: elements_pb2.Elements) -> None:
        """Takes a matter as it is in force; shown from the next commit on."""
        tiers = (tuple(sorted(elements.handled_at)), tuple(sorted(elements.accepted_at)))
        summarised = summary(name, elements)
        summarised.unit_display_name, area = self._unit(elements.unit)
        encoded = summarised.SerializeToString()
        self._changed[name] = Entry(elements.implementation_code, name, area, *tiers, encoded)

    def drop(self, name: str) -> None:
        """Takes a matter off; shown from the next commit on."""
        self._changed[name] = None

    def commit(self) -> None:
        """Shows what has changed since the last time."""
        changed: dict[str, dict[str, Entry | None]] = defaultdict(dict)
        for name, entry in self._changed.items():
            changed[name.split("/")[1]][name] = entry
        self._changed = {}
        for district, entries in changed.items():
            kept = [entry for entry in self._shown.get(district, Shown()).entries if entry.name not in entries]
            kept += filter(None, entries.values())
            self._shown[district] = Shown(tuple(sorted(kept, key=lambda entry: entry.code)))

    def count(self, district: str) -> int:
        """How many matters of a district are in force."""
        return len(self._shown.get(district, Shown()).entries)

    def at(self, code: str, *, subtree: bool = False) -> tuple[Offered, ...]:
        """What the hall offers, in the order of codes; with `subtree` what any hall under it does too, each matter once.

        HallUnknown. Counters are those of the hall itself.
        """
        tenancy.hall(code)
        halls = tenancy.halls()
        scope = halls.subtree(code) if subtree else [halls.get(code)]
        shown, spoken = self._shown.get(code[:_DISTRICT_DIGITS], Shown()), self._listening.spoken(code[:_DISTRICT_DIGITS])
        is_silent = spoken.halls.isdisjoint(hall.code for hall in scope)
        return listed(shown, None if is_silent else spoken, halls, code, subtree)

    def etag_of(self, code: str, name: str) -> str:
        """The etag of what the hall has said of a matter; that of nothing where it has not."""
        return self._listening.spoken(code[:_DISTRICT_DIGITS]).etags.get((code, name), _UNSAID)

    def withdrawn(self, code: str) -> frozenset[str]:
        """The names of the matters that the hall has said it does nothing with."""
        words = self._listening.spoken(code[:_DISTRICT_DIGITS]).words
        said = ((name, by_hall[code]) for name, by_hall in words.items() if code in by_hall)
        return frozenset(name for name, word in said if not (word.handles or word.accepts))

    def listen_again(self) -> None:
        """Has the next answer know what was said until now."""
        self._listening.again()

    def _unit(self, name: str) -> tuple[str, str]:
        if name not in self._units:
            self._units |= self._directory(name.removeprefix("units/")[:_DISTRICT_DIGITS])
        return self._units.get(name, ("", ""))


class _Listening:
    """Knows what the halls say, at most half a second late."""

    def __init__(self) -> None:
        self._spoken: dict[str, Spoken] = {}
        # What is stored until then is known, and when that was asked for.
        self._until: dict[str, datetime] = {}
        self._asked: dict[str, float] = {}
        self._lock = threading.Lock()

    def spoken(self, district: str) -> Spoken:
        """What the halls of a district have said."""
        with self._lock:
            if time.monotonic() - self._asked.get(district, float("-inf")) > _FRESH_SECONDS:
                self._ask(district)
            return self._spoken[district]

    def again(self) -> None:
        """Asks at the next occasion."""
        self._asked = {}

    def _ask(self, district: str) -> None:
        now, asked = clock.now(), time.monotonic()
        newer = {"update_time__gte": self._until[district] - _OVERLAP} if district in self._until else {}
        said = Offer.of_district(district, **newer)
        self._spoken[district] = self._spoken.get(district, Spoken()).with_these(said)
        self._until[district], self._asked[district] = now, asked


@lru_cache(_LISTS_KEPT)
def listed(shown: Shown, spoken: Spoken | None, halls: Halls, code: str, subtree: bool) -> tuple[Offered, ...]:
    """What a hall offers, or its whole subtree; `spoken` is None where none of these halls has said anything."""
    scope = {hall.code: hall for hall in (halls.subtree(code) if subtree else [halls.get(code)])}
    # What those halls do that have no word on a matter, by tiers, area and who has: there are few of each.
    known: dict[tuple[object, ...], Standing] = {}

    def stands(entry: Entry) -> Standing:
        said = spoken.words.get(entry.name, {}) if spoken else {}
        speaking = frozenset(said.keys() & scope.keys())
        key = (entry.area, entry.handled_at, entry.accepted_at, speaking)
        if key not in known:
            silent = (offers.standard(entry, hall, entry.area) for at, hall in scope.items() if at not in speaking)
            known[key] = reduce(_together, silent, _NOTHING)
        standing = known[key]
        for at in speaking:
            word = offers.standing(entry, scope[at], entry.area, said[at])
            standing = _together(word, standing) if at == code else _together(standing, word)
        return standing

    every = ((entry, stands(entry)) for entry in shown.entries)
    return tuple(offered for offered in every if offered[1].is_offered)


def _together(one: Standing, other: Standing) -> Standing:
    """What two halls do between them, at the counters and by the word of the first."""
    return Standing(one.handles or other.handles, one.accepts or other.accepts, one.counters, one.own)
