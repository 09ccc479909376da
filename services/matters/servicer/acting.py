"""Who acts in a call, and from when on."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis import clock, context
from services.chassis.errors import InvalidFields, Violation
from services.matters.rules import Act


def act(reason: str = "") -> Act:
    """What the caller does now, and why."""
    return Act(context.current().caller.person, clock.now(), reason)


def instant(time: Timestamp, field: str = "effective_time") -> datetime:
    """The time of a field as the store keeps it, in whole milliseconds; InvalidFields for what is no time of the calendar."""
    try:
        exact = time.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise InvalidFields([_no_time(field)]) from None
    return exact.replace(microsecond=exact.microsecond // 1000 * 1000)


def _no_time(field: str) -> Violation:
    return Violation(field, "TIME_VALID", f"{field}: 不是有效的时间", f"{field}: is not a valid time")
