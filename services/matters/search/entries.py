"""What the index keeps of a matter: what it is found by, what the lists may be narrowed by, and what a list shows of it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any

import tantivy

from services.matters.rules import shape
from services.matters.search import text
from yimen.halls.v1 import halls_pb2
from yimen.matters.v1 import elements_pb2, search_pb2

# How a phrase is cut: words and pairs of characters weigh alike in length, so each has a field of its own.
WORDS, GRAMS, SOUNDS, INITIALS = "words", "grams", "sounds", "initials"
NAME, KEYWORDS, REST = "name", "keywords", "rest"
ENGLISH = "english"
# Whole phrases and what follows within them after each word, in characters, in pinyin and in initials.
STARTS = "starts"
# Whole phrases and codes: what was asked is exactly this.
EXACT = "exact"
PRIOR = "prior"
_LONGEST_START = 40
_WORDS_TO_START_FROM = 6

# The fields of the request that a list may be narrowed by.
FILTERS = ("matter_type", "unit", "tier", "service_object", "online_depth")
# Where it can be handled or accepted at all.
OPEN_AT = "open_at"

# The types that nobody applies for, as the index keeps them.
EX_OFFICIO = frozenset(elements_pb2.MatterType.Name(elements_pb2.MatterType.ValueType(one)) for one in shape.EX_OFFICIO)
# People look for what they can apply for; what is done to them (penalties, coercion, inspections) must be asked for by name.
_PRIORS = {
    elements_pb2.MATTER_TYPE_PENALTY: 0.3,
    elements_pb2.MATTER_TYPE_COERCION: 0.3,
    elements_pb2.MATTER_TYPE_INSPECTION: 0.3,
    elements_pb2.MATTER_TYPE_LEVY: 0.7,
    elements_pb2.MATTER_TYPE_REWARD: 0.7,
    elements_pb2.MATTER_TYPE_ADJUDICATION: 0.8,
    elements_pb2.MATTER_TYPE_PUBLIC_SERVICE: 0.8,
}
_ONLINE_BONUS = 0.05
# Whoever does not say so means the first application, not what may follow it years later.
_LATER = re.compile("变更|注销|延续|补发|遗失|停发|年度|复核|初审|公示|意见建议")
_LATER_FACTOR = 0.85

_English = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase())
ENGLISH_WORDS = _English.filter(tantivy.Filter.ascii_fold()).filter(tantivy.Filter.stemmer("english")).build()


def schema() -> tantivy.Schema:
    """The fields of the index."""
    build = tantivy.SchemaBuilder()
    for exact in ("matter", "hall", EXACT, STARTS, OPEN_AT):
        build.add_text_field(exact, tokenizer_name="raw", index_option="basic")
    for source in (NAME, KEYWORDS, REST):
        for cut in (WORDS, GRAMS):
            build.add_text_field(f"{source}_{cut}", tokenizer_name="whitespace", index_option="freq")
    for cut in (SOUNDS, INITIALS, ENGLISH):
        build.add_text_field(cut, tokenizer_name="whitespace", index_option="freq")
    for facet in (*FILTERS, "code"):
        build.add_text_field(facet, tokenizer_name="raw", fast=True, index_option="basic")
    build.add_float_field(PRIOR, fast=True)
    build.add_bytes_field("summary", stored=True)
    return build.build()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as the index keeps it; terms are parted by spaces."""

    exact: str
    words: str
    grams: str
    sounds: str
    initials: str
    starts: tuple[str, ...]

    @classmethod
    def of(cls, phrase: str) -> "Phrase":
        """A phrase cut in every way."""
        said = text.normal(phrase)
        runs = text.runs(said)
        squeezed = "".join(runs)
        words, sounds = text.words(squeezed), text.syllables(squeezed)
        return cls(
            exact=squeezed,
            words=" ".join(chain.from_iterable(map(_words, runs))),
            grams=" ".join(chain.from_iterable(map(_grams, runs))),
            sounds=" ".join(chain.from_iterable(map(_sounds, runs))),
            initials=" ".join(_initials(text.initials(sounds))),
            starts=tuple(_starts(squeezed, words, sounds)),
        )


# Keywords, conditions and results are those of many matters; a name is one's own.
_shared = lru_cache(2048)(Phrase.of)


