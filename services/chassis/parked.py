"""What handlers could not handle: their dead-letter queues, looked at and emptied by hand, without kombu and eventlet.

To look is to take without acknowledging: whatever ends the look, the end of the process too, puts every letter back where
it was. To replay is to publish, to wait for the broker's confirm, and to acknowledge then: a crash in between leaves a
letter twice, and never loses it.
"""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import pika
import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection

from services.chassis.broker import brokers
from services.chassis.errors import Aborted, Unavailable
from services.chassis.events import ATTEMPT, ERROR
from services.chassis.settings import Settings

SUFFIX = ".dead"

# An exclusive queue is one connection's: whoever has it looks, others wait, since what one holds no other sees.
_TURN = "deadletters.turn"
_TURN_SECONDS = 5.0
_AGAIN_SECONDS = 0.1
# Letters of one handler that are looked at in one call, those that have waited longest.
_MOST = 500
_NO_QUEUE, _LOCKED = 404, 405
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")


class BrokerAway(Unavailable):
    """The broker does not answer."""

    zh = "消息队列暂时没有应答，请稍后再试"
    en = "the message broker does not answer: try again later"


class DeadLettersTaken(Aborted):
    """Somebody else looks through the dead letters at this moment."""

    zh = "有人正在查看死信队列，请稍后再试"
    en = "somebody else is looking through the dead letters: try again in a moment"


class Taken(NamedTuple):
    """A letter in hand: it goes back to its place unless it is replayed."""

    delivery: int
    properties: Any
    body: bytes


@dataclass(frozen=True)
class Letter:
    """What is known of a letter without what its event says; `key` names it, `hall` is a code; of what is no event, little."""

    handler: str
    key: str
    event_type: str
    event_id: str
    subject: str
    hall: str
    time: datetime | None
    attempts: int
    error: str


class DeadLetters:
    """The dead letters of some handlers, each named as the queue that it hears."""

    def __init__(self, settings: Settings, handlers: Sequence[str]) -> None:
        self._settings = settings
        self._handlers = handlers

    def look(self) -> list[Letter]:
        """Those that wait now, at most 500 of a handler; BrokerAway, DeadLettersTaken."""
        with _answering(), connected(self._settings) as connection:
            return [letter(handler, taken) for handler in self._handlers for _, taken in _there(connection, handler)]

    def replay(self, meant: Callable[[Letter], bool]) -> Letter | None:
        """Gives the letter that is meant to its handler again; None where it is not there. BrokerAway, DeadLettersTaken."""
        with _answering(), connected(self._settings) as connection:
            for handler in self._handlers:
                for channel, taken in _there(connection, handler):
                    found = letter(handler, taken)
                    if meant(found):
                        replay(channel, handler, taken)
                        return found
        return None


@contextmanager
def connected(settings: Settings) -> Iterator[BlockingConnection]:
    """A connection whose turn it is to look; everything that it holds goes back when it closes."""
    connection = pika.BlockingConnection(brokers(settings, "dead letters"))
    try:
        _wait_for_turn(connection)
        yield connection
    finally:
        if connection.is_open:
            connection.close()


def waiting(channel: BlockingChannel, queue: str, most: int = 0) -> Iterator[Taken]:
    """Takes those that are there now, so that one which fails again at once is not met twice; 0 is all."""
    there = channel.queue_declare(queue, passive=True).method.message_count
    for _ in range(min(there, most or there)):
        method, properties, body = channel.basic_get(queue)
        if method is None:
            return
        yield Taken(method.delivery_tag, properties, body)


def replay(channel: BlockingChannel, handler: str, taken: Taken) -> None:
    """Gives what was taken to its handler, as if it had never failed; the channel has to have confirms."""
    headers = taken.properties.headers or {}
    taken.properties.headers = {name: value for name, value in headers.items() if name == "traceparent"}
    channel.basic_publish("", handler, taken.body, taken.properties, mandatory=True)
    channel.basic_ack(taken.delivery)


def attempts(taken: Taken) -> int:
    """How often its handler was tried; 0 where the broker parked it."""
    return int((taken.properties.headers or {}).get(ATTEMPT, 1)) - 1


def error(taken: Taken) -> str:
    """The kind of the last error and its place."""
    return str((taken.properties.headers or {}).get(ERROR, ""))


def letter(handler: str, taken: Taken) -> Letter:
    """What is known of a letter; of what is no event, that it is there."""
    event = _event(taken.body)
    event_id = event.get("id", "")
    # What has no plain id of its own is named by what it is.
    named = event_id if _PLAIN.fullmatch(event_id) else hashlib.sha256(taken.body).hexdigest()[:32]
    return Letter(
        handler=handler,
        key=f"{handler}.{named}",
        event_type=event.get("type", ""),
        event_id=event_id,
        subject=event.get("subject", ""),
        hall=event.get("hall", ""),
        time=_time(event.get("time", "")),
        attempts=attempts(taken),
        error=error(taken),
    )


def _there(connection: BlockingConnection, handler: str) -> Iterator[tuple[BlockingChannel, Taken]]:
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        for taken in waiting(channel, handler + SUFFIX, _MOST):
            yield channel, taken
    except pika.exceptions.ChannelClosedByBroker as closed:
        # No worker has heard yet: there is no queue, so nothing is in it.
        if closed.reply_code != _NO_QUEUE:
            raise


def _wait_for_turn(connection: BlockingConnection) -> None:
    deadline = time.monotonic() + _TURN_SECONDS
    while True:
        try:
            connection.channel().queue_declare(_TURN, exclusive=True)
        except pika.exceptions.ChannelClosedByBroker as closed:
            if closed.reply_code != _LOCKED:
                raise
            if time.monotonic() > deadline:
                raise DeadLettersTaken from closed
            connection.sleep(_AGAIN_SECONDS)
        else:
            return


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (pika.exceptions.AMQPError, OSError) as away:
        raise BrokerAway from away


def _event(body: bytes) -> dict[str, str]:
    """The texts of an event's envelope; none for what is no event."""
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return {name: value for name, value in read.items() if isinstance(value, str)} if isinstance(read, dict) else {}


def _time(said: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return at if at.tzinfo else None
