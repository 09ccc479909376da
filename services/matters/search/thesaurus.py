"""The kept table of what people say and what the list says for it (thesaurus.yaml), and how a query is taken apart by it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.matters.search import text

_FILE = Path(__file__).with_name("thesaurus.yaml")


@dataclass(frozen=True)
class Concept:
    """One thing that a query asks for, and what the list may call it instead; `light` where it may as well be missing."""

    said: str
    official: tuple[str, ...] = ()
    light: bool = False


@dataclass(frozen=True)
class Thesaurus:
    """everyday word → official words, its pinyin → itself; words that need not be found; words that say nothing."""

    official: Mapping[str, tuple[str, ...]]
    spelt: Mapping[str, str]
    light: frozenset[str]
    noise: frozenset[str]
    longest: int

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> "Thesaurus":
        """A thesaurus of the table's shape: groups of everyday and official words, light, noise."""
        official: dict[str, tuple[str, ...]] = {}
        for group in table["groups"]:
            alike = [*map(text.squeezed, group["official"]), *map(text.squeezed, group["everyday"])]
            for everyday in map(text.squeezed, group["everyday"]):
                others = [word for word in alike if word != everyday]
                official[everyday] = tuple(dict.fromkeys((*official.get(everyday, ()), *others)))
        light, noise = (frozenset(map(text.squeezed, table[name])) for name in ("light", "noise"))
        longest = max(map(len, (*official, *light, *noise)), default=0)
        spelt = {"".join(text.syllables(everyday)): everyday for everyday in official}
        return cls(official, spelt, light, noise, longest)

    def concepts(self, query: str) -> list[Concept]:
        """What a query asks for, in order: what the table knows, longest first, and the words of what is between."""
        found = [concept for stretch in text.stretches(text.normal(query)) for concept in self._concepts_of(stretch)]
        telling = [concept for concept in found if concept.said not in self.noise]
        # A query of nothing but such words means them.
        telling = telling or found
        if all(concept.light for concept in telling):
            return [Concept(concept.said, concept.official) for concept in telling]
        return telling

    def _concepts_of(self, stretch: str) -> Iterator[Concept]:
        if stretch in self.spelt:
            everyday = self.spelt[stretch]
            yield Concept(stretch, (everyday, *self.official[everyday]))
            return
        start = at = 0
        while at < len(stretch):
            known = self._known_at(stretch, at)
            if not known:
                at += 1
                continue
            yield from self._words(stretch[start:at])
            yield Concept(known, self.official.get(known, ()), known in self.light and known not in self.official)
            start = at = at + len(known)
        yield from self._words(stretch[start:])

    def _known_at(self, stretch: str, at: int) -> str:
        """The longest word of the table that a stretch has here; single characters count only where they are words."""
        for length in range(min(self.longest, len(stretch) - at), 1, -1):
            word = stretch[at : at + length]
            known = word in self.official or word in self.light or word in self.noise
            if known and not _is_within_letters(stretch, at) and not _is_within_letters(stretch, at + length):
                return word
        return ""

    def _words(self, rest: str) -> Iterator[Concept]:
        for run in text.runs(rest):
            for word in text.words(run) if text.is_chinese(run) else [run]:
                yield Concept(word, self.official.get(word, ()), word in self.light)


def _is_within_letters(stretch: str, at: int) -> bool:
    """Whether a run of Latin letters goes on here."""
    return stretch[max(at - 1, 0) : at + 1].isascii() and stretch[max(at - 1, 0) : at + 1].isalpha() and 0 < at < len(stretch)


@cache
def kept() -> Thesaurus:
    """The table as this project keeps it."""
    return Thesaurus.of(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
