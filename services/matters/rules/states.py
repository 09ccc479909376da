"""The life of a matter: versions are drafted, reviewed, published from an instant on, then superseded or cancelled.

What is in force follows from the versions and an instant alone: nothing has to happen at the instant for it to be so.
Only the newest version can be one that has not begun, and what has begun is never edited.
"""

from collections.abc import Iterable, MutableSequence, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, Generic, Protocol, TypeVar

from services.chassis.errors import FailedPrecondition


class State(IntEnum):
    """Where a matter stands, as in the proto."""

    DRAFT = 1
    PUBLISHED = 2
    CANCELLED = 3


class VersionState(IntEnum):
    """Where a version stands, as in the proto."""

    DRAFT = 1
    IN_REVIEW = 2
    PUBLISHED = 3
    SUPERSEDED = 4
    CANCELLED = 5


class Preparation(IntEnum):
    """What is to come for a matter, as in the proto: the states of a version that is not in force yet, and an announced end."""

    DRAFT = 1
    IN_REVIEW = 2
    SCHEDULED = 3
    ENDING = 4


@dataclass(frozen=True)
class Act:
    """Who moves a version, when and why; `change_set` names the set that it is part of, empty for none."""

    person: str
    at: datetime
    reason: str = ""
    change_set: str = ""


class Version(Protocol):
    """What moves. `state` is DRAFT, IN_REVIEW or PUBLISHED; what becomes of it at `end_time` is `end_state`."""

    number: int
    state: int
    effective_time: datetime | None
    end_time: datetime | None
    end_state: int
    change_set: str
    # Who moved it where, when and why, oldest first: to, time, person, reason, change_set.
    entries: list[dict[str, Any]]


V = TypeVar("V", bound=Version)


class Matter(Protocol[V]):
    """A matter with its versions, oldest first."""

    @property
    def name(self) -> str: ...
    @property
    def versions(self) -> MutableSequence[V]: ...


@dataclass(frozen=True)
class Standing(Generic[V]):
    """Where a matter stands: its version in force, or for a cancelled one the last that was; None while none ever was."""

    state: State
    version: V | None


class MatterNotDraft(FailedPrecondition):
    """Only what was never published is edited in place."""

    zh = "{name} 不是草稿，不能修改；已发布的事项请拟订新版本"
    en = "{name} is not a draft: it cannot be edited; propose a new version of what was published"


class MatterNotPublished(FailedPrecondition):
    """Only what is published can be revised or taken off the list."""

    zh = "{name} 未在清单中发布，不能变更或取消"
    en = "{name} is not on the list: it cannot be changed or cancelled"


class NothingPrepared(FailedPrecondition):
    """There is no version that could be submitted, returned or published."""

    zh = "{name} 没有拟订中的版本"
    en = "no version of {name} is being prepared"


class VersionNotInReview(FailedPrecondition):
    """Only what was submitted is published or returned."""

    zh = "{name} 第 {number} 版尚未提交审核"
    en = "version {number} of {name} has not been submitted for review"


class VersionInReview(FailedPrecondition):
    """What is being reviewed is not edited: return it first."""

    zh = "{name} 第 {number} 版正在审核，须先退回才能修改"
    en = "version {number} of {name} is in review: return it before changing it"


class VersionScheduled(FailedPrecondition):
    """A version is published and will be in force from a later time on: take it back first."""

    zh = "{name} 第 {number} 版已发布，将于 {time} 生效；如需改动，请先退回"
    en = "version {number} of {name} is published and takes effect at {time}: return it first"


class CancellationAnnounced(FailedPrecondition):
    """The matter leaves the list at a known time: take that back before publishing another version."""

    zh = "{name} 已公告将于 {time} 取消；如需发布新版本，请先撤回取消"
    en = "{name} leaves the list at {time}: take that back before publishing another version"


class MatterHeld(FailedPrecondition):
    """A set of changes that is being adopted holds the matter; for seconds, unless its process died."""

    zh = "{name} 正随精简方案 {change_set} 一并变更，请稍后再试"
    en = "{name} is being changed by {change_set}: try again in a while"


def state_of(version: Version, at: datetime) -> VersionState:
    """Where a version stands at an instant."""
    ended = version.end_time is not None and version.end_time <= at
    return VersionState(version.end_state if ended else version.state)


