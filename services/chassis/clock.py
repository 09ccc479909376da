"""The clock of the domain, which a whole stack can run shifted. Security (tokens, certificates) always uses `real_now`."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_shift = timedelta(0)


def shift(seconds: float) -> None:
    """Sets how far the clock of this process runs ahead of the machine's."""
    global _shift
    _shift = timedelta(seconds=seconds)


def real_now() -> datetime:
    """The time of the machine, in UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """The time of the domain, in UTC, cut to milliseconds as the store keeps it."""
    at = datetime.now(UTC) + _shift
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def today() -> date:
    """The day in Shenzhen."""
    return day_of(now())


def day_of(at: datetime) -> date:
    """The day in Shenzhen of an aware time."""
    return at.astimezone(SHANGHAI).date()
