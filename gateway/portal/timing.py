"""How long a page takes, and how long the calls that it makes: told in the reply as Server-Timing (W3C), in milliseconds."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import grpc
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_calls: ContextVar[list[float] | None] = ContextVar("calls", default=None)
# Where a request's scope keeps the milliseconds of its calls.
CALLS = "yimen.calls"


class Times:
    """Tells in every reply what it took from the first to the last of our own work."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request."""
        began, calls = time.monotonic(), scope.setdefault(CALLS, [])

        async def timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"server-timing", _told(began, calls).encode())]
            await send(message)

        await self._app(scope, receive, timed if scope["type"] == "http" else send)


@contextmanager
def measured(calls: list[float]) -> Iterator[None]:
    """Adds the milliseconds of each call that is made meanwhile, in this thread."""
    token = _calls.set(calls)
    try:
        yield
    finally:
        _calls.reset(token)


def _told(began: float, calls: list[float]) -> str:
    parts = {"page": (time.monotonic() - began) * 1000, "calls": sum(calls), "slowest": max(calls, default=0.0)}
    return ", ".join(f"{name};dur={milliseconds:.2f}" for name, milliseconds in parts.items())


class Timed(grpc.UnaryUnaryClientInterceptor):
    """Measures each call."""

    def intercept_unary_unary(
        self, continuation: Callable[[grpc.ClientCallDetails, Any], Any], details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        """Passes the call on."""
        began = time.perf_counter()
        try:
            return continuation(details, request)
        finally:
            taken = _calls.get()
            if taken is not None:
                taken.append((time.perf_counter() - began) * 1000)
