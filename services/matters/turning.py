"""The dates of versions: when one comes, the head is brought up and it is told.

Reads do not depend on it: they go by the clock. Lists and events follow within half a second.
"""

import logging
import threading
from collections.abc import Callable

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
                turn(self._stopping.is_set)
            except Exception as error:  # the thread outlives whatever happens: dates that have come must be told
                log.warning("whose dates have come could not be asked: %r", error)


def turn(is_over: Callable[[], bool] = lambda: False) -> None:
    """Brings up every head whose date has come, until it `is_over`.

    What another process or an editor was faster with is left to them; what cannot be brought up holds back no other.
    """
    at = clock.now()
    for matter in Matter.due_by(at):
        if is_over():
            return
        try:
            matter.save_with(*matter.settle(at))
        except Refusal as refused:
            log.info("not brought up now: %s", refused, extra={"matter": matter.name})
        except Exception:
            log.exception("cannot be brought up", extra={"matter": matter.name})
