"""Events that their handlers could not handle: `python -m services.chassis.deadletters list | show | replay`.

list [QUEUE …]                     how many wait in each dead-letter queue; without names in those of every worker
show QUEUE [--limit N]             the events with what failed, one JSON object a line; they stay where they are
replay QUEUE [--id EVENT] [--limit N]   gives them to the handler again, as if they had never failed
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pika
import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel

from services.chassis.queues import ATTEMPT, ERROR
from services.chassis.settings import ROOT, Settings

_SUFFIX = ".dead"


def main(arguments: Sequence[str]) -> None:
    """Does what the arguments say and prints one JSON object a line; ends with 1 where a queue does not exist."""
    asked = _parser().parse_args(arguments)
    with _channel(Settings()) as channel:
        try:
            for line in asked.does(channel, asked):
                print(json.dumps(line, ensure_ascii=False))  # noqa: T201 - a command speaks on standard output
        except pika.exceptions.ChannelClosedByBroker as closed:
            sys.exit(closed.reply_text)


def _list(channel: BlockingChannel, asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for queue in asked.queues or _every_queue():
        count = channel.queue_declare(queue, passive=True).method.message_count
        yield {"queue": queue, "events": count}


def _show(channel: BlockingChannel, asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    # What is not acknowledged goes back to its place when the channel closes.
    for _, properties, body in _letters(channel, asked):
        headers = properties.headers or {}
        yield {
            "attempts": headers.get(ATTEMPT, 1) - 1,
            "error": headers.get(ERROR, ""),
            "event": _event(body),
        }


def _replay(channel: BlockingChannel, asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    target = asked.queue.removesuffix(_SUFFIX)
    for delivery, properties, body in _letters(channel, asked):
        if asked.id and properties.message_id != asked.id:
            continue
        kept = {name: value for name, value in (properties.headers or {}).items() if name == "traceparent"}
        properties.headers = kept
        channel.basic_publish("", target, body, properties, mandatory=True)
        channel.basic_ack(delivery)
        yield {"replayed": properties.message_id}


def _letters(channel: BlockingChannel, asked: argparse.Namespace) -> Iterator[tuple[int, Any, bytes]]:
    """Those that are there now, so that one which fails again at once is not met twice."""
    there = channel.queue_declare(asked.queue, passive=True).method.message_count
    for _ in range(min(there, asked.limit or there)):
        method, properties, body = channel.basic_get(asked.queue)
        if method is None:
            return
        yield method.delivery_tag, properties, body


def _event(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def _every_queue() -> list[str]:
    from services.chassis import workers

    services = sorted(path.parent.name for path in Path(ROOT, "services").glob("*/worker.py"))
    return [hearing.dead for service in services for hearing in workers.hearings(service)]


@contextmanager
def _channel(settings: Settings) -> Iterator[BlockingChannel]:
    connection = pika.BlockingConnection([pika.URLParameters(uri) for uri in settings.amqp_uri.split(";")])
    try:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel
    finally:
        if connection.is_open:
            connection.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.chassis.deadletters", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(required=True, metavar="list | show | replay")
    listing = commands.add_parser("list")
    listing.add_argument("queues", nargs="*", type=_dead, metavar="QUEUE")
    listing.set_defaults(does=_list)
    for name, does in (("show", _show), ("replay", _replay)):
        command = commands.add_parser(name)
        command.add_argument("queue", type=_dead, metavar="QUEUE")
        command.add_argument("--limit", type=int, default=0, metavar="N", help="at most so many; 0 is all")
        command.set_defaults(does=does)
    command.add_argument("--id", default="", metavar="EVENT", help="this event alone")
    return parser


def _dead(name: str) -> str:
    return name if name.endswith(_SUFFIX) else name + _SUFFIX


if __name__ == "__main__":
    main(sys.argv[1:])
