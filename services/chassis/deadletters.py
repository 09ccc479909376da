"""Events that their handlers could not handle: `python -m services.chassis.deadletters list | show | replay`.

list [QUEUE …]                     how many wait in each dead-letter queue; without names in those of every worker
show QUEUE [--limit N]             the events with what failed, one JSON object a line; they stay where they are
replay QUEUE [--id EVENT] [--limit N]   gives them to the handler again, as if they had never failed
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel

from services.chassis import parked
from services.chassis.parked import SUFFIX
from services.chassis.settings import ROOT, Settings


def main(arguments: Sequence[str]) -> None:
    """Does what the arguments say and prints one JSON object a line; ends with 1 where a queue does not exist."""
    asked = _parser().parse_args(arguments)
    try:
        with parked.connected(Settings()) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            for line in asked.does(channel, asked):
                print(json.dumps(line, ensure_ascii=False))  # noqa: T201 - a command speaks on standard output
    except pika.exceptions.ChannelClosedByBroker as closed:
        sys.exit(closed.reply_text)
    except parked.DeadLettersTaken as taken:
        sys.exit(str(taken))


def _list(channel: BlockingChannel, asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for queue in asked.queues or _every_queue():
        count = channel.queue_declare(queue, passive=True).method.message_count
        yield {"queue": queue, "events": count}


def _show(channel: BlockingChannel, asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for taken in parked.waiting(channel, asked.queue, asked.limit):
        yield {"attempts": parked.attempts(taken), "error": parked.error(taken), "event": _event(taken.body)}


def _replay(channel: BlockingChannel, asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for taken in parked.waiting(channel, asked.queue, asked.limit):
        if not asked.id or taken.properties.message_id == asked.id:
            parked.replay(channel, asked.queue.removesuffix(SUFFIX), taken)
            yield {"replayed": taken.properties.message_id}


def _event(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def _every_queue() -> list[str]:
    from services.chassis import workers

    services = sorted(path.parent.name for path in Path(ROOT, "services").glob("*/worker.py"))
    return [hearing.dead for service in services for hearing in workers.hearings(service)]


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
    return name if name.endswith(SUFFIX) else name + SUFFIX


if __name__ == "__main__":
    main(sys.argv[1:])
