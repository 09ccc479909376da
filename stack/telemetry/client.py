"""Reads the sink: spans of a trace, the latest traces, the last metrics."""

import time
from collections.abc import Callable, Sequence

import httpx

from stack.telemetry.metrics import Reading
from stack.telemetry.spans import Span


class Telemetry:
    """A client of the sink at a base URL, e.g. http://127.0.0.1:4318."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def trace(self, trace_id: str) -> list[Span]:
        """The spans of a trace that came so far, in the order of their start."""
        reply = self._http.get(f"/traces/{trace_id}")
        if reply.status_code == httpx.codes.NOT_FOUND:
            return []
        return [Span(**span) for span in reply.raise_for_status().json()]

    def latest(self, limit: int = 50) -> list[list[Span]]:
        """The traces touched last, newest first."""
        reply = self._http.get("/traces", params={"limit": limit}).raise_for_status()
        return [[Span(**span) for span in trace] for trace in reply.json()]

    def metrics(self) -> list[Reading]:
        """The newest reading of every series."""
        return [Reading(**reading) for reading in self._http.get("/metrics").raise_for_status().json()]

    def trace_when(self, trace_id: str, complete: Callable[[Sequence[Span]], bool], timeout: float = 15.0) -> list[Span]:
        """The spans of a trace once they are complete: exporters send late. TimeoutError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not complete(spans := self.trace(trace_id)):
            if time.monotonic() > deadline:
                seen = ", ".join(f"{span.service}: {span.name}" for span in spans) or "nothing"
                raise TimeoutError(f"trace {trace_id} is not complete after {timeout} s; seen: {seen}")
            time.sleep(0.2)
        return spans
