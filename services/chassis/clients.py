"""Stubs of the other services; a call through them passes on who calls, how long it may take, and the trace."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import grpc
from opentelemetry.instrumentation.grpc import client_interceptor, filters, grpcext

from services.chassis import context
from services.chassis.context import FORWARDED_FOR
from services.chassis.settings import Settings

_Stub = TypeVar("_Stub")
_Continuation = Callable[[grpc.ClientCallDetails, Any], Any]
_PATIENCE_SECONDS = 10.0

# What every process asks every few seconds would drown the traces of people's calls.
_POLLING = filters.any_of(filters.health_check(), filters.method_name("ListEndedSessions"))
WORTH_A_TRACE = filters.negate(_POLLING)

# Every RPC is safe to repeat: reads are, and creates and transitions carry a request_id. A name that stands for several
# servers is spread over all of them.
_SERVICE_CONFIG = json.dumps(
    {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {
                "name": [{}],
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "1s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ],
    }
)

# Milliseconds: a service that is back is found within a second, however long it was away.
_RECONNECTING = [("grpc.initial_reconnect_backoff_ms", 200), ("grpc.max_reconnect_backoff_ms", 1000)]


class Clients:
    """Makes stubs to the services that the settings have addresses of; channels are shared, and connect at the first call."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._channels: dict[str, grpc.Channel] = {}

    def stub(self, service: str, make: Callable[[grpc.Channel], _Stub]) -> _Stub:
        """The stub of a service, e.g. `stub("matters", MattersServiceStub)`."""
        return make(self.channel(service))

    def channel(self, service: str) -> grpc.Channel:
        """The shared channel to a service; KeyError where no address is set."""
        if service not in self._channels:
            plain = grpc.insecure_channel(
                self._settings.addresses[service],
                options=[("grpc.service_config", _SERVICE_CONFIG), ("grpc.enable_retries", 1), *_RECONNECTING],
            )
            # The instrumentation has interceptors of its own kind: gRPC would refuse them.
            traced = grpcext.intercept_channel(plain, client_interceptor(filter_=WORTH_A_TRACE))  # type: ignore[no-untyped-call]
            self._channels[service] = grpc.intercept_channel(traced, _PassOn())
        return self._channels[service]


class _CallDetails(grpc.ClientCallDetails):
    def __init__(
        self, details: grpc.ClientCallDetails, timeout: float | None, metadata: tuple[tuple[str, str | bytes], ...]
    ) -> None:
        self.method = details.method
        self.timeout = timeout
        self.metadata = metadata
        self.credentials = details.credentials
        self.wait_for_ready = getattr(details, "wait_for_ready", None)
        self.compression = getattr(details, "compression", None)


class _PassOn(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor, grpc.StreamUnaryClientInterceptor):
    def _on(self, continuation: _Continuation, details: grpc.ClientCallDetails, request: Any) -> Any:
        """Adds the caller's token and address, and what is left of the call's deadline."""
        call = context.current()
        metadata = tuple(details.metadata or ())
        if call.caller.token:
            metadata = (*metadata, ("authorization", f"Bearer {call.caller.token}"))
        if call.address:
            metadata = (*metadata, (FORWARDED_FOR, call.address))
        timeout = details.timeout if details.timeout is not None else min(call.seconds_left(), _PATIENCE_SECONDS)
        return continuation(_CallDetails(details, timeout, metadata), request)

    def intercept_unary_unary(self, continuation: _Continuation, details: grpc.ClientCallDetails, request: Any) -> Any:
        """As `_on`."""
        return self._on(continuation, details, request)

    def intercept_unary_stream(self, continuation: _Continuation, details: grpc.ClientCallDetails, request: Any) -> Any:
        """As `_on`."""
        return self._on(continuation, details, request)

    def intercept_stream_unary(self, continuation: _Continuation, details: grpc.ClientCallDetails, request: Any) -> Any:
        """As `_on`."""
        return self._on(continuation, details, request)
