"""The relay: publishes what documents keep in their outboxes, and takes it out once the broker has confirmed it.

At least once, in order per document. A call never waits for the broker: `nudge` hands the document to the relay's
thread right after it was saved; a sweep finds what a crash, a full queue or a worker process left behind.
"""

import json
import logging
import queue
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pika
import pika.exceptions
from opentelemetry import metrics, trace
from opentelemetry.propagate import extract, inject
from opentelemetry.trace import SpanKind
from pika.adapters.blocking_connection import BlockingChannel
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from services.chassis import clock, events
from services.chassis.broker import brokers
from services.chassis.documents import Resource
from services.chassis.settings import Settings

log = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
# The sweep leaves alone what the nudge of this or another process is publishing at this moment.
PATIENCE = timedelta(seconds=3)
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0
_NUDGES = 10_000
_REMEMBERED = 10_000
_BATCH = 100
_STOP_SECONDS = 5.0
_AWAY = (pika.exceptions.AMQPError, PyMongoError, OSError)

_tracer = trace.get_tracer(__name__)
_meter = metrics.get_meter(__name__)
_lag = _meter.create_histogram("yimen.outbox.lag", "s", "From the document's write to the broker's confirm.")
_published = _meter.create_counter("yimen.outbox.published", description="Events that the broker confirmed.")
_failures = _meter.create_counter("yimen.outbox.failures", description="Times that the broker or the store was away.")
_unheard = _meter.create_counter("yimen.outbox.unheard", description="Events that no queue was bound for.")


class _Entry(NamedTuple):
    id: str
    type: str
    since: datetime
    body: str


class _Outbox(NamedTuple):
    collection: "Collection[dict[str, Any]]"
    # What finds the document: its id, and its hall where a sharded store is keyed by that.
    key: dict[str, Any]
    entries: tuple[_Entry, ...]


