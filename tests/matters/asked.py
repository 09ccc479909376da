"""What a service asks its store, overheard; and what becomes so in time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import monitoring


def eventually(holds: Callable[[], bool], seconds: float = 5) -> None:
    """Fails the test when it does not become so in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


class Asked(monitoring.CommandListener):
    """Hears what this process asks the stores that it connects to after this was made."""

    def __init__(self) -> None:
        self._heard: list[tuple[str, dict[str, Any]]] | None = None
        monitoring.register(self)

    @contextmanager
    def hearing(self) -> Iterator[list[tuple[str, dict[str, Any]]]]:
        """The filters of the queries and changes within, each after its collection."""
        self._heard = []
        yield self._heard
        self._heard = None

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Keeps what a command looks for."""
        if self._heard is None or event.command_name in ("insert", "getMore", "ping", "hello", "endSessions"):
            return
        changes = event.command.get("updates", [])
        filters = [change["q"] for change in changes] or [event.command["filter"]]
        self._heard += [(event.command[event.command_name], filter_) for filter_ in filters]

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Of no interest."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Of no interest."""
