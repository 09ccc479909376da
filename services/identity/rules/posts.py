"""Posts: which combinations of role, unit and reach there are, and what one operator may hand to another."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from services.chassis.errors import AlreadyExists, FailedPrecondition, InvalidFields, PermissionDenied, Violation


class SubtreeBeyondReach(PermissionDenied):
    """An operator of one hall gives a post that covers the halls under it, as each of a unit does."""

    zh = "您的岗位不覆盖 {hall} 的下级大厅，不能设立覆盖下级的岗位"
    en = "your post does not cover the halls under {hall}, so neither can a post that you create"


class PostHeldAlready(AlreadyExists):
    """The person holds the same role at the same place."""

    zh = "{person} 已担任该岗位: {name}"
    en = "{person} holds this role here already: {name}"


class PostEndedAlready(FailedPrecondition):
    """The post was ended before."""

    zh = "{name} 已于 {ended:%Y-%m-%d} 结束"
    en = "{name} ended on {ended:%Y-%m-%d}"


class Post(Protocol):
    """A post as it is stored."""

    id: str
    name: str
    person: str
    hall: str
    role: str
    unit: str
    end_time: datetime | None


def check(*, hall: str, unit: str, held_at_unit: bool, covers_subtree: bool, reaches_subtree: bool) -> None:
    """Whether such a post may be created by someone who does (or does not) reach the halls under this one.

    A role of a unit reaches its unit's cases in all of them.
    """
    if held_at_unit and not unit:
        raise InvalidFields([Violation("post.unit", "required", "该岗位须指定单位", "a role of a unit needs its unit")])
    if unit and not held_at_unit:
        raise InvalidFields([Violation("post.unit", "empty", "该岗位不属于单位", "this role is a hall's and has no unit")])
    if (covers_subtree or held_at_unit) and not reaches_subtree:
        raise SubtreeBeyondReach(hall=hall)


def first(post: Post, held: Iterable[Post]) -> None:
    """Whether a new post is not one that its person holds already; PostHeldAlready names that one."""
    for other in held:
        if other.id != post.id and (other.hall, other.role, other.unit) == (post.hall, post.role, post.unit):
            raise PostHeldAlready(person=post.person, name=other.name)


def end(post: Post, at: datetime) -> None:
    """Ends a post; PostEndedAlready."""
    if post.end_time is not None:
        raise PostEndedAlready(name=post.name, ended=post.end_time)
    post.end_time = at
