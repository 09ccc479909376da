"""Adopting a change-set: every proposal becomes a version in one act, or none does, wherever a process dies.

No transaction spans documents. Each matter of the set is held for it first, so that nobody else changes it meanwhile; then the
set becomes ADOPTED by one write, the commit point; then each matter gets its version. What a process left before that write is
undone, what it left after is completed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.chassis import clock, context
from services.chassis.errors import ChangedMeanwhile, FailedPrecondition, Refusal
from services.matters.documents import Matter
from services.matters.rules import Act, turns
from services.matters.rules import State as Listed
from services.matters.streamlining import rules
from services.matters.streamlining.documents import ChangeSet
from services.matters.streamlining.proposing import applied
from services.matters.streamlining.rules import CUT, NOTHING, Effect, State
from yimen.matters.v1 import events_pb2, matter_pb2, streamlining_pb2

# A thousand matters are held within seconds, on a busy machine within half of this: what began earlier has died.
PATIENCE = timedelta(seconds=60)
_NAMED = 10


class ProposalOutdated(FailedPrecondition):
    """A matter has changed, or will, since the proposal for it was made."""

    zh = "有 {count} 个事项在方案提出后已变更或将变更，请按现行版本重新提出: {matters}"
    en = "{count} matters have changed since they were proposed for, or will: propose for what is in force now: {matters}"


class AdoptionUnderWay(FailedPrecondition):
    """Another call adopts the set at this moment."""

    zh = "{name} 正在采纳中，请稍后查看"
    en = "{name} is being adopted at this moment: read it again in a while"


@dataclass
class Subject:
    """A proposal and its matter as it is stored."""

    proposal: streamlining_pb2.Proposal
    matter: Matter

    @classmethod
    def all_of(cls, change_set: ChangeSet) -> "list[Subject]":
        """Every proposal of a set with its matter as it is stored now."""
        return [cls(proposal, Matter.load(proposal.matter)) for proposal in change_set.proposals]

    def is_outdated(self, at: datetime) -> bool:
        """Whether another version than the proposal's is in force, or is going to be."""
        stands = self.matter.at(at)
        is_in_force = stands.version is not None and stands.version.number == self.proposal.base_version
        return stands.state != Listed.PUBLISHED or not is_in_force or any(turn > at for turn in turns(self.matter.versions))

    def proposed(self) -> matter_pb2.Matter:
        """What the matter becomes: the provenance of the base version, and its elements without what is dropped."""
        base = self.matter.numbered(self.proposal.base_version)
        message = matter_pb2.Matter.FromString(self.matter.content_of(base))
        message.elements.CopyFrom(applied(message.elements, self.proposal))
        return message

    def change(self, act: Act) -> None:
        """Makes the proposal a version of the matter and lets it go, in one write; nothing where that was done before."""
        try:
            if self.matter.cut(act) if self.proposal.cut else self.matter.adopt(self.proposed(), act):
                _quietly(self.matter.let_go().save_with, *self.matter.settle(act.at))
        except ChangedMeanwhile:
            # Nobody else changes what the set holds: somebody who completes the same set was faster.
            self.matter = Matter.load(self.proposal.matter)
            self.change(act)

    def effect(self, change_set: str) -> Effect:
        """What the set's version of the matter lacks of the version that it was made for."""
        if self.proposal.cut:
            return CUT
        base = self.matter.numbered(self.proposal.base_version)
        (version,) = (one for one in self.matter.versions if one.change_set == change_set)
        return rules.between(self.matter.elements_of(base), self.matter.elements_of(version))


def require_current(subjects: list[Subject]) -> None:
    """Passes where each proposal's version is in force and stays so; ProposalOutdated names those where it is not."""
    now = clock.now()
    outdated = [subject.matter.name for subject in subjects if subject.is_outdated(now)]
    if outdated:
        raise ProposalOutdated(count=len(outdated), matters=", ".join(outdated[:_NAMED]))


def adopt(change_set: ChangeSet, subjects: list[Subject], person: str) -> ChangeSet:
    """Adopts a set whose reviews and matters were checked, whole or not at all.

    AdoptionUnderWay; MatterHeld or ChangedMeanwhile where somebody was faster with one of its matters.
    """
    attempt = _begin(change_set)
    try:
        # In one order for everybody: of two sets with matters in common, the one that gets the first of these gets them all.
        for subject in sorted(subjects, key=lambda subject: subject.matter.name):
            subject.matter.hold(change_set.name, attempt)
        change_set.state, change_set.adopt_time, change_set.adopter = int(State.ADOPTED), clock.now(), person
        change_set.save_with()
    except Refusal:
        _withdraw(change_set.name, attempt)
        raise
    return _complete(change_set, subjects)


def recover(change_set: ChangeSet, patience: timedelta = PATIENCE) -> None:
    """Completes an adoption that was committed; undoes one that began longer ago than an adoption takes."""
    if change_set.state == State.ADOPTED:
        _complete(change_set, Subject.all_of(change_set))
    elif clock.real_now() - change_set.unfinished > patience:
        # A process that only slept finds the set changed when it comes to commit.
        attempt = _mark(change_set)
        _let_go(change_set, lambda matter: matter.holder == change_set.name)
        _withdraw(change_set.name, attempt)


def _begin(change_set: ChangeSet) -> str:
    if change_set.unfinished and clock.real_now() - change_set.unfinished <= PATIENCE:
        raise AdoptionUnderWay(name=change_set.name)
    return _mark(change_set)


def _mark(change_set: ChangeSet) -> str:
    """Makes the adoption this process's; returns what tells it from every other attempt."""
    now = clock.real_now()
    # As the store keeps it, so that it is known again.
    change_set.unfinished = now.replace(microsecond=now.microsecond // 1000 * 1000)
    _quietly(change_set.save_with)
    return str(change_set.unfinished.isoformat())


def _withdraw(name: str, attempt: str) -> None:
    """Lets go what an attempt holds; the set is as it was before, unless somebody else has taken it over."""
    change_set: ChangeSet = _quietly(ChangeSet.load, name)
    _let_go(change_set, lambda matter: matter.held_by == f"{name}@{attempt}")
    if change_set.unfinished and change_set.unfinished.isoformat() == attempt and change_set.state != State.ADOPTED:
        change_set.unfinished = None
        _quietly(change_set.save_with)


def _let_go(change_set: ChangeSet, is_held: Callable[[Matter], bool]) -> None:
    for proposal in change_set.proposals:
        matter = Matter.load(proposal.matter)
        if is_held(matter):
            _quietly(matter.let_go().save_with)


def _complete(change_set: ChangeSet, subjects: list[Subject]) -> ChangeSet:
    act = Act(change_set.adopter, change_set.adopt_time, change_set.zh, change_set.name)
    for subject in subjects:
        subject.change(act)
    effect = sum((subject.effect(change_set.name) for subject in subjects), NOTHING)
    change_set.with_effect(effect).unfinished = None
    try:
        _quietly(change_set.save_with, events_pb2.ChangeSetAdopted(change_set=change_set.name))
    except ChangedMeanwhile:
        # Somebody else has completed it, and told.
        change_set = _quietly(ChangeSet.load, change_set.name)
    return change_set


def _quietly(act: Callable[..., Any], *args: Any) -> Any:
    """One of the many writes of an adoption: the request is remembered by its commit alone, and so repeated from there."""
    with context.during(replace(context.current(), request_id="")):
        return act(*args)
