"""A process that runs an import and is killed at one of its writes: `python -m tests.exchange.dying NAME WRITES`.

It dies by its own hand, at once and without any clearing up, when it has bulk-written so many blocks of matters.
"""

import os
import signal
import sys
from typing import Any

from pymongo.collection import Collection

from services.chassis import documents, tenancy
from services.chassis.caller import Caller
from services.chassis.context import Scope, acting_in
from services.chassis.settings import Settings
from services.matters.exchange import importing


def main(name: str, blocks: int) -> None:
    """Runs the import until so many blocks are on the list; half of the last one alone."""
    settings = Settings()
    tenancy.use(settings.tenants)
    documents.connect(settings, "matters")
    write, done = Collection.insert_many, iter(range(1, blocks + 1))

    def insert_many(self: Any, papers: list[Any], *args: Any, **kwargs: Any) -> Any:
        if self.name != "matters":
            return write(self, papers, *args, **kwargs)
        if next(done) == blocks:
            write(self, papers[: len(papers) // 2], *args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)
        return write(self, papers, *args, **kwargs)

    Collection.insert_many = insert_many  # type: ignore[method-assign, assignment]
    with acting_in(Scope(hall=name.split("/")[1]), Caller(person="people/editor")):
        for _ in importing.run(name):
            pass


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
