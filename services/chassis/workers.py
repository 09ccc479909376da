"""Workers: nameko services that hear events and fire timers, in processes of their own without gRPC.

A handler is called at least once for each event, and not again once it has succeeded. Its effect and the mark
that it succeeded are not one atomic write, so every handler must bear being called twice for one event: it derives
what it makes from the event's id, or asks whether it is made already.

A handler that raises is tried again after growing delays; then its event is parked in its dead-letter queue. Each
handler has its own queue and its own greenlets: one that fails or hangs does not hold back another.
"""

import functools
import importlib
import importlib.util
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import eventlet
from google.protobuf.message import Message
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR, DependencyProvider, register_entrypoint
from nameko.runners import ServiceRunner
from nameko.timer import Timer
from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind

from services.chassis import context, documents, healthpage, marks
from services.chassis.caller import Caller
from services.chassis.context import Call, Granted, Scope
from services.chassis.ears import AT_ONCE, SETTINGS, Ears, Hears
from services.chassis.events import Envelope
from services.chassis.queues import DELAYS, Hearing
from services.chassis.settings import Settings

log = logging.getLogger(__name__)

_Given = TypeVar("_Given")
_tracer = trace.get_tracer(__name__)


def hears(*events: type[Message], delays: tuple[int, ...] = DELAYS) -> Callable[[Any], Any]:
    """Has the method called with each event of these types, as `method(event, envelope)`.

    It runs as the caller of the call that caused the event, in the scope of the event's hall, in its trace.
    """

    def register(method: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(method)
        def handle(self: Any, event: Message, envelope: Envelope) -> None:
            handler = f"{self.name}.{method.__name__}"
            with _caused_by(envelope, handler):
                if not marks.is_handled(self.name, handler, envelope.id):
                    method(self, event, envelope)
                    marks.handled(self.name, handler, envelope.id)

        register_entrypoint(handle, Hears(events, delays))
        return handle

    return register


def every(seconds: float) -> Callable[[Any], Any]:
    """Has the method called every so many seconds in one of the replicas: the one that has the lease."""

    def register(method: Callable[[Any], None]) -> Callable[[Any], None]:
        @functools.wraps(method)
        def fire(self: Any) -> None:
            with marks.leased(self.name, f"{self.name}.{method.__name__}", seconds) as ours:
                if ours:
                    method(self)

        register_entrypoint(fire, Timer(seconds))
        return fire

    return register


def given(build: Callable[[Settings], _Given]) -> _Given:
    """What a worker class is given at start: `post = given(lambda settings: Post(settings.smtp))`."""
    return cast(_Given, _FromSettings(build))


def hearings(service: str) -> list[Hearing]:
    """What the worker of a service hears; nothing where the service has no worker."""
    module = f"services.{service}.worker"
    if importlib.util.find_spec(module) is None:
        return []
    things = vars(importlib.import_module(module)).values()
    return [hearing for thing in things if getattr(thing, "name", None) == service for hearing in hearings_of(thing)]


def hearings_of(worker: Any) -> Iterator[Hearing]:
    """What a worker class hears."""
    for method, entrypoint in _entrypoints(worker):
        if isinstance(entrypoint, Hears):
            yield Hearing(worker.name, method, entrypoint.events, entrypoint.delays)


def run(service: str, worker: Any, settings: Settings) -> None:
    """Runs a worker until SIGTERM or SIGINT; then refuses new events, and ends once those in hand are settled.

    eventlet must have patched the process before this module was imported, and gRPC must not be in it.
    """
    if "grpc" in sys.modules:
        raise RuntimeError("gRPC and eventlet block each other: a worker must not import grpc")
    documents.connect(settings, service)
    marks.ensure_indexes(service)
    # A greenlet for whatever can be in hand at once, so that no handler or timer waits for another's.
    greenlets = sum(AT_ONCE if isinstance(entrypoint, Hears) else 1 for _, entrypoint in _entrypoints(worker))
    runner = ServiceRunner({SETTINGS: settings, "max_workers": greenlets})
    runner.add_service(worker)
    ears = next(iter(runner.containers)).shared_extensions.get(Ears)
    healthpage.serve(settings.listen, lambda: ears is None or ears.listening)
    for number in (signal.SIGTERM, signal.SIGINT):
        # A signal arrives in the hub, which may not wait.
        signal.signal(number, lambda *_: eventlet.spawn_n(runner.stop))
    runner.start()
    log.info("working", extra={"service": service, "hears": [hearing.queue for hearing in hearings_of(worker)]})
    runner.wait()


def _entrypoints(worker: Any) -> Iterator[tuple[str, Any]]:
    for name, method in vars(worker).items():
        for entrypoint in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ()):
            yield name, entrypoint


@contextmanager
def _caused_by(envelope: Envelope, handler: str) -> Iterator[None]:
    grants = (Granted(Scope(hall=envelope.hall)),) if envelope.hall else ()
    call = Call(method=handler, caller=Caller(person=envelope.caller), grants=grants)
    cause = extract({"traceparent": envelope.traceparent})
    span = _tracer.start_as_current_span(f"{handler} {envelope.type}", cause, SpanKind.CONSUMER)
    with context.during(call), span:
        yield


class _FromSettings(DependencyProvider):
    def __init__(self, build: Callable[[Settings], Any]) -> None:
        self._build = build

    def setup(self) -> None:
        self._built = self._build(self.container.config[SETTINGS])

    def get_dependency(self, worker_ctx: object) -> Any:
        return self._built
