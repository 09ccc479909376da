"""Processes that adopt a change-set and are killed after so many writes: `python -m tests.matters.dying`.

Reads `set writes` lines, answers each by the number of the signal that ended the process. Each is a fork, made before anything
is connected.
"""

import os
import signal
import sys
from typing import Any

from pymongo.collection import Collection

from services.chassis import documents
from services.chassis.caller import Caller
from services.chassis.context import Scope, acting_in
from services.chassis.settings import Settings
from services.matters.streamlining import adoption
from services.matters.streamlining.adoption import Subject
from services.matters.streamlining.documents import ChangeSet


def main() -> None:
    """Answers line by line."""
    for line in sys.stdin:
        name, writes = line.split()
        child = os.fork()
        if child == 0:
            _die(int(writes))
            _adopt(name)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status), flush=True)


def _die(writes: int) -> None:
    """Has this process killed once the store has acknowledged so many writes."""
    write, done = Collection.update_one, iter(range(1, writes + 1))

    def update_one(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = write(self, *args, **kwargs)
        if next(done) == writes:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    Collection.update_one = update_one  # type: ignore[method-assign]


def _adopt(name: str) -> None:
    documents.connect(Settings(), "matters")
    with acting_in(Scope(hall=name.split("/")[1]), Caller(person="people/editor")):
        change_set = ChangeSet.load(name)
        adoption.adopt(change_set, Subject.all_of(change_set), "people/editor")


if __name__ == "__main__":
    main()