def has_begun(version: Version, at: datetime) -> bool:
    """Whether a version is in force at an instant, or was before."""
    return version.state == VersionState.PUBLISHED and version.effective_time is not None and version.effective_time <= at


def standing(versions: Iterable[V], at: datetime) -> Standing[V]:
    """Where a matter of these versions, oldest first, stands at an instant."""
    last = None
    for version in versions:
        if has_begun(version, at):
            last = version
    if last is None:
        return Standing(State.DRAFT, None)
    return Standing(State.CANCELLED if last.end_time and last.end_time <= at else State.PUBLISHED, last)


def coming(versions: Sequence[V], at: datetime) -> V | None:
    """The version that is prepared, or published from a later time on; None where there is none."""
    return None if not versions or has_begun(versions[-1], at) else versions[-1]


def turns(versions: Iterable[Version]) -> list[datetime]:
    """The instants at which where the matter stands may change, in order."""
    begins = {version.effective_time for version in versions if version.state == VersionState.PUBLISHED}
    return sorted({time for time in begins | {version.end_time for version in versions} if time})


def draft(matter: Matter[V], first: V, act: Act) -> V:
    """Begins the history of a matter; returns its first version."""
    _append(matter, first)
    _log(first, VersionState.DRAFT, act)
    return first


def edit(matter: Matter[V], act: Act) -> V:
    """The draft of a matter that was never published, to be filled; MatterNotDraft, VersionInReview, VersionScheduled."""
    version = coming(matter.versions, act.at)
    if version is None or len(matter.versions) > 1:
        raise MatterNotDraft(name=matter.name)
    _require_draft(matter, version)
    _log(version, VersionState.DRAFT, act)
    return version


def propose(matter: Matter[V], fresh: V, act: Act) -> V:
    """The next version of a published matter, to be filled: the draft that is prepared, or `fresh`.

    MatterNotPublished, VersionInReview, VersionScheduled.
    """
    _in_force(matter, act.at)
    version = coming(matter.versions, act.at)
    if version is None:
        version = _append(matter, fresh)
    _require_draft(matter, version)
    _log(version, VersionState.DRAFT, act)
    return version


def submit(matter: Matter[V], act: Act) -> V:
    """Hands the draft in for review; NothingPrepared, VersionInReview, VersionScheduled, MatterNotPublished."""
    version = _prepared(matter, act.at)
    _require_draft(matter, version)
    _move(version, VersionState.IN_REVIEW, act)
    return version


def publish(matter: Matter[V], act: Act, effective: datetime | None = None) -> V:
    """Publishes what is in review, from `effective` or now on: the version before it is superseded then.

    NothingPrepared, VersionNotInReview, VersionScheduled, CancellationAnnounced. The caller asks whether it is consistent.
    """
    version = _prepared(matter, act.at)
    _require_in_review(matter, version)
    before = standing(matter.versions, act.at).version
    if before and before.end_time:
        raise CancellationAnnounced(name=matter.name, time=before.end_time.isoformat())
    version.effective_time = max(effective or act.at, act.at)
    _move(version, VersionState.PUBLISHED, act)
    if before:
        _end(before, VersionState.SUPERSEDED, version.effective_time, act)
    return version


def take_back(matter: Matter[V], act: Act) -> None:
    """Makes a draft again of what is in review or not in force yet; else takes back a cancellation that was only announced.

    NothingPrepared, VersionNotInReview, MatterNotPublished.
    """
    stands, version = standing(matter.versions, act.at), coming(matter.versions, act.at)
    if stands.state == State.CANCELLED:
        raise MatterNotPublished(name=matter.name)
    if version and version.state != VersionState.DRAFT:
        if version.state == VersionState.PUBLISHED and stands.version:
            _go_on(stands.version, act)
        _withdraw(version, act)
    elif stands.version and stands.version.end_time:
        _go_on(stands.version, act)
    elif version:
        raise VersionNotInReview(name=matter.name, number=version.number)
    else:
        raise NothingPrepared(name=matter.name)


def cancel(matter: Matter[V], act: Act, effective: datetime | None = None) -> V:
    """Takes a published matter off the list for good, from `effective` or now on; MatterNotPublished, VersionScheduled."""
    version, next_version = _in_force(matter, act.at), coming(matter.versions, act.at)
    if next_version and next_version.state == VersionState.PUBLISHED:
        raise _scheduled(matter, next_version)
    _end(version, VersionState.CANCELLED, max(effective or act.at, act.at), act)
    return version


