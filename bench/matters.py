"""The list at full scale: its import, its index, and what is asked of it. `python -m bench.matters` measures this part alone.

Search is measured beside a scan of the same store in the same run: the same words with the same everyday ones, asked of the
stored texts by regular expressions, without ranking, facets, sounds or mistyped words.
"""

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import psutil
from pymongo import MongoClient
from pymongo.collection import Collection

from bench import load, recall
from bench.load import Call, Seen, channels
from services.matters import data
from services.matters.search import text, thesaurus
from services.matters.search.thesaurus import Concept
from stack.platform import Stack
from stack.seed import seed
from yimen.matters.v1 import elements_pb2, guide_pb2, matter_pb2, matters_pb2_grpc, search_pb2

DISTRICT = f"halls/{recall.DISTRICT}"
MANY = 16
_PATIENCE_SECONDS = 60
_SCANS = 40
_GUIDES = 400
_PAGE, _PAGES = 50, 20
_PROGRAMS = ("store", "broker", "identity", "matters", "ukey-agent")
Say = Callable[[str, str], None]


class Figures:
    """What was measured, as rows of a table."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []

    def add(self, what: str, figure: str) -> None:
        """One more."""
        self.rows.append((what, figure))

    def table(self) -> Iterator[str]:
        """Markdown."""
        yield "| the list at full scale | |"
        yield "| --- | --: |"
        for what, figure in self.rows:
            yield f"| {what} | {figure} |"


def measure(stack: Stack, say: Say) -> Figures:
    """Loads the whole list into a stack and measures it."""
    figures = Figures()
    began = time.monotonic()
    seed(stack, say, whole=True)
    seconds = time.monotonic() - began
    number = sum(1 for _ in data.everything())
    figures.add("matters loaded", f"{number:,}")
    figures.add("import over gRPC, with the demo's people and 53 units", f"{seconds:.1f} s, {number / seconds:,.0f} matters/s")
    _await_whole_index(stack, number)
    figures.add("memory of the matters process after the import", f"{_resident(stack):.0f} MB")
    stack.restart("matters")
    _await_whole_index(stack, number)
    figures.add("index build from the store, at the start of the process", f"{_built_in(stack):.1f} s")
    _searches(stack, figures, say)
    _guides(stack, figures)
    _reads(stack, figures)
    figures.add("memory of the matters process after all of this", f"{_resident(stack):.0f} MB")
    return figures


def _searches(stack: Stack, figures: Figures, say: Say) -> None:
    queries = [query for name in recall.SETS for query in recall.queries(name)]
    alone, together, typed, scanned = Seen(), Seen(), Seen(), Seen()
    load.run(_search_calls(stack, queries, 1), Seen())
    for _ in range(3):
        load.run(_search_calls(stack, queries, 1), alone)
        load.run(_search_calls(stack, queries, MANY), together)
        load.run(_suggest_calls(stack, queries), typed)
    say("bench", "scanning the store for the same")
    client: MongoClient[dict[str, Any]] = MongoClient(stack.env["MONGODB_URI"])
    with client:
        texts = _texts(client)
        some = random.Random(1).sample(queries, _SCANS)  # noqa: S311 - a choice of queries, no secret
        load.run([[partial(_scan, texts, query) for query in some]], scanned)
    for who, seen in (("1 caller", alone), (f"{MANY} callers at once", together)):
        figures.add(f"SearchMatters, {who}", _latencies(seen))
    figures.add("SuggestMatters, 1 caller", _latencies(typed))
    figures.add("scan of the store with the same meaning, 1 caller", _latencies(scanned))
    figures.add("searches a second to scans a second, 1 caller", f"{alone.rate / scanned.rate:.0f} times")


def _guides(stack: Stack, figures: Figures) -> None:
    chosen = random.Random(2).sample(_names(), _GUIDES)  # noqa: S311 - a choice of matters, no secret
    stub = _stubs(stack, 1)[0]
    calls: list[Call] = [
        partial(stub.GetGuide, guide_pb2.GetGuideRequest(name=f"{name}/guide"), timeout=_PATIENCE_SECONDS) for name in chosen
    ]
    first, again = Seen(), Seen()
    load.run([calls], first)
    load.run([calls], again)
    figures.add("GetGuide, 1 caller, a matter's first", _latencies(first))
    figures.add("GetGuide, 1 caller, the same again", _latencies(again))


def _reads(stack: Stack, figures: Figures) -> None:
    """Matters one by one, and the list page by page: the whole of it, a type's and a unit's."""
    stub = _stubs(stack, 1)[0]
    one_by_one, pages, first = Seen(), Seen(), Seen()
    gets: list[Call] = [
        partial(stub.GetMatter, matter_pb2.GetMatterRequest(name=name), timeout=_PATIENCE_SECONDS)
        for name in random.Random(3).sample(_names(), _GUIDES)  # noqa: S311 - a choice of matters, no secret
    ]
    load.run([gets], one_by_one)
    whole = matter_pb2.ListMattersRequest(parent=DISTRICT, page_size=_PAGE)

    def turn() -> None:
        whole.page_token = stub.ListMatters(whole, timeout=_PATIENCE_SECONDS).next_page_token

    load.run([[turn] * _PAGES], pages)
    narrowed = [
        matter_pb2.ListMattersRequest(parent=DISTRICT, page_size=_PAGE, matter_type=elements_pb2.MATTER_TYPE_BENEFIT),
        matter_pb2.ListMattersRequest(parent=DISTRICT, page_size=_PAGE, unit=f"units/{recall.DISTRICT}-civil-affairs"),
    ]
    load.run([[partial(stub.ListMatters, request, timeout=_PATIENCE_SECONDS) for request in narrowed] * _PAGES], first)
    figures.add("GetMatter, 1 caller, any of the list", _latencies(one_by_one))
    figures.add(f"ListMatters, 1 caller, page after page of {_PAGE}", _latencies(pages))
    figures.add(f"ListMatters, 1 caller, the first {_PAGE} of a type or a unit", _latencies(first))


def _names() -> list[str]:
    return [f"{request.parent}/matters/{request.matter_id}" for request in data.everything()]


def _search_calls(stack: Stack, queries: Sequence[str], callers: int) -> list[list[Call]]:
    """Every query once, dealt out to the callers."""
    return [
        [
            partial(
                stub.SearchMatters, search_pb2.SearchMattersRequest(parent=DISTRICT, query=query), timeout=_PATIENCE_SECONDS
            )
            for query in queries[caller::callers]
        ]
        for caller, stub in enumerate(_stubs(stack, callers))
    ]


def _suggest_calls(stack: Stack, queries: Sequence[str]) -> list[list[Call]]:
    """The first two characters of every query, as a suggestion is asked for."""
    stub = _stubs(stack, 1)[0]
    requests = [search_pb2.SuggestMattersRequest(parent=DISTRICT, prefix=query[:2]) for query in queries]
    return [[partial(stub.SuggestMatters, request, timeout=_PATIENCE_SECONDS) for request in requests]]


def _texts(client: "MongoClient[dict[str, Any]]") -> "Collection[dict[str, Any]]":
    """A collection with a text for each matter: what the index finds it by."""
    texts = client["bench"]["texts"]
    rows = [
        {
            "_id": request.matter_id,
            "name": request.matter.elements.display_name.zh,
            "text": text.normal(" ".join(_said(request))),
        }
        for request in data.everything()
    ]
    for start in range(0, len(rows), 500):
        texts.insert_many(rows[start : start + 500])
    return texts


def _said(request: matter_pb2.CreateMatterRequest) -> Iterator[str]:
    e = request.matter.elements
    yield from (e.display_name.zh, e.display_name.en, *e.keywords, *e.conditions)
    yield from (result.display_name for result in e.results)


def _scan(texts: "Collection[dict[str, Any]]", query: str) -> list[dict[str, Any]]:
    """The matters whose text has each of the query's words, or an official one instead."""
    wanted = [{"text": {"$regex": _any_of(concept)}} for concept in thesaurus.kept().concepts(query) if not concept.light]
    return list(texts.find({"$and": wanted}, {"name": 1}))


