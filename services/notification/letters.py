"""What the worker could not handle: operators see it, and give it to its handler again."""

import logging
from datetime import UTC
from typing import Any

from services.chassis import context, tenancy
from services.chassis.errors import ResourceUnknown
from services.chassis.pages import page_of
from services.chassis.parked import DeadLetters, Letter
from yimen.notification.v1 import notification_pb2 as api

log = logging.getLogger(__name__)

# What the worker hears by. Its class is not asked: eventlet and gRPC cannot share a process.
HANDLERS = ("notification.tell",)


class Letters:
    """The part of the servicer that speaks of dead letters."""

    def __init__(self, parked: DeadLetters) -> None:
        self._parked = parked

    def ListDeadLetters(self, request: api.ListDeadLettersRequest, _: Any) -> api.ListDeadLettersResponse:
        within = request.parent.removeprefix("halls/")
        seen = [letter for letter in self._parked.look() if hall_of(letter).startswith(within) and _is_covered(letter)]
        letters, token = page_of(seen, request, key=_order)
        return api.ListDeadLettersResponse(dead_letters=[to_proto(letter) for letter in letters], next_page_token=token)

    def ReplayDeadLetter(self, request: api.ReplayDeadLetterRequest, _: Any) -> api.DeadLetter:
        replayed = self._parked.replay(lambda letter: name_of(letter) == request.name)
        if replayed is None:
            raise ResourceUnknown(name=request.name)
        facts = {"dead_letter": request.name, "event": replayed.event_id, "event_type": replayed.event_type}
        log.info("dead letter replayed", extra={**facts, "operator": context.current().caller.person})
        return to_proto(replayed)


def hall_of(letter: Letter) -> str:
    """The code of the hall that a letter belongs to: the district's where it names none that there is."""
    if tenancy.hall_exists(letter.hall):
        return letter.hall
    return next(hall.code for hall in tenancy.halls() if not hall.parent)


def name_of(letter: Letter) -> str:
    """The resource name of a letter."""
    return f"halls/{hall_of(letter)}/deadLetters/{letter.key}"


def to_proto(letter: Letter) -> api.DeadLetter:
    """A letter as the contract tells it."""
    told = api.DeadLetter(
        name=name_of(letter),
        handler=letter.handler,
        event_type=letter.event_type,
        event_id=letter.event_id,
        subject=letter.subject,
        attempts=letter.attempts,
        error=letter.error,
    )
    if letter.time is not None:
        told.event_time.FromDatetime(letter.time)
    return told


def _is_covered(letter: Letter) -> bool:
    """Whether the caller's post reaches the letter's hall, which may be under the one that was asked for."""
    return any(post.role == "OPERATOR" and post.covers(hall_of(letter)) for post in context.current().caller.posts)


def _order(letter: Letter) -> str:
    when = letter.time.astimezone(UTC).isoformat() if letter.time else ""
    return f"{when} {letter.key}"