def adopt(matter: Matter[V], fresh: V, act: Act) -> V:
    """Puts a version that was reviewed elsewhere in force now, whatever is being prepared; MatterNotPublished alone.

    What was prepared becomes a draft again and follows after it, since its editor has to see what changed; a cancellation that
    was announced holds for the new version.
    """
    before, prepared = _in_force(matter, act.at), coming(matter.versions, act.at)
    if prepared:
        if prepared.state == VersionState.PUBLISHED:
            before.end_time, before.end_state = None, 0
        _withdraw(prepared, act)
        matter.versions.pop()
    _append(matter, fresh)
    reviewed(fresh, act)
    if before.end_time:
        fresh.end_time, fresh.end_state = before.end_time, before.end_state
    _end(before, VersionState.SUPERSEDED, act.at, act)
    if prepared:
        _append(matter, prepared)
    return fresh


def cut(matter: Matter[V], act: Act) -> V:
    """Takes a published matter off the list now, whatever is being prepared; MatterNotPublished alone."""
    version, prepared = _in_force(matter, act.at), coming(matter.versions, act.at)
    if prepared and prepared.state != VersionState.DRAFT:
        _withdraw(prepared, act)
    _end(version, VersionState.CANCELLED, act.at, act)
    return version


def reviewed(version: Version, act: Act) -> None:
    """Puts a draft in force now by one act, as an import or a set of changes does: the log says that it was reviewed in it."""
    for state in (VersionState.DRAFT, VersionState.IN_REVIEW):
        _log(version, state, act)
    version.effective_time, version.change_set = act.at, act.change_set
    _move(version, VersionState.PUBLISHED, act)


def _in_force(matter: Matter[V], at: datetime) -> V:
    stands = standing(matter.versions, at)
    if stands.state != State.PUBLISHED or stands.version is None:
        raise MatterNotPublished(name=matter.name)
    return stands.version


def _prepared(matter: Matter[V], at: datetime) -> V:
    version = coming(matter.versions, at)
    if standing(matter.versions, at).state == State.CANCELLED:
        raise MatterNotPublished(name=matter.name)
    if version is None:
        raise NothingPrepared(name=matter.name)
    return version


def _require_draft(matter: Matter[V], version: V) -> None:
    if version.state == VersionState.IN_REVIEW:
        raise VersionInReview(name=matter.name, number=version.number)
    if version.state == VersionState.PUBLISHED:
        raise _scheduled(matter, version)


def _require_in_review(matter: Matter[V], version: V) -> None:
    if version.state == VersionState.DRAFT:
        raise VersionNotInReview(name=matter.name, number=version.number)
    if version.state == VersionState.PUBLISHED:
        raise _scheduled(matter, version)


def _scheduled(matter: Matter[V], version: V) -> VersionScheduled:
    begins = version.effective_time.isoformat() if version.effective_time else ""
    return VersionScheduled(name=matter.name, number=version.number, time=begins)


def _append(matter: Matter[V], version: V) -> V:
    version.number = len(matter.versions) + 1
    matter.versions.append(version)
    return version


def _end(version: Version, state: VersionState, time: datetime, act: Act) -> None:
    version.end_time, version.end_state = time, state
    _log(version, state, act)


def _go_on(version: Version, act: Act) -> None:
    """A version that was to end goes on."""
    version.end_time, version.end_state = None, 0
    _log(version, VersionState.PUBLISHED, act)


def _withdraw(version: Version, act: Act) -> None:
    version.effective_time = None
    _move(version, VersionState.DRAFT, act)


def _move(version: Version, to: VersionState, act: Act) -> None:
    version.state = to
    _log(version, to, act)


def _log(version: Version, to: VersionState, act: Act) -> None:
    """Adds an entry; who saves a draft again and again for one reason has one, of the last time."""
    entry = {"to": int(to), "time": act.at, "person": act.person, "reason": act.reason, "change_set": act.change_set}
    last = version.entries[-1] if version.entries else {}
    if to == VersionState.DRAFT and {**last, "time": act.at} == entry:
        version.entries[-1] = entry
    else:
        version.entries.append(entry)
