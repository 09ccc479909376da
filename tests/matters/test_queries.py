"""Whatever a call asks the store is answered by an index, never by reading the collection; and answered rightly."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymongo
from pymongo import monitoring

from services.chassis.context import Scope, acting_in
from services.matters.documents import Listed, Matter
from services.matters.rules import State
from tests.matters.builders import a_code, a_matter
from tests.matters.conftest import DISTRICT, Office
from yimen.matters.v1 import matters_pb2

HALL = "440307"
UNIT = "units/440307-civil-affairs"


class Asked(monitoring.CommandListener):
    """Hears what this process asks the stores that it connects to from now on."""

    def __init__(self) -> None:
        self.filters: list[tuple[str, dict[str, Any]]] = []
        self.listening = False
        monitoring.register(self)

    @contextmanager
    def hearing(self) -> Iterator[list[tuple[str, dict[str, Any]]]]:
        """The filters of the queries and changes within, each with its collection."""
        self.filters, self.listening = [], True
        yield self.filters
        self.listening = False

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Keeps what a command looks for."""
        if self.listening and event.command_name in ("find", "update", "aggregate", "count", "delete", "findAndModify"):
            assert event.command_name in ("find", "update"), event.command
            looked_for = [event.command["filter"]] if "filter" in event.command else [u["q"] for u in event.command["updates"]]
            self.filters += [(event.command[event.command_name], filter_) for filter_ in looked_for]

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Of no interest."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Of no interest."""
