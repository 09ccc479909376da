"""Keeps the index and the board in step with the store: everything at the start, then each change as the store tells of it.

The store's change stream is what every replica of the service hears, whoever wrote: an editor's call here, an import in another
process, the sweep that brings a version into force at its date. Nothing has to be told twice, and a broker that is away
makes no result stale. A version counts from the write that brings it into force.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from pymongo.change_stream import ChangeStream
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from services.chassis import tenancy
from services.matters.rules import State
from yimen.matters.v1 import elements_pb2, matter_pb2

log = logging.getLogger(__name__)

_READ = {"hall": 1, "slug": 1, "state": 1, "version": 1, "content": 1}
# A change by itself is shown at once; of many in a row at most so many times a second.
_SHOW_SECONDS = 0.1
_WAIT_MS = 100
# Documents that are read in one go: a larger reply would stay in the process as its highest mark of memory.
_AT_ONCE = 200
_PAUSE_SECONDS = 1.0
_STOP_SECONDS = 5.0

Stored = Mapping[str, Any]


class Follower(Protocol):
    """What keeps the published list in the process, by the names of matters; what changes is shown by the next `commit`."""

    def put(self, name: str, elements: elements_pb2.Elements) -> None: ...
    def drop(self, name: str) -> None: ...
    def commit(self) -> None: ...


class Following:
    """Runs beside the calls of a process. `collection` gives the matters' collection, once the store is connected."""

    def __init__(self, followers: Sequence[Follower], collection: Callable[[], "Collection[dict[str, Any]]"]) -> None:
        self._followers = followers
        self._collection = collection
        # The stored version of each matter that they have.
        self._versions: dict[str, int] = {}
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="matters-index", daemon=True)

    def start(self) -> None:
        """Returns once the whole list is indexed; PyMongoError where the store does not tell of changes."""
        self._thread.start()
        self._ready.wait()
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Ends the thread."""
        self._stopping.set()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                # The stream is opened first: what changes while everything is read comes out of it afterwards.
                with self._changes() as changes:
                    self._read_all()
                    self._ready.set()
                    self._follow(changes)
            except PyMongoError as failure:
                if not self._ready.is_set():
                    self._failure = failure
                    self._ready.set()
                    return
                log.warning("the store tells of no changes, next try in %.0f s: %s", _PAUSE_SECONDS, failure)
                self._stopping.wait(_PAUSE_SECONDS)

    @contextmanager
    def _changes(self) -> Iterator["ChangeStream[dict[str, Any]]"]:
        shown = {"operationType": 1, "documentKey": 1, **{f"fullDocument.{name}": 1 for name in _READ}}
        with self._collection().watch(
            [{"$project": shown}], full_document="updateLookup", max_await_time_ms=_WAIT_MS
        ) as changes:
            yield changes

    def _read_all(self) -> None:
        """Indexes what is on the list and not indexed yet, and forgets what is on it no longer."""
        began = time.perf_counter()
        seen = set[str]()
        districts = [hall.code for hall in tenancy.halls() if not hall.parent]
        for district in districts:
            for stored in listed(self._collection(), district):
                self._take(stored)
                seen.add(_name(stored))
        for name in self._versions.keys() - seen:
            self._forget(name)
        self._show()
        log.info("indexed", extra={"matters": len(seen), "seconds": round(time.perf_counter() - began, 2)})

    def _follow(self, changes: "ChangeStream[dict[str, Any]]") -> None:
        shown_at = time.monotonic()
        unshown = False
        # A collection that is dropped ends its stream; the next one sees what there is then.
        while changes.alive and not self._stopping.is_set():
            change = changes.try_next()
            if change is not None:
                unshown = self._apply(change) or unshown
            if unshown and (change is None or time.monotonic() - shown_at > _SHOW_SECONDS):
                self._show()
                shown_at, unshown = time.monotonic(), False

    def _apply(self, change: Mapping[str, Any]) -> bool:
        """Whether anything has changed."""
        stored = change.get("fullDocument")
        if stored:
            return self._take(stored)
        hall, _, slug = str(change["documentKey"]["_id"]).partition("-")
        return self._forget(_name({"hall": hall, "slug": slug}))

    def _take(self, stored: Stored) -> bool:
        name = _name(stored)
        if stored["state"] != State.PUBLISHED:
            return self._forget(name)
        if self._versions.get(name, 0) == stored["version"]:
            return False
        elements = matter_pb2.Matter.FromString(stored["content"]).elements
        for follower in self._followers:
            follower.put(name, elements)
        self._versions[name] = stored["version"]
        return True

    def _forget(self, name: str) -> bool:
        if self._versions.pop(name, None) is None:
            return False
        for follower in self._followers:
            follower.drop(name)
        return True

    def _show(self) -> None:
        for follower in self._followers:
            follower.commit()


def listed(collection: "Collection[dict[str, Any]]", district: str) -> Iterable[Stored]:
    """What of a district's matters is on the list, without its versions."""
    # These fields are an index's; the shelf of "" is where every matter stands.
    return collection.find({"hall": district, "state": int(State.PUBLISHED), "shelves": ""}, _READ, batch_size=_AT_ONCE)


def _name(stored: Stored) -> str:
    return f"halls/{stored['hall']}/matters/{stored['slug']}"
