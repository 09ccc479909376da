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
            for everyday in map(text.squeezed, group["everyday"]):
                official[everyday] = official.get(everyday, ()) + tuple(map(text.squeezed, group["official"]))
        light, noise = (frozenset(map(text.squeezed, table[name])) for name in ("light", "noise"))
        longest = max(map(len, (*official, *light, *noise)), default=0)
        spelt = {"".join(text.syllables(everyday)): everyday for everyday in official}
        return cls(official, spelt, light, noise, longest)

    def concepts(self, query: str) -> list[Concept]:
        """What a query asks for, in order: what the table knows, longest first, and the words of what is between."""
        found = [concept for run in text.runs(text.normal(query)) for concept in self._concepts_of(run)]
        telling = [concept for concept in found if concept.said not in self.noise]
        # A query of nothing but such words means them.
        telling = telling or found
        if all(concept.light for concept in telling):
            return [Concept(concept.said, concept.official) for concept in telling]
        return telling

    def _concepts_of(self, run: str) -> Iterator[Concept]:
        if run in self.spelt:
            everyday = self.spelt[run]
            yield Concept(run, (everyday, *self.official[everyday]))
            return
        start = at = 0
        while at < len(run):
            known = self._known_at(run, at)
            if not known:
                at += 1
                continue
            yield from self._words(run[start:at])
            yield Concept(known, self.official.get(known, ()), known in self.light and known not in self.official)
            start = at = at + len(known)
        yield from self._words(run[start:])

    def _known_at(self, run: str, at: int) -> str:
        """The longest word of the table that the run has here; a single character counts only where it is a word of its own."""
        for length in range(min(self.longest, len(run) - at), 1, -1):
            word = run[at : at + length]
            if word in self.official or word in self.light or word in self.noise:
                return word
        return ""

    def _words(self, rest: str) -> Iterator[Concept]:
        for word in text.words(rest):
            yield Concept(word, self.official.get(word, ()), word in self.light)


@cache
def kept() -> Thesaurus:
    """The table as this project keeps it."""
    return Thesaurus.of(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