def _any_of(concept: Concept) -> str:
    return "|".join(map(re.escape, (concept.said, *concept.official)))


def _stubs(stack: Stack, number: int) -> list[matters_pb2_grpc.MattersServiceStub]:
    return [matters_pb2_grpc.MattersServiceStub(channel) for channel in channels(stack.address("matters"), number)]


def _await_whole_index(stack: Stack, number: int) -> None:
    """Returns once a search counts every matter; TimeoutError after a minute."""
    until = time.monotonic() + _PATIENCE_SECONDS
    with grpc.insecure_channel(stack.address("matters")) as channel:
        stub = matters_pb2_grpc.MattersServiceStub(channel)
        while time.monotonic() < until:
            if stub.SearchMatters(search_pb2.SearchMattersRequest(parent=DISTRICT)).total_size == number:
                return
            time.sleep(0.1)
    raise TimeoutError(f"the index does not hold {number} matters after {_PATIENCE_SECONDS} s")


def _built_in(stack: Stack) -> float:
    """Seconds that the index took, as the process told when it was done."""
    lines = [json.loads(line) for line in stack.log("matters").read_text().splitlines() if line.startswith("{")]
    return float(next(line["seconds"] for line in reversed(lines) if line["message"] == "indexed"))


def _resident(stack: Stack) -> float:
    return float(psutil.Process(stack.processes["matters"].pid).memory_info().rss) / 1e6


def _latencies(seen: Seen) -> str:
    return f"p50 {seen.quantile(50):.1f} ms, p99 {seen.quantile(99):.1f} ms, {seen.rate:,.0f}/s"


def main() -> None:
    """Measures the list alone and prints."""
    argparse.ArgumentParser(prog="python -m bench.matters", description=__doc__).parse_args()
    say: Say = lambda name, message: print(f"{name}: {message}", file=sys.stderr)  # noqa: E731
    with tempfile.TemporaryDirectory(prefix="yimen-bench-") as root:
        stack = Stack(Path(root), only=_PROGRAMS)
        try:
            stack.start(say)
            print("\n".join(measure(stack, say).table()))
        finally:
            stack.stop(say)


if __name__ == "__main__":
    main()
