"""The life of a matter: draft, published, cancelled. What was published is not edited: it is replaced."""

from datetime import datetime
from enum import IntEnum
from typing import Protocol

from services.chassis.errors import FailedPrecondition


class State(IntEnum):
    """As in the proto."""

    DRAFT = 1
    PUBLISHED = 2
    CANCELLED = 3


class MatterNotDraft(FailedPrecondition):
    """Only a draft is edited or published."""

    zh = "{name} 不是草稿，不能修改或发布"
    en = "{name} is not a draft: it cannot be edited or published"


class MatterNotPublished(FailedPrecondition):
    """Only what is published can be taken off the list."""

    zh = "{name} 未在清单中发布，不能取消"
    en = "{name} is not on the list: it cannot be cancelled"


class Matter(Protocol):
    """What moves."""

    @property
    def name(self) -> str: ...

    state: int
    matter_version: int
    publish_time: datetime | None
    cancel_time: datetime | None
    cancel_reason: str


def edit(matter: Matter) -> None:
    """Allows a change of the elements; MatterNotDraft once it was published."""
    if matter.state != State.DRAFT:
        raise MatterNotDraft(name=matter.name)


def publish(matter: Matter, at: datetime) -> None:
    """Puts a draft on the list; MatterNotDraft otherwise. Its consistency is the caller's to check first."""
    edit(matter)
    matter.state = State.PUBLISHED
    matter.matter_version += 1
    matter.publish_time = at


def cancel(matter: Matter, reason: str, at: datetime) -> None:
    """Takes a published matter off the list for good; MatterNotPublished otherwise."""
    if matter.state != State.PUBLISHED:
        raise MatterNotPublished(name=matter.name)
    matter.state = State.CANCELLED
    matter.cancel_time = at
    matter.cancel_reason = reason
