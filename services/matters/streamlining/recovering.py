"""What a process that died left of an adoption: completed or undone when a service starts, and by its sweep."""

import logging
import threading
from datetime import timedelta

from pymongo.errors import PyMongoError

from services.chassis import clock
from services.chassis.caller import Caller
from services.chassis.context import Scope, acting_in
from services.chassis.errors import Refusal
from services.matters.streamlining import adoption
from services.matters.streamlining.documents import ChangeSet

log = logging.getLogger(__name__)
_EVERY_SECONDS = 2.0
# Whoever adopts completes it within seconds: only what is left longer is taken over.
_YOUNG = timedelta(seconds=10)


class Recovering:
    """Looks for unfinished adoptions from a thread of its own."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recovering", daemon=True)

    def start(self) -> None:
        """Completes at once what was committed, then goes on beside the calls."""
        recover(timedelta(0))
        self._thread.start()

    def stop(self) -> None:
        """Ends after the set that it is at."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_EVERY_SECONDS):
            try:
                recover(_YOUNG)
            except PyMongoError as error:
                log.warning("unfinished adoptions could not be asked for: %r", error)


def recover(older: timedelta, patience: timedelta = adoption.PATIENCE) -> None:
    """Completes or undoes every adoption that began longer ago; what another process is faster with is left to it."""
    for change_set in ChangeSet.left_unfinished(clock.real_now() - older):
        with acting_in(Scope(hall=change_set.hall), Caller(person=change_set.adopter)):
            try:
                adoption.recover(change_set, patience)
            except Refusal as refused:
                log.warning("not recovered: %s", refused, extra={"change_set": change_set.name})
