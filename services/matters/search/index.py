"""The index itself: in memory, changed by one thread, asked by many."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import tantivy
from tantivy import Occur, Query

from services.matters.search import entries, text
from services.matters.search.asking import Asker
from services.matters.search.thesaurus import Thesaurus
from yimen.matters.v1 import elements_pb2, search_pb2

_WRITER_BYTES = 16_000_000
_FACET_VALUES = 200


@dataclass(frozen=True)
class Narrowing:
    """What a search is narrowed to: the list of a district, values of the request's fields, and what a hall takes.

    `open_at`: the tier of a hall that is asked, empty for the whole list; `handled_at`: the tiers for which it takes cases;
    `elsewhere`: units whose matters are no concern of it; `withdrawn`: matters that it does not take. `on_application`:
    only what people apply for.
    """

    hall: str
    values: Mapping[str, str] = field(default_factory=dict)
    open_at: str = ""
    handled_at: Set[str] = frozenset()
    elsewhere: Set[str] = frozenset()
    withdrawn: Set[str] = frozenset()
    on_application: bool = False

    def without(self, name: str) -> "Narrowing":
        """The same but for one field."""
        return replace(self, values={kept: value for kept, value in self.values.items() if kept != name})


@dataclass(frozen=True)
class Found:
    """A page of what was found, how many there are in all, and field → value → how many it would leave."""

    results: Sequence[search_pb2.MatterSummary]
    total: int
    facets: Mapping[str, Mapping[str, int]]


class Index:
    """Matters by words."""

    def __init__(self, thesaurus: Thesaurus) -> None:
        self._schema = entries.schema()
        self._thesaurus = thesaurus
        self._syllables: set[str] = set()
        self._index = tantivy.Index(self._schema)
        whitespace = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("whitespace", whitespace)
        self._writer = self._index.writer(_WRITER_BYTES, 1)

    def put(self, name: str, elements: elements_pb2.Elements) -> None:
        """Takes a matter in, instead of what it was; found after `commit`."""
        self.drop(name)
        fields = entries.fields(name, elements)
        self._writer.add_document(tantivy.Document.from_dict(fields, self._schema))
        self._syllables.update(sound for sound in fields[entries.SOUNDS].split() if sound.isalpha())

    def drop(self, name: str) -> None:
        """Takes a matter out, if it is there; gone after `commit`.

        It counts in how rare words are until its segment is merged, so a process that has seen more changes than another may
        put near equals in another order.
        """
        self._writer.delete_documents_by_term("matter", name)

    def commit(self) -> None:
        """Shows what was put and dropped."""
        self._writer.commit()
        self._index.reload()

    def __len__(self) -> int:
        return int(self._index.searcher().num_docs)

    def search(self, query: str, narrowing: Narrowing, *, offset: int, limit: int, counted: bool = True) -> Found:
        """What fits the words, best first; for an empty query everything in the order of codes. Facets where `counted`."""
        searcher = self._index.searcher()
        if query.strip():
            words = self._asked(searcher, query, narrowing)
            found = searcher.search(self._narrowed(words, narrowing), limit, True, None, offset, weight_by_field=entries.PRIOR)
        else:
            words = Query.all_query()
            found = searcher.search(self._narrowed(words, narrowing), limit, True, "code", offset, tantivy.Order.Asc)
        results = [_summary(searcher.doc(address)) for _, address in found.hits]
        facets = self._facets(searcher, words, narrowing) if counted else {}
        return Found(results, int(found.count), facets)  # type: ignore[attr-defined]  # its stub forgot it

    def suggest(self, prefix: str, narrowing: Narrowing, limit: int) -> list[search_pb2.MatterSummary]:
        """What somebody who has typed this far may be looking for."""
        if not text.squeezed(prefix):
            return []
        searcher = self._index.searcher()
        query = self._narrowed(self._asker(searcher).starting_with(prefix), narrowing)
        found = searcher.search(query, limit, False, weight_by_field=entries.PRIOR)
        return [_summary(searcher.doc(address)) for _, address in found.hits]

    def _asked(self, searcher: tantivy.Searcher, query: str, narrowing: Narrowing) -> Query:
        """The strictest reading of the words that finds something; what is no words finds nothing."""
        rung = Query.empty_query()
        for rung in self._asker(searcher).rungs(query):
            if searcher.search(self._narrowed(rung, narrowing), 1, False).hits:
                break
        return rung

    def _asker(self, searcher: tantivy.Searcher) -> Asker:
        return Asker(self._schema, searcher, self._thesaurus, self._syllables)

    def _narrowed(self, query: Query, narrowing: Narrowing) -> Query:
        clauses = [(Occur.Must, query), (Occur.Must, self._only("hall", narrowing.hall))]
        clauses += [(Occur.Must, self._only(name, value)) for name, value in narrowing.values.items()]
        if narrowing.open_at:
            clauses.append((Occur.Must, self._only(entries.OPEN_AT, narrowing.open_at)))
            clauses.append((Occur.Must, Query.const_score_query(self._one_of("tier", narrowing.handled_at), 0.0)))
        if narrowing.elsewhere:
            clauses.append((Occur.MustNot, self._one_of("unit", narrowing.elsewhere)))
        if narrowing.withdrawn:
            clauses.append((Occur.MustNot, self._one_of("matter", narrowing.withdrawn)))
        if narrowing.on_application:
            clauses.append((Occur.MustNot, self._one_of("matter_type", entries.EX_OFFICIO)))
        return Query.boolean_query(clauses)

    def _only(self, name: str, value: str) -> Query:
        return Query.const_score_query(Query.term_query(self._schema, name, value, "basic"), 0.0)

    def _one_of(self, name: str, values: Set[str]) -> Query:
        return Query.term_set_query(self._schema, name, sorted(values))

    def _facets(self, searcher: tantivy.Searcher, words: Query, narrowing: Narrowing) -> dict[str, dict[str, int]]:
        """A value's count is of what choosing it would leave: a field that is narrowed already is counted as if it were not."""
        free = [name for name in entries.FILTERS if name not in narrowing.values]
        counted = self._counted(searcher, self._narrowed(words, narrowing), free)
        for name in narrowing.values:
            counted |= self._counted(searcher, self._narrowed(words, narrowing.without(name)), [name])
        return {name: counted[name] for name in entries.FILTERS}

    def _counted(self, searcher: tantivy.Searcher, query: Query, names: Sequence[str]) -> dict[str, dict[str, int]]:
        asked = {name: {"terms": {"field": name, "size": _FACET_VALUES}} for name in names}
        counted = searcher.aggregate(query, asked)
        return {name: {bucket["key"]: bucket["doc_count"] for bucket in counted[name]["buckets"]} for name in names}


def _summary(document: tantivy.Document) -> search_pb2.MatterSummary:
    return search_pb2.MatterSummary.FromString(document.get_first("summary") or b"")
