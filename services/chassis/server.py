"""The gRPC server of a process: one or several services behind one pipeline, with health, reflection, relays and a drain."""

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, Self

import grpc
import mongoengine
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from opentelemetry.instrumentation.grpc import server_interceptor
from pymongo.errors import PyMongoError

from services.chassis import audit, documents, pages, tenancy
from services.chassis.access import Access
from services.chassis.caller import Verifier
from services.chassis.clients import WORTH_A_TRACE, Clients
from services.chassis.documents import Resource
from services.chassis.pipeline import Pipeline, Streams
from services.chassis.relay import Relay
from services.chassis.settings import Settings
from yimen.identity.v1 import identity_pb2_grpc, sessions_pb2

log = logging.getLogger(__name__)

MESSAGE_BYTES = 4 * 1024 * 1024
_LOOK_EVERY_SECONDS = 2.0

_OPTIONS = [
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", 2 * MESSAGE_BYTES),
    ("grpc.so_reuseport", 0),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
]


class Beside(Protocol):
    """What runs in a service's process beside its calls, in a thread of its own, e.g. an index that follows the store."""

    def start(self) -> None:
        """Called once the store is connected, before the first call is answered; what calls need is there on return."""

    def stop(self) -> None:
        """Called before the store is disconnected; the thread has ended on return."""


@dataclass(frozen=True)
class Service:
    """One service as a process serves it.

    `add`: the generated add_…Servicer_to_server. `documents`: its stored classes; empty where it keeps nothing.
    """

    name: str
    descriptor: ServiceDescriptor
    add: Callable[[Any, grpc.Server], None]
    servicer: Any
    documents: Sequence[type[Resource]] = ()
    # Called once the store is connected, e.g. to make indexes of collections that are no Resource.
    prepare: Callable[[], None] | None = None
    beside: Sequence[Beside] = ()


def verifier_of(clients: Clients) -> Verifier:
    """A verifier that asks the identity service for its keys and for the sessions that ended."""

    def keys() -> bytes:
        return bytes(_identity(clients).GetKeys(sessions_pb2.GetKeysRequest()).data)

    def ended() -> Sequence[str]:
        return _identity(clients).ListEndedSessions(sessions_pb2.ListEndedSessionsRequest()).sessions

    return Verifier(keys, ended)


def _identity(clients: Clients) -> identity_pb2_grpc.IdentityServiceStub:
    return clients.stub("identity", identity_pb2_grpc.IdentityServiceStub)


class Server:
    """A gRPC server with its relays; `port` is known after start."""

    def __init__(self, services: Sequence[Service], settings: Settings, verifier: Verifier) -> None:
        self._services = services
        self._settings = settings
        self._verifier = verifier
        self._stopping = threading.Event()
        self._health = health.HealthServicer()
        self._relays: list[Relay] = []
        self._watcher = threading.Thread(target=self._watch, name="watch", daemon=True)
        self.port = 0

    def start(self) -> Self:
        """Connects, makes the indexes, listens; raises where the address is taken or the store refuses an index."""
        tenancy.use(self._settings.tenants)
        pages.use_key(self._settings.page_key())
        for service in self._services:
            self._open_store(service)
        for companion in self._companions():
            companion.start()
        rules = {
            f"/{service.descriptor.full_name}/{method.name}": Access.of(method)
            for service in self._services
            for method in service.descriptor.methods
        }
        traced = server_interceptor(filter_=WORTH_A_TRACE)  # type: ignore[no-untyped-call]
        # Whoever sends or reads a file may be slow: other calls, and whoever asks whether we live, must not wait for them.
        streams = ThreadPoolExecutor(self._settings.stream_threads, "stream")
        self._grpc = grpc.server(
            ThreadPoolExecutor(self._settings.threads, "rpc"),
            interceptors=[Streams(rules, streams), traced, Pipeline(rules, self._verifier, self._settings.page_key())],
            options=_OPTIONS,
        )
        for service in self._services:
            service.add(service.servicer, self._grpc)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._grpc)
        reflection.enable_server_reflection([*self._names(), health.SERVICE_NAME, reflection.SERVICE_NAME], self._grpc)
        self.port = self._grpc.add_insecure_port(self._settings.listen)
        self._grpc.start()
        # Whoever asks whether the process lives must not hear of the store: killing us would not bring it back.
        self._health.set("live", health_pb2.HealthCheckResponse.SERVING)
        self._look()
        self._watcher.start()
        log.info("serving", extra={"services": self._names(), "port": self.port})
        return self

    def stop(self, drain_seconds: float = 0.0) -> None:
        """NOT_SERVING first, so that load balancers turn away; then the calls in flight end; then the relays."""
        self._health.enter_graceful_shutdown()
        self._stopping.wait(drain_seconds)
        self._stopping.set()
        self._grpc.stop(grace=10).wait()
        for companion in self._companions():
            companion.stop()
        for relay in self._relays:
            relay.stop()
        for service in self._services:
            mongoengine.disconnect(alias=service.name)

    def _open_store(self, service: Service) -> None:
        documents.connect(self._settings, service.name)
        audit.records_of(service.name).ensure_indexes()
        for document in service.documents:
            document.ensure_indexes()
        if service.prepare:
            service.prepare()
        if service.documents:
            relay = Relay(self._settings, service.name, service.documents)
            relay.start()
            self._relays.append(relay)
            documents.tell(service.name, relay.nudge)

    def _companions(self) -> list[Beside]:
        return [companion for service in self._services for companion in service.beside]

    def _names(self) -> list[str]:
        return [service.descriptor.full_name for service in self._services]

    def _watch(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY_SECONDS):
            self._look()

    def _look(self) -> None:
        """Serving means that the store answers; keys and the sessions that ended are learnt on the way."""
        serving = all(_answers(service.name) for service in self._services)
        state = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in ["", *self._names()]:
            self._health.set(name, state)
        try:
            self._verifier.refresh()
        except grpc.RpcError as error:
            log.warning("what identity says of sessions could not be learnt: %s", error)


def _answers(alias: str) -> bool:
    try:
        mongoengine.get_connection(alias).admin.command("ping")
    except PyMongoError as error:
        log.warning("the store does not answer: %s", error)
        return False
    return True


def serve(services: Sequence[Service], settings: Settings, clients: Clients) -> None:
    """Serves until SIGTERM or SIGINT, then drains."""
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    server = Server(services, settings, verifier_of(clients)).start()
    ending.wait()
    server.stop(settings.drain_seconds)
