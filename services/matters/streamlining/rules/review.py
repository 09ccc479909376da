"""The life of a change-set: draft, in review by every unit that it touches and by the legal office, adopted or rejected."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from services.chassis.errors import FailedPrecondition


class State(IntEnum):
    """As in the proto."""

    DRAFT = 1
    IN_REVIEW = 2
    REJECTED = 3
    ADOPTED = 4


class Kind(IntEnum):
    """Who reviews, as in the proto."""

    UNIT = 1
    LEGAL_OFFICE = 2


class ChangeSetNotDraft(FailedPrecondition):
    """Only a draft is handed in."""

    zh = "{name} 不是草稿，不能提交审查"
    en = "{name} is not a draft: it cannot be handed in for review"


class ChangeSetNotInReview(FailedPrecondition):
    """Only what is in review is judged or adopted."""

    zh = "{name} 不在审查中"
    en = "{name} is not in review"


class ReviewNotAsked(FailedPrecondition):
    """The caller speaks for nobody who is asked."""

    zh = "{name} 未要求您所在单位审查"
    en = "{name} does not ask your unit for a review"


class AlreadyReviewed(FailedPrecondition):
    """A verdict is given once."""

    zh = "您已对 {name} 提出过审查意见"
    en = "you have given your verdict on {name} already"


class ReviewIncomplete(FailedPrecondition):
    """Somebody who is asked has not answered yet."""

    zh = "{name} 尚待 {count} 方审查: {awaited}"
    en = "{name} still waits for {count} reviews: {awaited}"


@dataclass(frozen=True, order=True)
class Reviewer:
    """Who is asked: a unit (units/…), or the legal office with no unit."""

    kind: Kind
    unit: str = ""

    def __str__(self) -> str:
        return self.unit or "法制机构"


LEGAL_OFFICE = Reviewer(Kind.LEGAL_OFFICE)


class Review(Protocol):
    """A verdict that was given."""

    kind: int
    unit: str
    approved: bool


class ChangeSet(Protocol):
    """What moves. `units` are those that its proposals touch."""

    @property
    def name(self) -> str: ...
    @property
    def units(self) -> Sequence[str]: ...
    @property
    def reviews(self) -> Sequence[Review]: ...

    state: int


def awaited(change_set: ChangeSet) -> set[Reviewer]:
    """Who is asked and has not answered."""
    answered = {Reviewer(Kind(review.kind), review.unit) for review in change_set.reviews}
    return {LEGAL_OFFICE, *(Reviewer(Kind.UNIT, unit) for unit in change_set.units)} - answered


def submit(change_set: ChangeSet) -> None:
    """Hands a draft in; ChangeSetNotDraft otherwise."""
    if change_set.state != State.DRAFT:
        raise ChangeSetNotDraft(name=change_set.name)
    change_set.state = State.IN_REVIEW


def review(change_set: ChangeSet, approved: bool, by: Collection[Reviewer]) -> list[Reviewer]:
    """Who a verdict speaks for, of those for whom its author may; one refusal rejects the set.

    ChangeSetNotInReview, ReviewNotAsked, AlreadyReviewed.
    """
    if change_set.state != State.IN_REVIEW:
        raise ChangeSetNotInReview(name=change_set.name)
    asked = {LEGAL_OFFICE, *(Reviewer(Kind.UNIT, unit) for unit in change_set.units)}
    if asked.isdisjoint(by):
        raise ReviewNotAsked(name=change_set.name)
    speaks_for = awaited(change_set).intersection(by)
    if not speaks_for:
        raise AlreadyReviewed(name=change_set.name)
    if not approved:
        change_set.state = State.REJECTED
    return sorted(speaks_for)


def adopt(change_set: ChangeSet) -> None:
    """Allows the adoption of a set that everybody asked has approved; ChangeSetNotInReview, ReviewIncomplete."""
    if change_set.state != State.IN_REVIEW:
        raise ChangeSetNotInReview(name=change_set.name)
    if waiting := sorted(map(str, awaited(change_set))):
        raise ReviewIncomplete(name=change_set.name, count=len(waiting), awaited=", ".join(waiting))
