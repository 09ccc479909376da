"""How a worker's process hears the broker: one connection, and an entrypoint a handler that settles each event.

It stands in for nameko's own consumers, which acknowledge what failed, drop what they cannot decode, and lose the
acknowledgements of what is in hand when they are stopped.
"""

import functools
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import eventlet
from amqp.exceptions import AMQPError
from eventlet import Timeout
from eventlet.event import Event
from eventlet.greenpool import GreenPool
from google.protobuf.message import Message
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from kombu.message import Message as Delivery
from kombu.messaging import Consumer
from kombu.mixins import ConsumerMixin
from nameko.amqp.publish import Publisher, UndeliverableMessage
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint, SharedExtension
from opentelemetry import metrics

from services.chassis import clock
from services.chassis.events import ATTEMPT, CONTENT_TYPE, ERROR, Envelope, MalformedEvent
from services.chassis.queues import Hearing
from services.chassis.settings import Settings

log = logging.getLogger(__name__)

SETTINGS = "settings"
# Events of one handler that are in hand at the same time.
AT_ONCE = 4
_REFUSE_SECONDS = 3.0
_LONGEST_PAUSE_SECONDS = 5.0
_AWAY = (AMQPError, OSError, OperationalError)

_meter = metrics.get_meter(__name__)
_outcomes = _meter.create_counter("yimen.events", description="Events by handler and outcome.")
_age = _meter.create_histogram("yimen.events.age", "s", "From the fact to the end of its handling.")


class Ears(SharedExtension, ConsumerMixin):
    """The connection on which a process hears. It comes back by itself, with every queue declared anew."""

    def __init__(self) -> None:
        self.handlers: list[Hears] = []
        self.listening = False
        self._thread: Any = None
        self._consumers: list[Consumer] = []
        self._refusing = False
        self._refused = Event()

    @property
    def settings(self) -> Settings:
        """The settings of the process."""
        return cast(Settings, self.container.config[SETTINGS])

    @property
    def connection(self) -> Connection:
        """What kombu's loop connects with, again and again."""
        return Connection(self.settings.amqp_uri, heartbeat=30, connect_timeout=5)

    @contextmanager
    def establish_connection(self) -> Iterator[Connection]:
        """A connection, however long it takes; kombu's own pauses grow to half a minute."""
        with self.create_connection() as connection:  # type: ignore[no-untyped-call]
            connection.ensure_connection(
                self.on_connection_error, interval_start=0.2, interval_step=0.6, interval_max=_LONGEST_PAUSE_SECONDS
            )
            yield connection

    def start(self) -> None:
        """Starts to hear; the broker may be away."""
        if self.handlers:
            self._thread = self.container.spawn_managed_thread(functools.partial(self.run, safety_interval=0.5))

    def refuse(self) -> None:
        """Ends the deliveries; what was delivered can still be acknowledged."""
        self._refusing = True
        # Without a connection nothing is delivered either.
        with Timeout(_REFUSE_SECONDS, False):
            self._refused.wait()

    def stop(self) -> None:
        """Ends the connection, once no handler has anything in hand."""
        self.should_stop = True
        if self._thread is not None:
            with Timeout(_REFUSE_SECONDS, False):
                self._thread.wait()
            self._thread.kill()

    def get_consumers(self, consumer_cls: Callable[..., Consumer], channel: Any) -> list[Consumer]:
        """Declares what the handlers hear and consumes it; kombu asks after each connection."""
        if self._refusing:
            return []
        replicated = self.settings.amqp_queues == "quorum"
        for handler in self.handlers:
            for entity in handler.hearing.entities(replicated=replicated):
                entity(channel).declare()
        # on_message instead of callbacks: kombu acknowledges what it cannot decode, and we park it.
        self._consumers = [
            consumer_cls(
                queues=[handler.hearing.entity(replicated=replicated)],
                on_message=handler.receive,
                prefetch_count=AT_ONCE,
                auto_declare=False,
            )
            for handler in self.handlers
        ]
        return self._consumers

    def on_consume_ready(self, *_: object, **__: object) -> None:
        """The broker delivers."""
        self.listening = True

    def on_consume_end(self, *_: object) -> None:
        """The broker delivers no longer."""
        self.listening = False

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        """The broker could not be reached."""
        self.listening = False
        log.warning("the broker is away, next try in %.1f s: %s", interval, exc)

    def on_iteration(self) -> None:
        """Cancels when asked to: only the greenlet that reads a connection may do that."""
        if self._refusing and not self._refused.ready():
            for consumer in self._consumers:
                consumer.cancel()
            self._refused.send()


