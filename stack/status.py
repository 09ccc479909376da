"""What `python -m stack status` shows: every program with its port, health and memory, and the length of every queue."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import pika
import psutil
from pika.exceptions import AMQPError, ChannelClosedByBroker
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stack.platform import Stack
from stack.programs import WORKERS


@dataclass(frozen=True)
class Line:
    """One program as it is now."""

    name: str
    state: str
    pid: int
    address: str
    trouble: str
    memory: int
    age: float


@dataclass(frozen=True)
class Queue:
    """The events of one handler: how many wait for it, wait for another attempt, and are dead; and who listens."""

    name: str
    waiting: int
    retrying: int
    dead: int
    consumers: int


def programs(stack: Stack) -> list[Line]:
    """Every program that the stack runs, in the order of the platform; memory in bytes, age in seconds."""
    held = stack.processes
    lines = []
    for name, program in stack.programs.items():
        if name in held:
            process = held[name]
            memory, age = _memory_and_age(process.pid)
            trouble = program.probe() if process.alive else process.why
            lines.append(Line(name, process.state, process.pid, stack.address(name), trouble, memory, age))
    return lines


def queues(amqp_uri: str) -> list[Queue]:
    """The queues of every handler. A passive declare each: milliseconds, where rabbitmqctl takes seconds."""
    # Imported where it is wanted: it brings nameko along.
    from services.chassis import workers

    connection = pika.BlockingConnection(pika.URLParameters(amqp_uri))
    try:
        found = []
        for hearing in (each for service in WORKERS for each in workers.hearings(service)):
            waiting, consumers = _length(connection, hearing.queue)
            retrying = sum(_length(connection, hearing.retry(delay))[0] for delay in hearing.delays)
            found.append(Queue(hearing.queue, waiting, retrying, _length(connection, hearing.dead)[0], consumers))
        return found
    finally:
        connection.close()


def _length(connection: pika.BlockingConnection, queue: str) -> tuple[int, int]:
    """Messages and consumers of a queue; none where it does not exist yet, and the broker closes the channel that asked."""
    channel = connection.channel()
    try:
        reply = channel.queue_declare(queue, passive=True).method
    except ChannelClosedByBroker:
        return 0, 0
    channel.close()
    return reply.message_count, reply.consumer_count


def table(stack: Stack) -> RenderableType:
    """Both as tables."""
    return Group(_program_table(programs(stack)), "", _queue_table(stack))


def _program_table(lines: Iterable[Line]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("program", "pid", "address", "memory", "age", "health"):
        table.add_column(heading, justify="right" if heading in {"pid", "memory", "age"} else "left")
    for line in lines:
        health = Text("well", "green") if not line.trouble else Text(f"{line.state.lower()}: {line.trouble}", "red")
        table.add_row(
            line.name, str(line.pid or "-"), line.address, f"{line.memory / 2**20:.0f} MB", f"{line.age:.0f} s", health
        )
    return table


def _queue_table(stack: Stack) -> RenderableType:
    try:
        found = queues(stack.env["AMQP_URI"])
    except (AMQPError, OSError) as error:
        return Text(f"queues: the broker does not answer ({type(error).__name__})", "red")
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("handler")
    for heading in ("waiting", "retrying", "dead", "consumers"):
        table.add_column(heading, justify="right")
    for queue in found:
        dead = Text(str(queue.dead), "red" if queue.dead else "")
        table.add_row(queue.name, str(queue.waiting), str(queue.retrying), dead, str(queue.consumers))
    return table


def _memory_and_age(pid: int) -> tuple[int, float]:
    """Resident memory of a process and all below it, and how long it has run; zero where it is gone."""
    try:
        process = psutil.Process(pid) if pid else None
        if process is None:
            return 0, 0.0
        family = (process, *process.children(recursive=True))
        return sum(each.memory_info().rss for each in family), time.time() - process.create_time()
    except psutil.NoSuchProcess:
        return 0, 0.0
