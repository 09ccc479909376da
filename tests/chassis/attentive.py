"""A worker for the tests of the chassis. What it does with an event is written in the event: the number of its case.

`python -m tests.chassis.attentive NAME` runs it as the service NAME, with the environment of any worker.
"""

import eventlet

eventlet.monkey_patch()

import sys  # noqa: E402
from typing import Any  # noqa: E402

import mongoengine  # noqa: E402
from google.protobuf.message import Message  # noqa: E402
from opentelemetry import trace  # noqa: E402
from pymongo.collection import Collection  # noqa: E402

from services.chassis import context, telemetry, workers  # noqa: E402
from services.chassis.clock import real_now  # noqa: E402
from services.chassis.events import Envelope  # noqa: E402
from services.chassis.settings import Settings  # noqa: E402
from yimen.intake.v1.events_pb2 import CaseAccepted, CaseSubmitted  # noqa: E402


class Mishap(Exception):
    """What the event asked for."""


class Attentive:
    """Notes what it hears, and fails or dawdles where the event says so."""

    name = sys.argv[1]

    @workers.hears(CaseSubmitted, delays=(1, 1))
    def note(self, event: CaseSubmitted, envelope: Envelope) -> None:
        order, _, amount = event.facts.number.partition(" ")
        earlier = self._effects().count_documents({"event": envelope.id, "kind": "begun"})
        self._write("begun", event, envelope)
        if order == "poison" or (order == "fail" and earlier < int(amount)):
            raise Mishap("居民甲的秘密")
        if order == "slow":
            eventlet.sleep(float(amount))
        self._write("done", event, envelope)

    @workers.hears(CaseAccepted, delays=(1, 1))
    def look_on(self, event: CaseAccepted, envelope: Envelope) -> None:
        self._write("done", event, envelope)

    @workers.every(0.5)
    def tick(self) -> None:
        self._effects().insert_one({"kind": "tick", "at": real_now()})

    def _write(self, kind: str, event: Message, envelope: Envelope) -> None:
        call = context.current()
        self._effects().insert_one(
            {
                "kind": kind,
                "event": envelope.id,
                "subject": envelope.subject,
                "trace": f"{trace.get_current_span().get_span_context().trace_id:032x}",
                "caller": call.caller.person,
                "hall": call.scope.hall if call.scope else "",
                "grpc": "grpc" in sys.modules,
                "at": real_now(),
            }
        )

    def _effects(self) -> "Collection[dict[str, Any]]":
        effects: Collection[dict[str, Any]] = mongoengine.get_db(self.name)["effects"]
        return effects


if __name__ == "__main__":
    settings = Settings()
    telemetry.start(Attentive.name, settings)
    workers.run(Attentive.name, Attentive, settings)
