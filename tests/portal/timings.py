"""What a page says of its times (`Server-Timing`): its own, its calls', the slowest call's, in milliseconds."""

import statistics
from dataclasses import dataclass

import httpx

# Times that a page is asked for; the first of them fill what is kept.
_TIMES, _WARMING = 25, 5


@dataclass(frozen=True)
class Times:
    """Medians of a page."""

    page: float
    calls: float
    slowest: float

    def __str__(self) -> str:
        ratio = f"{self.page / self.slowest:.2f} times" if self.slowest else "no call"
        return f"page {self.page:.2f} ms, calls {self.calls:.2f} ms, slowest {self.slowest:.2f} ms: {ratio}"


def times_of(client: httpx.Client, path: str) -> Times:
    """The medians of a page that is asked for again and again."""
    told = [_told(client.get(path)) for _ in range(_TIMES)][_WARMING:]
    return Times(**{name: statistics.median(one[name] for one in told) for name in ("page", "calls", "slowest")})


def _told(reply: httpx.Response) -> dict[str, float]:
    assert reply.status_code == httpx.codes.OK, reply.status_code
    parts = (part.partition(";dur=") for part in reply.headers["server-timing"].split(", "))
    return {name: float(milliseconds) for name, _, milliseconds in parts}
