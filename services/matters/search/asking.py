"""What is asked of the index for the words of a query, from the strictest reading to the most lenient one."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence, Set

import tantivy
from tantivy import Occur, Query

from services.matters.search import entries, text
from services.matters.search.entries import GRAMS, KEYWORDS, NAME, REST, WORDS
from services.matters.search.thesaurus import Concept, Thesaurus

# What a word in the name, among the keywords and elsewhere says.
_SAYS = {NAME: 3.0, KEYWORDS: 3.0, REST: 0.5}
_CLEARLY = (NAME, KEYWORDS)
_AS_OFFICIAL = 0.8
_AS_WORD = 1.15
_AS_PHRASE = 3.0
_AS_SOUND = 0.45
_AS_INITIALS = 0.6
_AS_ENGLISH = 1.5
_EXACTLY = 3.0
_IN_A_ROW = 0.5
_LIGHTLY = 0.2
# How much of what is asked must be found, and where, on each rung.
_RUNGS = ((1.0, _CLEARLY), (0.6, tuple(_SAYS)))
_PIECES = 0.4
# Letters of a word below which a mistyped one could be anything.
_SHORTEST_MISTYPED = 5
_MOST_INITIALS = 10
_SHORTEST_SPELT = 3
_PAIR = 2
# Characters below which too much else sounds the same.
_SHORTEST_MISHEARD = 3
# The codes of all three generations.
_CODE = re.compile(r"[0-9a-z]{10,31}")


class Asker:
    """Makes queries of what an index holds now; `syllables` are those that its names are made of."""

    def __init__(self, schema: tantivy.Schema, searcher: tantivy.Searcher, thesaurus: Thesaurus, syllables: Set[str]) -> None:
        self._schema = schema
        self._searcher = searcher
        self._thesaurus = thesaurus
        self._syllables = syllables

    def rungs(self, query: str) -> Iterator[Query]:
        """Queries for the words, strictest first; nothing where there are no words."""
        said = text.squeezed(query)
        if _CODE.fullmatch(said):
            yield self._term(entries.EXACT, said)
        concepts = self._thesaurus.concepts(query)
        heavy = [concept for concept in concepts if not concept.light]
        if not heavy:
            return
        besides = [self._boosted(self._any_of(concept, _CLEARLY), _LIGHTLY) for concept in concepts if concept.light]
        besides += [self._flat(entries.EXACT, whole, _EXACTLY) for whole in {said, _joined(concepts), _joined(heavy)}]
        besides += self._in_a_row(said)
        sounding = list(self._sounding_whole(_joined(heavy)))
        for share, sources in _RUNGS:
            yield self._some([self._any_of(concept, sources) for concept in heavy], share, besides, sounding)
        yield self._some(list(self._pieces(concepts)), _PIECES, besides)

    def starting_with(self, prefix: str) -> Query:
        """What has a phrase, or a word within a phrase, that begins like this; in characters, pinyin or initials."""
        return Query.regex_query(self._schema, entries.STARTS, f"{text.squeezed(prefix)}.*")

    def _any_of(self, concept: Concept, sources: Sequence[str]) -> Query:
        """What is asked, or what the list calls it."""
        ways = [self._said(concept.said, sources)]
        ways += [self._boosted(self._said(official, sources), _AS_OFFICIAL) for official in concept.official]
        return Query.disjunction_max_query(ways, 0.1) if len(ways) > 1 else ways[0]

    def _said(self, said: str, sources: Sequence[str]) -> Query:
        runs = text.runs(said)
        if len(runs) != 1:
            return self._all(self._said(run, sources) for run in runs)
        return Query.disjunction_max_query(list(self._ways(said, sources)), 0.1)

    def _ways(self, run: str, sources: Sequence[str]) -> Iterator[Query]:
        yield self._flat(entries.EXACT, run, _AS_PHRASE)
        for source in sources:
            # Keywords are many or few, which says nothing of each; a name is the better the less else it says.
            term = self._flat if source == KEYWORDS else self._weighed
            yield term(f"{source}_{WORDS}", run, _SAYS[source] * _AS_WORD)
            if text.is_chinese(run):
                yield self._all(term(f"{source}_{GRAMS}", gram, _SAYS[source]) for gram in text.grams(run))
        if text.is_chinese(run):
            if len(run) > 1:
                yield self._boosted(self._sounding(text.syllables(run)), _AS_SOUND)
        elif run.isalpha():
            yield from self._ways_of_letters(run)

    def _ways_of_letters(self, letters: str) -> Iterator[Query]:
        if len(letters) >= _SHORTEST_SPELT:
            yield self._flat(entries.STARTS, letters, _AS_PHRASE)
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

    def _in_a_row(self, said: str) -> list[Query]:
        """A name that has all that was said, light words and all."""
        grams = text.grams(said) if len(said) > _PAIR and text.is_chinese(said) else []
        return [self._all(self._weighed(f"{NAME}_{GRAMS}", gram, _IN_A_ROW) for gram in grams)] if grams else []

    def _sounding_whole(self, said: str) -> Iterator[Query]:
        """What sounds just like all that was said: a wrong character of the right sound is the commonest mistake."""
        if text.runs(said) == [said] and text.is_chinese(said) and len(said) >= _SHORTEST_MISHEARD:
            yield self._sounding(text.syllables(said))

    def _pieces(self, concepts: Sequence[Concept]) -> Iterator[Query]:
        """Each pair of characters and of sounds, and each mistyped word of letters: some of them may be wrong."""
        said = "".join(concept.said if text.is_chinese(concept.said) else f" {concept.said} " for concept in concepts)
        for run in text.runs(said):
            if not text.is_chinese(run):
                yield from self._pieces_of_letters(run)
                continue
            sounds = text.syllables(run)
            for gram, sound in zip(text.grams(run), entries.pairs(sounds) or sounds, strict=True):
                yield Query.disjunction_max_query([*self._everywhere(gram), self._term(entries.SOUNDS, sound)])

    def _pieces_of_letters(self, letters: str) -> Iterator[Query]:
        reading = next(iter(text.readings(letters, self._syllables)), [])
        pairs = entries.pairs(reading)
        if pairs:
            yield from (self._term(entries.SOUNDS, pair) for pair in pairs)
        else:
            yield self._said(letters, tuple(_SAYS))

    def _everywhere(self, gram: str) -> Iterable[Query]:
        return (self._weighed(f"{source}_{GRAMS}", gram, weight) for source, weight in _SAYS.items())

    def _weighed(self, field: str, term: str, weight: float) -> Query:
        """By how rare the term is and how much of the field it makes up."""
        return self._boosted(self._term(field, term), weight)

    def _flat(self, field: str, term: str, weight: float) -> Query:
        """By how rare the term is alone."""
        having, everything = self._searcher.doc_freq(field, term), self._searcher.num_docs
        rarity = math.log(1 + (everything - having + 0.5) / (having + 0.5))
        return Query.const_score_query(self._term(field, term), rarity * weight)

    def _term(self, field: str, term: str) -> Query:
        return Query.term_query(self._schema, field, term, "freq")

    def _boosted(self, query: Query, weight: float) -> Query:
        return Query.boost_query(query, weight)

    def _all(self, queries: Iterable[Query]) -> Query:
        wanted = list(queries)
        return wanted[0] if len(wanted) == 1 else Query.boolean_query([(Occur.Must, query) for query in wanted])

    def _some(self, queries: Sequence[Query], share: float, besides: Sequence[Query], instead: Sequence[Query] = ()) -> Query:
        """At least this share of the queries, or one of those instead; whatever of those besides."""
        least = max(round(len(queries) * share), 1)
        asked = Query.boolean_query([(Occur.Should, query) for query in queries], minimum_number_should_match=least)
        if instead:
            asked = Query.boolean_query([(Occur.Should, query) for query in (asked, *instead)])
        return Query.boolean_query([(Occur.Must, asked), *((Occur.Should, query) for query in besides)])


def _joined(concepts: Sequence[Concept]) -> str:
    return "".join(concept.said for concept in concepts)