class Relay:
    """Publishes the outboxes of a service's documents from a thread of its own."""

    def __init__(self, settings: Settings, service: str, documents: Sequence[type[Resource]]) -> None:
        self._brokers = brokers(settings, f"{service} relay")
        self._service = service
        self._documents = documents
        # None ends the thread once everything before it has been published.
        self._nudges: queue.Queue[_Outbox | None] = queue.Queue(_NUDGES)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{service}-relay", daemon=True)
        # Published but perhaps not yet taken out: what a document that was loaded in between still shows.
        self._sent: OrderedDict[str, None] = OrderedDict()
        self._told_unheard: set[str] = set()

    def start(self) -> None:
        """Starts the thread; the broker may be away."""
        self._thread.start()

    def stop(self) -> None:
        """Publishes what was nudged, for at most five seconds; what is left stays in the store for the next process."""
        self._stopping.set()
        try:
            self._nudges.put_nowait(None)
        except queue.Full:
            log.info("the broker is away: the outboxes keep what was nudged")
        self._thread.join(_STOP_SECONDS)

    def nudge(self, document: Resource) -> None:
        """Asks to publish the document's outbox now. Never blocks and never fails: the sweep is behind it."""
        outbox = _Outbox(
            document._get_collection(),
            _key(document.pk, getattr(document, "hall", None)),
            tuple(_Entry(kept.id, kept.type, kept.since, kept.body) for kept in document.outbox),
        )
        try:
            self._nudges.put_nowait(outbox)
        except queue.Full:
            log.debug("left to the sweep", extra={"document": document.name})

    def _run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                with self._channel() as channel:
                    for _ in self._passes(channel):
                        pause = FIRST_PAUSE_SECONDS
                return
            except Exception as error:  # the thread outlives whatever happens: facts that wait must get out
                _failures.add(1, {"service": self._service})
                known = isinstance(error, _AWAY)
                log.warning("cannot publish, next try in %.1f s: %r", pause, error, exc_info=not known)
            if self._stopping.wait(pause * random.uniform(0.8, 1.2)):  # noqa: S311 - spreads replicas, no secret
                return
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    @contextmanager
    def _channel(self) -> Iterator[BlockingChannel]:
        connection = pika.BlockingConnection(self._brokers)
        try:
            channel = connection.channel()
            channel.confirm_delivery()
            yield channel
        finally:
            if connection.is_open:
                connection.close()

    def _passes(self, channel: BlockingChannel) -> Iterator[None]:
        """Publishes nudges, with a sweep a second; yields after each sweep that went well, ends when stopped."""
        declared: set[str] = set()
        sweep_at = time.monotonic()
        while True:
            wait = sweep_at - time.monotonic()
            if wait <= 0:
                for outbox in self._left_behind():
                    self._publish(channel, declared, outbox)
                sweep_at = time.monotonic() + SWEEP_SECONDS
                # Answers the broker's heartbeats.
                channel.connection.process_data_events(0)
                yield
            try:
                nudged = self._nudges.get(timeout=max(wait, 0))
            except queue.Empty:
                continue
            if nudged is None:
                return
            self._publish(channel, declared, nudged)

    def _left_behind(self) -> Iterator[_Outbox]:
        waited_enough = clock.real_now() - PATIENCE
        for document in self._documents:
            collection = document._get_collection()
            # No limit: the embedded store would read every match for each batch, a cursor reads each once.
            query = {"outbox.since": {"$lte": waited_enough}}
            for found in collection.find(query, {"outbox": 1, "hall": 1}, batch_size=_BATCH):
                if self._stopping.is_set():
                    return
                entries = (_Entry(e["id"], e["type"], e["since"], e["body"]) for e in found["outbox"])
                yield _Outbox(collection, _key(found["_id"], found.get("hall")), tuple(entries))

    def _publish(self, channel: BlockingChannel, declared: set[str], outbox: _Outbox) -> None:
        for entry in outbox.entries:
            if entry.id not in self._sent:
                exchange = events.exchange_of(entry.type)
                if exchange not in declared:
                    channel.exchange_declare(exchange, "topic", durable=True)
                    declared.add(exchange)
                self._publish_entry(channel, exchange, entry)
                self._remember(entry)
        ids = [entry.id for entry in outbox.entries]
        outbox.collection.update_one(outbox.key, {"$pull": {"outbox": {"id": {"$in": ids}}}})

    def _publish_entry(self, channel: BlockingChannel, exchange: str, entry: _Entry) -> None:
        # Not parsed as an event: an entry whose type has gone since must not stop the ones behind it.
        caused_by = extract({"traceparent": json.loads(entry.body).get("traceparent", "")})
        with _tracer.start_as_current_span(f"publish {entry.type}", caused_by, SpanKind.PRODUCER):
            headers: dict[str, Any] = {}
            inject(headers)
            properties = pika.BasicProperties(
                content_type=events.CONTENT_TYPE,
                content_encoding="utf-8",
                delivery_mode=pika.DeliveryMode.Persistent.value,
                message_id=entry.id,
                type=entry.type,
                headers=headers,
            )
            try:
                channel.basic_publish(exchange, entry.type, entry.body.encode(), properties, mandatory=True)
            except pika.exceptions.UnroutableError:
                self._nobody_hears(entry.type)
        labels = {"service": self._service}
        _published.add(1, labels)
        _lag.record((clock.real_now() - entry.since).total_seconds(), labels)

    def _nobody_hears(self, event: str) -> None:
        """A fact may have no hearer; whoever expected one finds out here."""
        _unheard.add(1, {"event": event})
        if event not in self._told_unheard:
            self._told_unheard.add(event)
            log.info("nobody hears %s", event)

    def _remember(self, entry: _Entry) -> None:
        self._sent[entry.id] = None
        if len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)


def _key(pk: str, hall: str | None) -> dict[str, Any]:
    return {"_id": pk} if hall is None else {"_id": pk, "hall": hall}
