"""What is true during one call: who calls, for what scope, with which request_id."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from services.chassis.caller import NOBODY, Caller

# The header by which the gateway says where a call comes from.
FORWARDED_FOR = "x-forwarded-for"


@dataclass(frozen=True)
class Scope:
    """What a query may see. It is put into the query, never applied to the reply.

    hall: a code, empty for every hall; subtree: the halls under it too; unit: only what this unit answers for;
    owner: only what is this person's own; public: only what its document declares public.
    """

    hall: str = ""
    subtree: bool = False
    unit: str = ""
    owner: str = ""
    public: bool = False
    # The hall of the post by which staff see it; empty for people and the public.
    post_hall: str = ""

    def covers(self, hall: str) -> bool:
        """Whether what is of this hall can be within the scope."""
        return hall.startswith(self.hall) if self.subtree else self.hall in ("", hall)


@dataclass(frozen=True)
class Granted:
    """A scope, and the role that it is had by: empty for people and the public."""

    scope: Scope
    role: str = ""


@dataclass(frozen=True)
class Call:
    """One call: `request_id` is empty where the request has none, `fingerprint` a keyed hash of the whole request."""

    method: str = ""
    caller: Caller = NOBODY
    # Widest first. Whoever is staff and applicant at once, or holds several posts, has several.
    grants: tuple[Granted, ...] = ()
    request_id: str = ""
    fingerprint: str = ""
    # The caller's network address as the gateway saw it; empty where the call did not come through it.
    address: str = ""
    # By time.monotonic(), infinite where the client set no deadline.
    deadline: float = float("inf")

    @property
    def scope(self) -> Scope | None:
        """The scope that queries are made in now; None outside of a call."""
        return self.grants[0].scope if self.grants else None

    @property
    def role(self) -> str:
        """The role that the scope is had by; empty for people and the public."""
        return self.grants[0].role if self.grants else ""

    def seconds_left(self) -> float:
        """What is left of the client's deadline."""
        return max(self.deadline - time.monotonic(), 0.0)


_call: ContextVar[Call | None] = ContextVar("call", default=None)


def current() -> Call:
    """The call that this thread answers; an empty one outside of any."""
    return _call.get() or Call()


@contextmanager
def during(call: Call) -> Iterator[Call]:
    """Makes `call` the current one."""
    token = _call.set(call)
    try:
        yield call
    finally:
        _call.reset(token)


def settle(granted: Granted) -> None:
    """From here on the current call acts by this one of its grants."""
    _call.set(replace(current(), grants=(granted,)))


@contextmanager
def acting_in(scope: Scope, caller: Caller = NOBODY) -> Iterator[None]:
    """Gives workers, commands and tests a scope of their own."""
    with during(Call(grants=(Granted(scope),), caller=caller)):
        yield
