"""A load of concurrent callers, and what they saw."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import grpc

# One call of one worker: it returns when the reply is there and raises when there is none.
Call = Callable[[], object]


@dataclass
class Seen:
    """Latencies in seconds of the calls of several rounds, and how long the rounds took in all."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Calls a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, percent: int) -> float:
        """The latency, in milliseconds, that this share of the calls did not exceed."""
        return statistics.quantiles(self.latencies, n=100, method="inclusive")[percent - 1] * 1000


def run(workers: Sequence[Iterable[Call]], seen: Seen) -> None:
    """Each worker makes its calls one after another, all workers at once; the first failure is raised."""
    failures: list[BaseException] = []
    latencies: list[list[float]] = [[] for _ in workers]
    ready = threading.Barrier(len(workers) + 1)

    def work(calls: Iterable[Call], mine: list[float]) -> None:
        pending = list(calls)
        ready.wait()
        try:
            for call in pending:
                began = time.perf_counter()
                call()
                mine.append(time.perf_counter() - began)
        except (grpc.RpcError, http.client.HTTPException, OSError, AssertionError) as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(workers, latencies, strict=True)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    seen.seconds += time.perf_counter() - began
    if failures:
        raise failures[0]
    for mine in latencies:
        seen.latencies += mine


def channels(address: str, number: int) -> list[grpc.Channel]:
    """Channels with a connection each, none shared behind the scenes."""
    return [grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)]) for _ in range(number)]


class Json:
    """JSON calls over one kept connection."""

    def __init__(self, address: str, headers: dict[str, str]) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=20)
        self._headers = headers | {"content-type": "application/json"}

    def __call__(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """The body of a 200; AssertionError with it for anything else."""
        self._connection.request(method, path, body, self._headers)
        response = self._connection.getresponse()
        reply = response.read()
        assert response.status == 200, f"{method} {path}: {response.status} {reply[:500]!r}"
        return reply
