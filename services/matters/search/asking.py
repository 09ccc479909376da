"""What is asked of the index for the words of a query, from the strictest reading to the most lenient one."""

import re
from collections.abc import Iterable, Iterator, Sequence, Set

import tantivy
from tantivy import Occur, Query

from services.matters.search import entries, text
from services.matters.search.entries import GRAMS, KEYWORDS, NAME, REST, WORDS
from services.matters.search.thesaurus import Concept, Thesaurus

# What a word in the name, among the keywords and elsewhere says.
_SAYS = {NAME: 3.0, KEYWORDS: 2.4, REST: 0.5}
_AS_OFFICIAL = 0.8
_AS_WORD = 1.15
_AS_SOUND = 0.45
_AS_INITIALS = 0.6
_AS_ENGLISH = 1.5
_EXACTLY = 12.0
_LIGHTLY = 0.35
# How much of what is asked must be found on each rung.
_RUNGS = (1.0, 0.6, 0.3)
# Letters of a word below which a mistyped one could be anything.
_SHORTEST_MISTYPED = 5
_MOST_INITIALS = 10
# The codes of all three generations.
_CODE = re.compile(r"[0-9a-z]{10,31}")


class Asker:
    """Makes queries of the index; `syllables` are those that its names are made of."""

    def __init__(self, schema: tantivy.Schema, thesaurus: Thesaurus, syllables: Set[str]) -> None:
        self._schema = schema
        self._thesaurus = thesaurus
        self._syllables = syllables

    def rungs(self, query: str) -> Iterator[Query]:
        """Queries for the words, strictest first; nothing where there are no words."""
        said = text.squeezed(query)
        if _CODE.fullmatch(said):
            yield self._term(entries.EXACT, said)
        concepts = self._thesaurus.concepts(query)
        heavy = [self._any_of(concept) for concept in concepts if not concept.light]
        light = [self._boosted(self._any_of(concept), _LIGHTLY) for concept in concepts if concept.light]
        if not heavy:
            return
        exact = self._boosted(self._term(entries.EXACT, said), _EXACTLY)
        for share in _RUNGS[:-1]:
            yield self._some(heavy, share, [*light, exact])
        yield self._some(list(self._pieces(concepts)), _RUNGS[-1], light)

    def starting_with(self, prefix: str) -> Query:
        """What has a phrase, or a word within a phrase, that begins like this; in characters, pinyin or initials."""
        return Query.regex_query(self._schema, entries.STARTS, f"{text.squeezed(prefix)}.*")

    def _any_of(self, concept: Concept) -> Query:
        """What is asked, or what the list calls it."""
        ways = [self._said(concept.said)]
        ways += [self._boosted(self._said(official), _AS_OFFICIAL) for official in concept.official]
        return Query.disjunction_max_query(ways, 0.1) if len(ways) > 1 else ways[0]

    def _said(self, said: str) -> Query:
        runs = text.runs(said)
        if len(runs) != 1:
            return self._all(self._said(run) for run in runs)
        return Query.disjunction_max_query(list(self._ways(said)), 0.1)

    def _ways(self, run: str) -> Iterator[Query]:
        for source, weight in _SAYS.items():
            yield self._boosted(self._term(f"{source}_{WORDS}", run), weight * _AS_WORD)
            if text.is_chinese(run):
                yield self._boosted(self._all(self._term(f"{source}_{GRAMS}", gram) for gram in text.grams(run)), weight)
        if text.is_chinese(run):
            if len(run) > 1:
                yield self._boosted(self._sounding(text.syllables(run)), _AS_SOUND)
        elif run.isalpha():
            yield from self._ways_of_letters(run)

    def _ways_of_letters(self, letters: str) -> Iterator[Query]:
        for english in entries.ENGLISH_WORDS.analyze(letters):
            yield self._boosted(self._term(entries.ENGLISH, english), _AS_ENGLISH)
            if len(english) >= _SHORTEST_MISTYPED:
                yield self._boosted(Query.fuzzy_term_query(self._schema, entries.ENGLISH, english), _AS_ENGLISH / 2)
        for reading in text.readings(letters, self._syllables):
            yield self._sounding(reading)
        if 2 <= len(letters) <= _MOST_INITIALS:
            cut = text.grams(letters, min(len(letters), 3))
            yield self._boosted(self._all(self._term(entries.INITIALS, gram) for gram in cut), _AS_INITIALS)

    def _sounding(self, syllables: Sequence[str]) -> Query:
        sounds = entries.pairs(syllables) or list(syllables)
        return self._all(self._term(entries.SOUNDS, sound) for sound in sounds)

    def _pieces(self, concepts: Sequence[Concept]) -> Iterator[Query]:
        """Each pair of characters and of sounds, and each mistyped word of letters: some of them may be wrong."""
        said = "".join(concept.said if text.is_chinese(concept.said) else f" {concept.said} " for concept in concepts)
        for run in text.runs(said):
            if not text.is_chinese(run):
                yield self._said(run)
                continue
            sounds = text.syllables(run)
            for gram, sound in zip(text.grams(run), entries.pairs(sounds) or sounds, strict=True):
                yield Query.disjunction_max_query([*self._everywhere(gram), self._term(entries.SOUNDS, sound)])

    def _everywhere(self, gram: str) -> Iterable[Query]:
        return (self._boosted(self._term(f"{source}_{GRAMS}", gram), weight) for source, weight in _SAYS.items())

    def _term(self, field: str, term: str) -> Query:
        return Query.term_query(self._schema, field, term, "freq")

    def _boosted(self, query: Query, weight: float) -> Query:
        return Query.boost_query(query, weight)

    def _all(self, queries: Iterable[Query]) -> Query:
        wanted = list(queries)
        return wanted[0] if len(wanted) == 1 else Query.boolean_query([(Occur.Must, query) for query in wanted])

    def _some(self, queries: Sequence[Query], share: float, besides: Sequence[Query]) -> Query:
        """At least this share of the queries, whatever of the others."""
        least = max(round(len(queries) * share), 1)
        asked = Query.boolean_query([(Occur.Should, query) for query in queries], minimum_number_should_match=least)
        return Query.boolean_query([(Occur.Must, asked), *((Occur.Should, query) for query in besides)])
