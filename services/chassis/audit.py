"""Records of what staff read across halls: personal data is never read unseen."""

import functools
import secrets
from datetime import datetime
from typing import Any, Protocol

from mongoengine import DateTimeField, Document, StringField
from opentelemetry import trace

from services.chassis import clock, context


class AccessRecord(Protocol):
    """One read by staff whose post is at another hall than what they read."""

    id: str
    hall: str
    reader: str
    role: str
    subject: str
    rpc: str
    time: datetime
    trace_id: str

    objects: Any

    def save(self, **options: Any) -> Any:
        """Stores the record."""


@functools.cache
def records_of(service: str) -> type[Any]:
    """The document class of a service's own access records: fields as in AccessRecord."""

    class Record(Document):
        meta = {"abstract": True, "auto_create_index": False}

        id = StringField(primary_key=True)
        # The hall of what was read; of the reader's post where what was read is of no hall.
        hall = StringField(required=True)
        reader = StringField(required=True)
        role = StringField(required=True)
        subject = StringField(required=True)
        rpc = StringField(required=True)
        time = DateTimeField(required=True)
        trace_id = StringField()

    # A name of its own from the start: mongoengine keeps its classes, and closes their collections, by name.
    meta = {"collection": "access_records", "db_alias": service, "indexes": [("hall", "-time")]}
    return type(f"{service.title()}AccessRecord", (Record,), {"meta": meta})


def record(service: str, subject: str) -> None:
    """Records the current call's read of `subject` where the reader's post is at another hall; a failure fails the read."""
    call = context.current()
    scope = call.scope
    if scope is None or not scope.post_hall:
        return
    # A person is of no hall: every staff read of one is recorded.
    if subject.startswith("halls/") and scope.hall == scope.post_hall and not scope.subtree:
        return
    span = trace.get_current_span().get_span_context()
    records_of(service)(
        id=secrets.token_hex(10),
        hall=scope.hall or scope.post_hall,
        reader=call.caller.person,
        role=call.role,
        subject=subject,
        rpc=call.method,
        time=clock.now(),
        trace_id=f"{span.trace_id:032x}" if span.is_valid else "",
    ).save(force_insert=True)
