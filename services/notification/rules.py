"""When a notice goes out on which channel, and what follows from how that went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from services.chassis.errors import InvalidFields, Violation

_SHANGHAI = ZoneInfo("Asia/Shanghai")

# After the first, second … failed attempt: about a day in all, then the channel is given up.
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (15, 30, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600))
# Whoever attempts holds the delivery for so long; the next attempt is due then if the attempt never ended.
HOLD = timedelta(minutes=2)


class Channel(StrEnum):
    """Where a notice can go."""

    INBOX = "INBOX"
    EMAIL = "EMAIL"


class State(StrEnum):
    """How far a notice has come on a channel."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    TEMPORARY_FAILURE = "TEMPORARY_FAILURE"
    PERMANENT_FAILURE = "PERMANENT_FAILURE"


class Delivery(Protocol):
    """One notice on one channel; next_attempt_time is set while there is something left to do."""

    channel: str
    state: str
    attempts: int
    next_attempt_time: datetime | None
    sent_time: datetime | None
    last_error: str


class Preferences(Protocol):
    """How a person wants to be told. Quiet hours are local times HH:MM, both empty where there are none."""

    @property
    def email(self) -> str: ...

    @property
    def quiet_begins(self) -> str: ...

    @property
    def quiet_ends(self) -> str: ...


@dataclass(frozen=True)
class Failure:
    """Why a channel did not take a notice; `said` holds no address. `unreachable`: it would take no other either."""

    said: str
    permanent: bool = False
    unreachable: bool = False


_Planned = TypeVar("_Planned", bound=Delivery)


def plan(wanted: Preferences, at: datetime) -> dict[Channel, datetime]:
    """On which channels a notice goes out, and from when: the inbox at once, mail where there is an address."""
    times = {Channel.INBOX: at}
    if wanted.email:
        times[Channel.EMAIL] = heard_from(at, wanted)
    return times


def due(deliveries: Iterable[_Planned], at: datetime) -> list[_Planned]:
    """Those whose next attempt has come."""
    return [d for d in deliveries if d.next_attempt_time is not None and d.next_attempt_time <= at]


def next_time(deliveries: Iterable[Delivery]) -> datetime | None:
    """When the next attempt of any is due; None when nothing is left to do."""
    return min((d.next_attempt_time for d in deliveries if d.next_attempt_time is not None), default=None)


def attempt(delivery: Delivery, at: datetime) -> None:
    """Counts the attempt before it is made, so that what ends the process every time ends too."""
    delivery.attempts += 1
    delivery.next_attempt_time = at + HOLD


def is_given_up(delivery: Delivery) -> bool:
    """Whether every attempt was made, the last of them without an end."""
    return delivery.attempts > len(DELAYS)


def succeed(delivery: Delivery, at: datetime) -> None:
    """The channel took it. An inbox is read where it is written: there it has arrived."""
    delivery.state = State.DELIVERED if delivery.channel == Channel.INBOX else State.SENT
    delivery.sent_time = at
    delivery.next_attempt_time = None
    delivery.last_error = ""


def fail(delivery: Delivery, failure: Failure, wanted: Preferences, at: datetime) -> None:
    """The channel did not take it: again later, outside of quiet hours, or never again after the last delay."""
    delivery.last_error = failure.said
    if failure.permanent or delivery.attempts > len(DELAYS):
        delivery.state = State.PERMANENT_FAILURE
        delivery.next_attempt_time = None
        return
    delivery.state = State.TEMPORARY_FAILURE
    delivery.next_attempt_time = heard_from(at + DELAYS[delivery.attempts - 1], wanted)


def heard_from(at: datetime, wanted: Preferences) -> datetime:
    """`at`, or the end of the quiet hours in Asia/Shanghai that it falls into."""
    if not wanted.quiet_begins:
        return at
    local = at.astimezone(_SHANGHAI)
    begins, ends = time.fromisoformat(wanted.quiet_begins), time.fromisoformat(wanted.quiet_ends)
    clock, past_midnight = local.time(), begins > ends
    quiet = (clock >= begins or clock < ends) if past_midnight else begins <= clock < ends
    if not quiet:
        return at
    day = local.date() + timedelta(days=1 if past_midnight and clock >= begins else 0)
    return datetime.combine(day, ends, _SHANGHAI).astimezone(at.tzinfo)


def check(quiet_begins: str, quiet_ends: str) -> None:
    """Refuses quiet hours that would never begin, or never end."""
    if quiet_begins and quiet_begins == quiet_ends:
        same = Violation("channels.quiet_hours.ends", "quiet_hours.differ", "起止时间不能相同", "must differ from begins")
        raise InvalidFields([same])
