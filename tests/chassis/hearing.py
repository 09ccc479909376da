"""Builders for tests of events: papers with facts to tell, workers in processes of their own, a look at the broker."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import mongoengine
import pika
import pika.exceptions
import pymongo
from google.protobuf.message import Message
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from pymongo.collection import Collection

from services.chassis import clock, context, documents, events
from services.chassis.caller import Caller
from services.chassis.context import Scope
from services.chassis.events import Envelope, OutboxEntry
from services.chassis.settings import Settings
from tests.chassis.paper import Paper
from yimen.intake.v1.events_pb2 import CaseFacts, CaseSubmitted

_Found = TypeVar("_Found")
HALL = "440307003001"


def until(look: Callable[[], _Found | None], seconds: float = 20.0) -> _Found:
    """What `look` finds once it is true; its last answer fails the test after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r} after {seconds} s"
        time.sleep(0.02)
    return found


def submitted(number: str = "") -> CaseSubmitted:
    """The fact that a case was submitted; `number` tells the attentive worker what to do with it."""
    return CaseSubmitted(facts=CaseFacts(number=number), submission=1)


@contextmanager
def a_drawer_of_papers(settings: Settings) -> Iterator[None]:
    """A store for papers, closed afterwards."""
    documents.connect(settings, "intake")
    Paper.ensure_indexes()
    try:
        yield
    finally:
        mongoengine.disconnect("intake")


def a_paper(*facts: Message, by: str = "people/lin") -> Paper:
    """A stored paper that has these facts to tell."""
    with context.acting_in(Scope(hall=HALL), Caller(person=by)):
        return Paper.new(hall=HALL, applicant=by).save_with(*facts)


def an_old_paper(*facts: Message) -> Paper:
    """A stored paper whose facts have waited for a minute, as after a crash."""
    paper = a_paper(*facts)
    since = clock.real_now() - timedelta(minutes=1)
    Paper._get_collection().update_one({"_id": paper.pk}, {"$set": {"outbox.$[].since": since}})
    return paper


def every_outbox_is_empty() -> bool:
    """Whether no paper has anything left to tell."""
    tomorrow = clock.real_now() + timedelta(days=1)
    return Paper._get_collection().find_one({"outbox.since": {"$lte": tomorrow}}) is None


def outbox_of(paper: Paper) -> list[dict[str, Any]]:
    """What the store still keeps of a paper's facts."""
    found: dict[str, Any] = Paper._get_collection().find_one({"_id": paper.pk})
    kept: list[dict[str, Any]] = found["outbox"]
    return kept


@contextmanager
def a_channel(broker: str) -> Iterator[Any]:
    """A channel with confirms to the broker."""
    connection = pika.BlockingConnection(pika.URLParameters(broker))
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        yield channel
    finally:
        connection.close()


TRACE = 0x4BF92F3577B34DA6A3CE929D0E0E4736


@contextmanager
def a_trace() -> Iterator[None]:
    """Runs its block in a trace that an edge has begun."""
    begun = SpanContext(TRACE, 0x00F067AA0BA902B7, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    with trace.use_span(NonRecordingSpan(begun)):
        yield


def a_fact(message: Message) -> OutboxEntry:
    """A fact as an outbox keeps it."""
    return events.entry(message, subject=f"halls/{HALL}/cases/c1", hall=HALL, caller="people/lin")


def publish(broker: str, *messages: Message | OutboxEntry | bytes) -> list[str]:
    """Publishes facts, or bytes that are none, as a relay does; returns the events' ids."""
    ids = []
    with a_channel(broker) as channel:
        for message in messages:
            if isinstance(message, bytes):
                key, body, name = "yimen.intake.v1.CaseSubmitted", message, ""
            else:
                kept = message if isinstance(message, OutboxEntry) else a_fact(message)
                key, body, name = kept.type, kept.body.encode(), kept.id
            properties = pika.BasicProperties(
                content_type=events.CONTENT_TYPE, content_encoding="utf-8", delivery_mode=2, message_id=name
            )
            channel.basic_publish("yimen.intake", key, body, properties, mandatory=True)
            ids.append(name)
    return ids


def waiting_in(broker: str, queue: str) -> int:
    """How many messages are ready in a queue."""
    with a_channel(broker) as channel:
        return int(channel.queue_declare(queue, passive=True).method.message_count)


class Ear:
    """A queue of the test's own that hears what a service publishes."""

    def __init__(self, channel: Any, exchange: str = "yimen.intake", key: str = "#") -> None:
        self._channel = channel
        channel.exchange_declare(exchange, "topic", durable=True)
        self._queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(self._queue, exchange, key)

    def hears(self, count: int, seconds: float = 15.0) -> list[Envelope]:
        """The next so many events, each within so many seconds."""
        heard: list[Envelope] = []

        def another() -> bool:
            method, _, body = self._channel.basic_get(self._queue, auto_ack=True)
            if method:
                heard.append(Envelope.from_json(body))
            return bool(method)

        while len(heard) < count:
            until(another, seconds)
        return heard

    def hears_out(self) -> list[Envelope]:
        """Everything that has been published."""
        return self.hears(int(self._channel.queue_declare(self._queue, passive=True).method.message_count))

    def hears_nothing(self, seconds: float) -> bool:
        """Whether nothing arrives for so long."""
        self._channel.connection.sleep(seconds)
        return self._channel.basic_get(self._queue, auto_ack=True)[0] is None


class AttentiveProcess:
    """The attentive worker in a process of its own; `effects` is what it wrote down."""

    def __init__(self, settings: Settings, log: Path, name: str = "") -> None:
        self.name = name or f"ear{secrets.token_hex(3)}"
        self.queue = f"{self.name}.note"
        self._settings = settings
        self._log = log
        client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(settings.mongodb_uri, tz_aware=True)
        database = client[settings.database(self.name)]
        self.effects: Collection[dict[str, Any]] = database["effects"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "AttentiveProcess":
        """Starts it and returns once it hears."""
        port = free_port()
        environment = {
            **os.environ,
            "MONGODB_URI": self._settings.mongodb_uri,
            "AMQP_URI": self._settings.amqp_uri,
            "AMQP_QUEUES": self._settings.amqp_queues,
            "YIMEN_DATABASE_PREFIX": self._settings.database_prefix,
            "YIMEN_LISTEN": f"127.0.0.1:{port}",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        with self._log.open("ab") as log:
            argv = [sys.executable, "-W", "ignore", "-m", "tests.chassis.attentive", self.name]
            self._process = subprocess.Popen(argv, env=environment, stderr=log)
        self._health = f"http://127.0.0.1:{port}"
        until(self.listening, 30)
        return self

    def listening(self) -> bool:
        """Whether the worker says that it hears the broker."""
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()[-4000:]
        try:
            return httpx.get(f"{self._health}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """Asks it to end, and returns how it ended."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(20)

    def kill(self) -> None:
        """Ends it in the middle of whatever it does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Leaves no process behind."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def times(self, kind: str, event: str) -> int:
        """How often it wrote this of an event."""
        return sum(1 for _ in self.effects.find({"event": event, "kind": kind}))


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