def fields(name: str, elements: elements_pb2.Elements) -> dict[str, Any]:
    """What is indexed of a matter, by the index's fields."""
    e = elements
    called = Phrase.of(e.display_name.zh)
    keywords = [_shared(keyword) for keyword in e.keywords]
    rest = [_shared(said) for said in (*(result.display_name for result in e.results), *e.conditions)]
    phrases = [called, *keywords]
    indexed: dict[str, Any] = {
        "matter": name,
        "hall": name.split("/")[1],
        "code": e.implementation_code,
        "matter_type": elements_pb2.MatterType.Name(e.matter_type),
        "unit": e.unit,
        "tier": [halls_pb2.Tier.Name(tier) for tier in e.handled_at],
        OPEN_AT: sorted({halls_pb2.Tier.Name(tier) for tier in chain(e.handled_at, e.accepted_at)}),
        "service_object": [elements_pb2.ServiceObject.Name(kind) for kind in e.service_objects],
        "online_depth": elements_pb2.OnlineDepth.Name(e.online_depth),
        PRIOR: prior(e),
        "summary": summary(name, e).SerializeToString(),
        EXACT: [*(phrase.exact for phrase in phrases), *map(text.squeezed, codes(e))],
        STARTS: sorted({start for phrase in phrases for start in phrase.starts}),
        SOUNDS: " ".join(phrase.sounds for phrase in phrases),
        INITIALS: " ".join(phrase.initials for phrase in phrases),
        ENGLISH: " ".join(ENGLISH_WORDS.analyze(e.display_name.en)),
    }
    for source, said in ((NAME, [called]), (KEYWORDS, keywords), (REST, rest)):
        indexed[f"{source}_{WORDS}"] = " ".join(phrase.words for phrase in said)
        indexed[f"{source}_{GRAMS}"] = " ".join(phrase.grams for phrase in said)
    return indexed


def summary(name: str, e: elements_pb2.Elements) -> search_pb2.MatterSummary:
    """What a list of matters shows of one; its unit's display name is the reader's to add."""
    return search_pb2.MatterSummary(
        matter=name,
        display_name=e.display_name,
        unit=e.unit,
        matter_type=e.matter_type,
        case_type=e.case_type,
        promised_limit=e.promised_limit,
        online_depth=e.online_depth,
        service_objects=e.service_objects,
        implementation_code=e.implementation_code,
    )


def codes(e: elements_pb2.Elements) -> list[str]:
    """The codes of each generation that are kept."""
    kept = (e.basic_code, e.implementation_code, e.gbt39046_basic_code, e.gbt39046_implementation_code, e.guangdong_code)
    return [code for code in kept if code]


def prior(e: elements_pb2.Elements) -> float:
    """How likely a matter is meant before anything is asked: a factor of its score."""
    online = _ONLINE_BONUS if e.online_depth >= elements_pb2.ONLINE_DEPTH_ACCEPTANCE else 0.0
    later = _LATER_FACTOR if _LATER.search(e.display_name.zh) else 1.0
    return (_PRIORS.get(e.matter_type, 1.0) + online) * later


def _starts(said: str, words: Sequence[str], sounds: Sequence[str]) -> Iterator[str]:
    """What somebody may begin to type for a phrase: from its beginning or from one of its first words, in three ways."""
    at = 0
    for word in words[:_WORDS_TO_START_FROM]:
        for way in (said[at:], "".join(sounds[at:]), text.initials(sounds[at:])):
            yield way[:_LONGEST_START]
        at += len(word)


def _words(run: str) -> list[str]:
    return text.every_word(run) if text.is_chinese(run) else [run]


def _grams(run: str) -> Iterator[str]:
    """Single characters too: a query may be one, and a mistyped one breaks two pairs but leaves the others."""
    if not text.is_chinese(run):
        yield run
        return
    yield from run
    if len(run) > 1:
        yield from text.grams(run)


def _sounds(run: str) -> Iterator[str]:
    sounds = text.syllables(run) if text.is_chinese(run) else [run]
    yield from sounds
    yield from pairs(sounds)


def _initials(letters: str) -> Iterator[str]:
    for size in (2, 3):
        if len(letters) >= size:
            yield from text.grams(letters, size)


def pairs(sounds: Iterable[str]) -> list[str]:
    """Neighbouring syllables, as the index keeps them."""
    return [f"{first}-{second}" for first, second in pairwise(sounds)]
