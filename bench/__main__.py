"""`python -m bench [--rounds N] [--calls N]`: brings a platform up under a folder of its own, measures it, prints Markdown."""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil

from bench import cases, load, matters
from bench.echo import METHOD
from bench.load import Call, Json, Seen, channels
from gateway.filters import Limits
from stack.journey import MATTER
from stack.platform import Stack
from stack.seed import seed
from yimen.matters.v1 import matter_pb2, matters_pb2_grpc

WORKERS = 10


@contextmanager
def echo_server() -> Iterator[str]:
    """The address of a bare echo server in a process of its own."""
    with subprocess.Popen([sys.executable, "-m", "bench.echo"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"127.0.0.1:{process.stdout.readline().strip()}"
        process.kill()


def echoes(address: str, number: int) -> list[list[Call]]:
    """Calls of the echo with a message as long as a matter."""
    message = b"x" * 4000
    stubs: list[Callable[..., bytes]] = [channel.unary_unary(METHOD) for channel in channels(address, WORKERS)]
    return [[partial(stub, message, timeout=20)] * number for stub in stubs]


def gets(address: str, number: int) -> list[list[Call]]:
    """GetMatter over gRPC."""
    request = matter_pb2.GetMatterRequest(name=MATTER)
    stubs = [matters_pb2_grpc.MattersServiceStub(channel) for channel in channels(address, WORKERS)]
    return [[partial(stub.GetMatter, request, timeout=20)] * number for stub in stubs]


def json_gets(address: str, number: int) -> list[list[Call]]:
    """GetMatter as JSON."""
    clients = [Json(address, {}) for _ in range(WORKERS)]
    return [[partial(client, "GET", f"/v1/{MATTER}")] * number for client in clients]


def measure(stack: Stack, rounds: int, calls: int) -> tuple[dict[str, Seen], cases.Submissions]:
    """Every target in turn, round after round, so that a drift of the machine meets all of them alike."""
    gateway = stack.address("gateway")
    submissions = cases.Submissions(stack, WORKERS)
    seen: dict[str, Seen] = {}

    def target(name: str, workers: list[list[Call]]) -> None:
        load.run(workers, seen.setdefault(name, Seen()))

    def named(way: str, step: str, workers: list[list[Call]]) -> None:
        target(f"{step}, {way}", workers)

    with echo_server() as echo:
        for number in range(rounds + 1):
            if number == 1:
                seen.clear()  # the first round warms up
            target("echo, bare grpcio", echoes(echo, calls))
            target("GetMatter, straight, gRPC", gets(stack.address("matters"), calls))
            target("GetMatter, gateway, gRPC", gets(gateway, calls))
            target("GetMatter, gateway, JSON", json_gets(gateway, calls))
            for way, submit in (
                ("straight, gRPC", submissions.straight),
                ("gateway, gRPC", submissions.through_gateway),
                ("gateway, JSON", submissions.as_json),
            ):
                submit(max(calls // 20, 2), partial(named, way))
    return seen, submissions


def table(seen: dict[str, Seen]) -> Iterator[str]:
    """Rates and latencies, each also as a ratio to the echo of the same run."""
    echo = next(iter(seen.values()))
    yield "| call | calls/s | of echo | p50 ms | of echo | p99 ms | of echo | calls |"
    yield "| --- | --: | --: | --: | --: | --: | --: | --: |"
    for name, figures in seen.items():
        rate = f"{figures.rate:.0f} | {figures.rate / echo.rate:.2f}"
        quantiles = " | ".join(f"{figures.quantile(q):.1f} | {figures.quantile(q) / echo.quantile(q):.1f}" for q in (50, 99))
        yield f"| {name} | {rate} | {quantiles} | {len(figures.latencies)} |"


def memory(stack: Stack) -> Iterator[str]:
    """The resident memory of each process of the platform with its children."""
    yield "| process | resident MB |"
    yield "| --- | --: |"
    for name, process in stack.processes.items():
        if process.alive:
            top = psutil.Process(process.pid)
            family = [top, *top.children(recursive=True)]
            yield f"| {name} | {sum(member.memory_info().rss for member in family) / 1e6:.0f} |"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds that count, after one that warms up")
    parser.add_argument("--calls", type=int, default=200, help="calls of each of ten workers, for each target and round")
    options = parser.parse_args()
    say: Callable[[str, str], None] = lambda name, message: print(f"{name}: {message}", file=sys.stderr)  # noqa: E731
    with tempfile.TemporaryDirectory(prefix="yimen-bench-") as root:
        # One person makes all the calls here: what the gateway allows one is not what is measured.
        stack = Stack(Path(root), limits=Limits(address_per_second=100_000, person_per_second=100_000))
        try:
            stack.start(say)
            seed(stack, say)
            began = time.monotonic()
            seen, submissions = measure(stack, options.rounds, options.calls)
            say("bench", f"measured for {time.monotonic() - began:.0f} s")
            told = submissions.publish_to_notified()
            print("\n".join(table(seen)), end="\n\n")
            print("| from the transition to the notice in the inbox | p50 ms | p99 ms | facts |\n| --- | --: | --: | --: |")
            print(f"| CaseSubmitted | {told.quantile(50):.0f} | {told.quantile(99):.0f} | {len(told.latencies)} |\n")
            print("\n".join(matters.measure(stack, say).table()), end="\n\n")
            print("\n".join(memory(stack)))
        finally:
            stack.stop(say)


if __name__ == "__main__":
    main()
