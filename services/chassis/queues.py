"""The queues of a handler: the one it hears, those in which a retry waits, and the one of its dead letters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from kombu.entity import Exchange, Queue, binding

from services.chassis.events import exchange_of, full_name

# Seconds before the second, third … attempt: an hour and a quarter in all.
DELAYS = (1, 5, 30, 120, 600, 3600)

_DELIVERIES = 20


@dataclass(frozen=True)
class Hearing:
    """What one handler hears, after which delays it is tried again, and the names of its queues."""

    service: str
    method: str
    events: tuple[type[Message], ...]
    delays: tuple[int, ...] = DELAYS

    @property
    def queue(self) -> str:
        """The queue of events that wait for the handler."""
        return f"{self.service}.{self.method}"

    @property
    def dead(self) -> str:
        """The queue of events that it could not handle."""
        return f"{self.queue}.dead"

    @property
    def names(self) -> list[str]:
        """Every queue of the handler: its own, those of the retries, the dead letters."""
        return [self.queue, *(self.retry(delay) for delay in self.delays), self.dead]

    def retry(self, delay: int) -> str:
        """The queue in which an event waits `delay` seconds before it comes back."""
        return f"{self.queue}.retry.{delay}s"

    def after(self, attempt: int) -> str:
        """The queue for an event whose attempt of this number, counted from 1, has failed."""
        return self.retry(self.delays[attempt - 1]) if attempt <= len(self.delays) else self.dead

    def entities(self, *, replicated: bool) -> Iterator[Queue]:
        """What has to be declared, the handler's own queue with its bindings last."""
        for delay in self.delays:
            ttl = {"x-message-ttl": delay * 1000}
            yield _queue(self.retry(delay), replicated, dead_letters_to=self.queue, arguments=ttl)
        yield _queue(self.dead, replicated)
        yield self.entity(replicated=replicated)

    def entity(self, *, replicated: bool) -> Queue:
        """The handler's own queue. A replicated one parks by itself what kills its worker again and again."""
        names = [full_name(event) for event in self.events]
        bound = [binding(Exchange(exchange_of(name), "topic", durable=True), name) for name in names]
        if not replicated:
            return _queue(self.queue, replicated, bound)
        limit = {"x-delivery-limit": _DELIVERIES}
        return _queue(self.queue, replicated, bound, dead_letters_to=self.dead, arguments=limit)


def _queue(
    name: str,
    replicated: bool,
    bindings: Sequence[binding] = (),
    *,
    dead_letters_to: str = "",
    arguments: dict[str, Any] | None = None,
) -> Queue:
    every = dict(arguments or {})
    if dead_letters_to:
        every |= {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead_letters_to}
    if replicated:
        every["x-queue-type"] = "quorum"
    if replicated and dead_letters_to:
        # A message leaves only once the target has it.
        every |= {"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}
    return Queue(name, bindings=list(bindings), durable=True, queue_arguments=every)
