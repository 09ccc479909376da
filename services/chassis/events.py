"""Facts: how an event is named, addressed, wrapped, and kept in the document whose change it tells of.

An event is a proto message; its full name is its routing key and the first two parts of that name are its exchange.
The document that changed keeps the event in its `outbox`, in the same atomic write, until the relay has published it.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.message import Message
from mongoengine import DateTimeField, EmbeddedDocument, StringField
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from services.chassis import clock

CONTENT_TYPE = "application/cloudevents+json"

# Headers of a message that was tried before: which attempt it is, and what failed at the last one.
ATTEMPT = "x-attempt"
ERROR = "x-error"

# Every document with an outbox has this index. An empty outbox has no key in it, so the relay's sweep
# reads what waits and nothing else, however large the collection is.
OUTBOX_INDEX = {"fields": ["outbox.since"], "sparse": True}


class MalformedEvent(ValueError):
    """What arrived is no CloudEvent of a type that this process knows: no retry can mend it."""


@dataclass(frozen=True)
class Envelope:
    """One event with its context: a CloudEvent 1.0 whose data is the proto message as proto JSON."""

    id: str
    subject: str
    time: datetime
    data: Message
    hall: str = ""
    caller: str = ""
    traceparent: str = ""

    @property
    def type(self) -> str:
        """The full name of the message, e.g. `yimen.intake.v1.CaseAccepted`."""
        return self.data.DESCRIPTOR.full_name

    def to_json(self) -> str:
        """The envelope in CloudEvents' JSON format; empty extensions are left out, as the format demands."""
        extensions = {"hall": self.hall, "caller": self.caller, "traceparent": self.traceparent}
        return json.dumps(
            {
                "specversion": "1.0",
                "id": self.id,
                "source": source_of(self.type),
                "type": self.type,
                "subject": self.subject,
                "time": self.time.isoformat(),
                "datacontenttype": "application/json",
                **{name: value for name, value in extensions.items() if value},
                "data": json_format.MessageToDict(self.data),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, body: str | bytes) -> Self:
        """The envelope that `to_json` wrote; fields that a newer publisher added are ignored; else MalformedEvent."""
        try:
            event: dict[str, Any] = json.loads(body)
            return cls(
                id=event["id"],
                subject=event.get("subject", ""),
                time=datetime.fromisoformat(event["time"]),
                data=json_format.ParseDict(event["data"], _message(event["type"]), ignore_unknown_fields=True),
                hall=event.get("hall", ""),
                caller=event.get("caller", ""),
                traceparent=event.get("traceparent", ""),
            )
        except (AttributeError, KeyError, TypeError, ValueError, json_format.ParseError) as error:
            raise MalformedEvent(f"{type(error).__name__}: {error}") from error


class OutboxEntry(EmbeddedDocument):
    """An envelope that waits in its document to be published."""

    id = StringField(required=True)
    type = StringField(required=True)
    # When it was kept, by the real clock: the relay measures its lag and its patience from here.
    since = DateTimeField(required=True)
    body = StringField(required=True)


def entry(message: Message, *, subject: str, hall: str = "", caller: str = "") -> OutboxEntry:
    """The outbox entry for a fact about the resource `subject`: a new event id, now, in the trace of this call."""
    envelope = Envelope(
        id=uuid.uuid4().hex,
        subject=subject,
        time=clock.now(),
        data=message,
        hall=hall,
        caller=caller,
        traceparent=_traceparent(),
    )
    return OutboxEntry(id=envelope.id, type=envelope.type, since=clock.real_now(), body=envelope.to_json())


def exchange_of(full_name: str) -> str:
    """The exchange that a message of this full name is published to: `yimen.intake.v1.X` → `yimen.intake`."""
    return ".".join(full_name.split(".")[:2])


def source_of(full_name: str) -> str:
    """The CloudEvents source of a message of this full name: `yimen.intake.v1.X` → `/yimen/intake`."""
    return "/" + exchange_of(full_name).replace(".", "/")


def full_name(event: type[Message]) -> str:
    """The name by which an event type is published and heard."""
    return event.DESCRIPTOR.full_name


def _message(name: str) -> Message:
    return message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(name))()


def _traceparent() -> str:
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent", "")
