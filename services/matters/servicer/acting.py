"""Who acts in a call, and from when on."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis import clock, context
from services.matters.rules import Act


def act(reason: str = "") -> Act:
    """What the caller does now, and why."""
    return Act(context.current().caller.person, clock.now(), reason)


def instant(time: Timestamp) -> datetime:
    """The time of a message as the store keeps it, in whole milliseconds."""
    exact = time.ToDatetime(UTC)
    return exact.replace(microsecond=exact.microsecond // 1000 * 1000)