class Hears(Entrypoint):
    """Calls its method with the events of its queue, and settles each: done, again later, or parked."""

    ears = Ears()

    def __init__(self, events: tuple[type[Message], ...], delays: tuple[int, ...]) -> None:
        super().__init__()
        self.events = events
        self.delays = delays
        # Bounded by what the broker hands out, not by its own size.
        self._in_hand = GreenPool()

    def setup(self) -> None:
        """Takes its place among the handlers of the process."""
        self.hearing = Hearing(self.container.service_name, self.method_name, self.events, self.delays)
        self._publisher = Publisher(self.ears.settings.amqp_uri, use_confirms=True, mandatory=True)
        self.ears.handlers.append(self)

    def stop(self) -> None:
        """Takes nothing new, and returns once what is in hand is settled."""
        self.ears.refuse()
        self._in_hand.waitall()

    def receive(self, delivery: Delivery) -> None:
        """Takes a delivery in hand. Called in the greenlet that reads the connection, so nothing waits here."""
        self._in_hand.spawn_n(self._handle, delivery)

    def _handle(self, delivery: Delivery) -> None:
        try:
            error = self._call(delivery)
            if error is None:
                delivery.ack()
            else:
                self._set_aside(delivery, error)
        except (*_AWAY, ContainerBeingKilled) as failure:
            # The broker hands out again what was not acknowledged, and the mark tells what was handled.
            log.warning("%s: not settled, the event will come again: %r", self.hearing.queue, failure)

    def _call(self, delivery: Delivery) -> Exception | None:
        try:
            envelope = Envelope.from_json(delivery.body)
        except MalformedEvent as malformed:
            return malformed
        envelope = replace(envelope, traceparent=delivery.headers.get("traceparent", envelope.traceparent))
        done = Event()

        def finished(worker_ctx: object, result: object, exc_info: Any) -> tuple[object, Any]:
            done.send(exc_info and exc_info[1])
            return result, exc_info

        self.container.spawn_worker(self, (envelope.data, envelope), {}, handle_result=finished)
        error = cast(Exception | None, done.wait())
        self._count("failed" if error else "handled")
        _age.record((clock.now() - envelope.time).total_seconds(), {"handler": self.hearing.queue})
        return error

    def _set_aside(self, delivery: Delivery, error: Exception) -> None:
        """Copies the event to the queue of its next retry or of the dead letters, then acknowledges it."""
        attempt = int(delivery.headers.get(ATTEMPT, 1))
        # No retry mends what cannot be read.
        target = self.hearing.dead if isinstance(error, MalformedEvent) else self.hearing.after(attempt)
        if target == self.hearing.dead:
            log.error("%s: parked after attempt %d: %r", target, attempt, error)
            self._count("parked")
        else:
            log.warning("%s: attempt %d failed: %r", target, attempt, error)
        try:
            self._copy(delivery, target, {ATTEMPT: attempt + 1, ERROR: _where(error)})
        except (*_AWAY, UndeliverableMessage) as failure:
            log.warning("%s cannot be reached, the event goes back: %r", target, failure)
            eventlet.sleep(1)
            delivery.requeue()
        else:
            delivery.ack()

    def _copy(self, delivery: Delivery, target: str, headers: dict[str, Any]) -> None:
        kept = {name: delivery.headers[name] for name in ("traceparent", "tracestate") if name in delivery.headers}
        self._publisher.publish(
            delivery.body,
            exchange="",
            routing_key=target,
            content_type=delivery.content_type or CONTENT_TYPE,
            content_encoding=delivery.content_encoding or "utf-8",
            headers={**kept, **headers},
            message_id=delivery.properties.get("message_id"),
            type=delivery.properties.get("type"),
        )

    def _count(self, outcome: str) -> None:
        _outcomes.add(1, {"handler": self.hearing.queue, "outcome": outcome})


def _where(error: Exception) -> str:
    """What failed and where, without the text of the error: a dead letter must not tell more than its event."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where
