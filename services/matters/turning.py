"""The dates of versions: when one comes, the head is brought up and it is told.

Reads do not depend on it: they go by the clock. Lists and events follow within half a second.
"""

import logging
import threading

from pymongo.errors import PyMongoError

from services.chassis import clock
from services.chassis.errors import Refusal
from services.matters.documents import Matter

log = logging.getLogger(__name__)
_EVERY_SECONDS = 0.5


class Turning:
    """Brings up the heads of matters whose dates have come, from a thread of its own."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="turning", daemon=True)

    def start(self) -> None:
        """Brings up what came while no process ran, then goes on beside the calls."""
        turn()
        self._thread.start()

    def stop(self) -> None:
        """Ends after the matter that it is at."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_EVERY_SECONDS):
            try:
                turn()
            except PyMongoError as error:
                log.warning("whose date has come could not be asked: %r", error)


def turn() -> None:
    """Brings up every head whose date has come; what another process or an editor was faster with is left to them."""
    at = clock.now()
    for matter in Matter.due_by(at):
        try:
            matter.save_with(*matter.settle(at))
        except Refusal as refused:
            log.warning("not brought up: %s", refused, extra={"matter": matter.name})
