"""How long a page takes, and how long the calls that it makes: told in the reply as Server-Timing (W3C), in milliseconds."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import grpc

_calls: ContextVar[list[float] | None] = ContextVar("calls", default=None)


@contextmanager
def measured() -> Iterator[list[float]]:
    """Collects the milliseconds of each call that is made meanwhile, in this thread."""
    taken: list[float] = []
    token = _calls.set(taken)
    try:
        yield taken
    finally:
        _calls.reset(token)


def told(began: float, calls: list[float]) -> str:
    """The header's value; `began` by time.monotonic()."""
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
