"""What the store is asked while a test asks the documents: every command, and whether an index answers it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import mongoengine
from pymongo import monitoring

_FILTERS = {"find": "filter", "findAndModify": "query", "count": "query"}
_SEVERAL = {"update": ("updates", "q"), "delete": ("deletes", "q")}


class Overheard(monitoring.CommandListener):
    """Keeps the filters of the commands that pass while it listens."""

    def __init__(self) -> None:
        self.listening = False
        self.filters: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Keeps what is asked of which collection, and in which order it is wanted."""
        command, name = event.command, event.command_name
        if not self.listening:
            return
        if name in _FILTERS:
            asked = [command.get(_FILTERS[name]) or {}]
        elif name in _SEVERAL:
            several, key = _SEVERAL[name]
            asked = [one[key] for one in command[several]]
        else:
            assert name not in ("aggregate", "distinct", "mapReduce"), f"{name} needs a check of its own"
            return
        sort = dict(command.get("sort") or {})
        self.filters += [(event.database_name, command[name], dict(one), sort) for one in asked]

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Not of interest."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Not of interest."""


_overheard = Overheard()
# Clients know the listeners that were there before them.
monitoring.register(_overheard)


@contextmanager
def no_scan() -> Iterator[None]:
    """Fails where something in its block asked the store what no index answers."""
    _overheard.filters.clear()
    _overheard.listening = True
    try:
        yield
    finally:
        _overheard.listening = False
    assert _overheard.filters, "the store was not asked"
    for database, collection, asked, sort in _overheard.filters:
        assert not is_scan(database, collection, asked, sort), f"{collection} is scanned by {asked}, sorted by {sort}"


def is_scan(database: str, collection: str, asked: dict[str, Any], sort: dict[str, Any]) -> bool:
    """Whether the store reads the whole collection for this."""
    first = next(iter(asked), "")
    if first == "_id" and not isinstance(asked["_id"], dict):
        # A point read on every store, whatever else is asked of the document: the embedded store's plans do not say so.
        return False
    store = next(iter(mongoengine.connection._connections.values()))[database]
    find = {"find": collection, "filter": asked, **({"sort": sort} if sort else {})}
    return "COLLSCAN" in str(store.command("explain", find))
