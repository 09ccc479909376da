"""What a page says of its times (`Server-Timing`): its own, its calls', the slowest call's, in milliseconds."""

from dataclasses import dataclass

import httpx

# The first times that a page is asked for fill what is kept.
_WARMING = 5


@dataclass(frozen=True)
class Times:
    """The least of each that a page took: what else the machine does meanwhile only adds. `own`: beside the calls."""

    page: float
    calls: float
    slowest: float
    own: float

    def __str__(self) -> str:
        ratio = f"{self.page / self.calls:.2f} × calls, {self.page / self.slowest:.2f} × slowest" if self.calls else "no call"
        times = (f"{name} {getattr(self, name):.2f} ms" for name in ("page", "calls", "slowest", "own"))
        return f"{', '.join(times)}: {ratio}"


def times_of(client: httpx.Client, path: str, asked: int = 40) -> Times:
    """The times of a page that is asked for again and again: the shorter it takes, the oftener, for the least to be met."""
    told = [_told(client.get(path)) for _ in range(_WARMING + asked)][_WARMING:]
    least = {name: min(one[name] for one in told) for name in ("page", "calls", "slowest")}
    return Times(**least, own=min(one["page"] - one["calls"] for one in told))


def _told(reply: httpx.Response) -> dict[str, float]:
    assert reply.status_code == httpx.codes.OK, reply.status_code
    parts = (part.partition(";dur=") for part in reply.headers["server-timing"].split(", "))
    return {name: float(milliseconds) for name, _, milliseconds in parts}
