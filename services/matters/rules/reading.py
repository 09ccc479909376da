"""What residents are shown of the list: what is on it now."""

from datetime import date, datetime
from typing import Protocol

from services.chassis.clock import day_of
from services.chassis.errors import NotFound
from services.matters.rules.states import State


class GuideWithdrawn(NotFound):
    """The matter was taken off the list: nobody can apply for it, and a guide would mislead."""

    zh = "“{title_zh}”已于 {day} 取消，不再受理：{why}"
    en = "“{title_en}” was taken off the list on {day} and is no longer accepted: {why}"


class GuideNotPublished(NotFound):
    """The matter is only a draft so far."""

    zh = "“{title_zh}”尚未公布"
    en = "“{title_en}” is not published yet"


class Title(Protocol):
    """What a matter is called."""

    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


class Matter(Protocol):
    """What is read."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> int: ...
    @property
    def cancel_time(self) -> datetime | None: ...
    @property
    def cancel_reason(self) -> str: ...


def require_listed(matter: Matter, title: Title) -> None:
    """Passes a matter that is on the list; GuideWithdrawn with day and reason for one that was, else GuideNotPublished."""
    facts = {"name": matter.name, "title_zh": title.zh, "title_en": title.en or title.zh}
    if matter.state == State.CANCELLED:
        day: date | str = day_of(matter.cancel_time) if matter.cancel_time else ""
        raise GuideWithdrawn(**facts, day=day, why=matter.cancel_reason)
    if matter.state != State.PUBLISHED:
        raise GuideNotPublished(**facts)
