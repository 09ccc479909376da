"""What every call passes through, in this order: caller, field rules, scope, idempotency, the servicer, errors, metrics."""

import hmac
import time
from collections.abc import Callable, Container, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.message import Message
from grpc_status import rpc_status
from opentelemetry import metrics, trace

from services.chassis import audit, context, tenancy, validation, wire
from services.chassis.access import Access, resource_name
from services.chassis.caller import NOBODY, Caller, Verifier
from services.chassis.context import FORWARDED_FOR, Call
from services.chassis.documents import Repeated
from services.chassis.errors import NothingSent, TokenInvalid

_duration = metrics.get_meter("yimen").create_histogram("rpc.server.duration", unit="ms", description="By method and code.")

if TYPE_CHECKING:
    Handler = grpc.RpcMethodHandler[Any, Any]
else:
    Handler = grpc.RpcMethodHandler


class Pipeline(grpc.ServerInterceptor):
    """Wraps the handlers of the services whose rules it was given; health and reflection pass untouched.

    `rules`: full method path (`/yimen.intake.v1.IntakeService/GetCase`) → its rule.
    """

    def __init__(self, rules: dict[str, Access], verifier: Verifier, secret: bytes) -> None:
        self._rules = rules
        self._secret = secret
        self._verifier = verifier
        self._wrapped: dict[str, Handler] = {}

    def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Handler | None], details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """The wrapped handler of a method, made once."""
        path = details.method
        if path not in self._rules:
            return continuation(details)
        if path not in self._wrapped:
            handler = continuation(details)
            if handler is None:
                return None
            self._wrapped[path] = self._wrap(path, handler)
        return self._wrapped[path]

    def _wrap(self, path: str, handler: Handler) -> Handler:
        replies = _streamed if handler.response_streaming else _at_once
        answer = replies(self, path, handler)
        make = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
        }[handler.request_streaming, handler.response_streaming]
        return make(answer, handler.request_deserializer, handler.response_serializer)

    def admit(self, path: str, request: Message, grpc_context: grpc.ServicerContext) -> Call:
        """The call that a request makes, once its caller, fields and scope are known to be right."""
        rule = self._rules[path]
        caller = self._caller(grpc_context)
        validation.check(request)
        grants = rule.grants(caller, resource_name(request), tenancy.hall_exists)
        request_id: str = getattr(request, "request_id", "")
        fingerprint = ""
        if request_id:
            # Keyed, since it is stored: what a request says must not be guessable from it.
            fingerprint = hmac.digest(self._secret, request.SerializeToString(deterministic=True), "sha256").hex()[:24]
        left = grpc_context.time_remaining()
        return Call(
            method=path.rpartition("/")[2],
            caller=caller,
            grants=tuple(grants),
            request_id=request_id,
            fingerprint=fingerprint,
            address=_address(grpc_context),
            deadline=time.monotonic() + left if left is not None else float("inf"),
        )

    def audit(self, path: str, request: Message) -> None:
        """Records the current call's read where its contract asks for that; a failure fails the read."""
        if self._rules[path].audited:
            audit.record(path.split(".")[1], resource_name(request))

    def _caller(self, grpc_context: grpc.ServicerContext) -> Caller:
        for key, value in grpc_context.invocation_metadata():
            if key == "authorization":
                scheme, _, token = str(value).partition(" ")
                if scheme.lower() != "bearer":
                    raise TokenInvalid(why_zh="须为 Bearer 令牌", why_en="a Bearer token is expected")
                return self._verifier.caller(token)
        return NOBODY


class Streams(grpc.ServerInterceptor):
    """Gives the calls that send or are sent a stream threads of their own; outside of all that wraps a handler."""

    def __init__(self, rules: Container[str], threads: ThreadPoolExecutor) -> None:
        self._rules = rules
        self._threads = threads

    def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Handler | None], details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """The handler, marked as gRPC reads it."""
        handler = continuation(details)
        if handler and details.method in self._rules and (handler.request_streaming or handler.response_streaming):
            behaviour: Any = handler.stream_unary or handler.unary_stream
            behaviour.experimental_thread_pool = self._threads
        return handler


def _address(grpc_context: grpc.ServicerContext) -> str:
    """What the gateway, the last hop, wrote down: whatever stands before it anybody may have written."""
    told = [str(value) for key, value in grpc_context.invocation_metadata() if key == FORWARDED_FOR]
    return told[-1].rpartition(",")[2].strip() if told else ""


def _first(request: Any, streaming: bool) -> tuple[Message, Any]:
    """The message that a call is judged by, and what its servicer is given."""
    if not streaming:
        return request, request
    first = next(request, None)
    if first is None:
        raise NothingSent
    return first, chain([first], request)


def _at_once(pipeline: Pipeline, path: str, handler: Handler) -> Callable[..., Any]:
    behaviour: Any = handler.stream_unary if handler.request_streaming else handler.unary_unary

    def answer(request: Any, grpc_context: grpc.ServicerContext) -> Any:
        began = time.perf_counter()
        try:
            judged, given = _first(request, handler.request_streaming)
            with context.during(pipeline.admit(path, judged, grpc_context)):
                reply = _reply(behaviour, given, grpc_context)
                pipeline.audit(path, judged)
        except Exception as error:
            _refuse(path, began, error, grpc_context)
        _measure(path, began, "OK")
        return reply

    return answer


def _reply(behaviour: Any, given: Any, grpc_context: grpc.ServicerContext) -> Any:
    """The servicer's reply; of a request that was carried out before, the document as it is now and as this caller sees it."""
    try:
        return behaviour(given, grpc_context)
    except Repeated as repeated:
        return repeated.document.to_proto()


def _streamed(pipeline: Pipeline, path: str, handler: Handler) -> Callable[..., Iterator[Any]]:
    behaviour: Any = handler.unary_stream

    def answer(request: Any, grpc_context: grpc.ServicerContext) -> Iterator[Any]:
        began = time.perf_counter()
        try:
            with context.during(pipeline.admit(path, request, grpc_context)):
                for number, message in enumerate(behaviour(request, grpc_context)):
                    if number == 0:
                        pipeline.audit(path, request)
                    yield message
        except Exception as error:
            _refuse(path, began, error, grpc_context)
        _measure(path, began, "OK")

    return answer


def _refuse(path: str, began: float, error: Exception, grpc_context: grpc.ServicerContext) -> None:
    if grpc_context.code() is not None:  # type: ignore[attr-defined]
        raise error
    trace_id = f"{trace.get_current_span().get_span_context().trace_id:032x}"
    status = rpc_status.to_status(wire.status_of(error, trace_id))
    _measure(path, began, status.code.name)
    grpc_context.abort_with_status(status)


def _measure(path: str, began: float, code: str) -> None:
    _duration.record((time.perf_counter() - began) * 1000, {"rpc.method": path, "rpc.grpc.status_code": code})
