"""The tree of halls, read from the halls' service and kept for a moment: every page names the district."""

import threading
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc

from gateway.portal.problems import Refused
from gateway.portal.services import Services
from yimen.api.v1 import text_pb2
from yimen.halls.v1 import halls_pb2

# Seconds: an edited hall shows within them.
KEPT = 15.0
_PAGE = 200


@dataclass(frozen=True)
class Directory:
    """Every hall, in the order of codes: the district first. `kept`: what pages made of it, for as long as it is the tree."""

    halls: Sequence[halls_pb2.Hall]
    kept: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def district(self) -> halls_pb2.Hall:
        """The hall that the others stand under."""
        return self.halls[0]

    def get(self, name: str) -> halls_pb2.Hall:
        """The hall of a name, halls/{code}; Refused (404) where there is none."""
        for hall in self.halls:
            if hall.name == name:
                return hall
        raise Refused(404)

    def of(self, name: str) -> halls_pb2.Hall:
        """The hall of a case: one that was closed, or opened a moment ago, goes by its code."""
        known = (hall for hall in self.halls if hall.name == name)
        return next(known, halls_pb2.Hall(name=name, display_name=text_pb2.Text(zh=name.removeprefix("halls/"))))

    def knows(self, name: str) -> bool:
        """Whether there is a hall of this name."""
        return any(hall.name == name for hall in self.halls)

    def under(self, parent: str) -> list[halls_pb2.Hall]:
        """The halls directly under one."""
        return [hall for hall in self.halls if hall.parent == parent]

    def above(self, hall: halls_pb2.Hall) -> list[halls_pb2.Hall]:
        """The halls above one, the district first."""
        found: list[halls_pb2.Hall] = []
        while hall.parent:
            hall = self.get(hall.parent)
            found.insert(0, hall)
        return found


class Halls:
    """Keeps the directory."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._kept: tuple[float, Directory] | None = None
        self._lock = threading.Lock()

    def directory(self) -> Directory:
        """The tree as it was at most `KEPT` seconds ago; an older one while it is asked for, or the service does not answer."""
        kept = self._kept
        if kept and time.monotonic() < kept[0]:
            return kept[1]
        # One asks; the others wait only while there is nothing to show.
        if kept is None:
            self._lock.acquire()
        elif not self._lock.acquire(blocking=False):
            return kept[1]
        try:
            return self._asked(kept)
        finally:
            self._lock.release()

    def _asked(self, before: tuple[float, Directory] | None) -> Directory:
        if self._kept and self._kept is not before:
            return self._kept[1]
        try:
            read = Directory(self._read())
        except grpc.RpcError:
            if before is None:
                raise
            read = before[1]
        self._kept = time.monotonic() + KEPT, read
        return read

    def _read(self) -> list[halls_pb2.Hall]:
        halls: list[halls_pb2.Hall] = []
        asked = halls_pb2.ListHallsRequest(page_size=_PAGE)
        while True:
            reply = self._services.halls.ListHalls(asked)
            halls += reply.halls
            if not reply.next_page_token:
                return halls
            asked.page_token = reply.next_page_token
