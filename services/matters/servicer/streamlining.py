"""Change-sets: proposed, reviewed, adopted, counted."""

from dataclasses import replace

import grpc

from services.chassis import clock, context
from services.chassis.errors import InvalidFields, Violation
from services.chassis.pages import page
from services.matters.rules import violations
from services.matters.servicer.publishing import candidate
from services.matters.streamlining import adoption, rules
from services.matters.streamlining.adoption import Subject
from services.matters.streamlining.documents import ChangeSet
from services.matters.streamlining.drafting import drafted
from services.matters.streamlining.rules import Kind, Reviewer
from yimen.matters.v1 import streamlining_pb2


class Streamlining:
    """The part of the service that cuts and optimises matters together."""

    def CreateChangeSet(
        self, request: streamlining_pb2.CreateChangeSetRequest, _: grpc.ServicerContext
    ) -> streamlining_pb2.ChangeSet:
        made = drafted(request.change_set)
        hall = request.parent.removeprefix("halls/")
        return ChangeSet.draft(hall, made.message, made.units, made.effect).save_with().to_proto()

    def GetChangeSet(
        self, request: streamlining_pb2.GetChangeSetRequest, _: grpc.ServicerContext
    ) -> streamlining_pb2.ChangeSet:
        return ChangeSet.load(request.name).to_proto()

    def ListChangeSets(
        self, request: streamlining_pb2.ListChangeSetsRequest, _: grpc.ServicerContext
    ) -> streamlining_pb2.ListChangeSetsResponse:
        change_sets: list[ChangeSet]
        change_sets, more = page(ChangeSet.listed(), request)
        return streamlining_pb2.ListChangeSetsResponse(
            change_sets=[change_set.to_proto() for change_set in change_sets], next_page_token=more
        )

    def SubmitChangeSet(
        self, request: streamlining_pb2.SubmitChangeSetRequest, _: grpc.ServicerContext
    ) -> streamlining_pb2.ChangeSet:
        change_set = ChangeSet.load(request.name, request.etag)
        rules.submit(change_set)
        _require_adoptable(Subject.all_of(change_set))
        return change_set.save_with().to_proto()

    def ReviewChangeSet(
        self, request: streamlining_pb2.ReviewChangeSetRequest, _: grpc.ServicerContext
    ) -> streamlining_pb2.ChangeSet:
        reviewers = _reviewers()
        change_set = ChangeSet.load(request.name, request.etag)
        by = rules.review(change_set, request.approved, reviewers)
        person = context.current().caller.person
        return change_set.judged(by, request.approved, request.reason, person, clock.now()).save_with().to_proto()

    def AdoptChangeSet(
        self, request: streamlining_pb2.AdoptChangeSetRequest, _: grpc.ServicerContext
    ) -> streamlining_pb2.ChangeSet:
        change_set = ChangeSet.load(request.name, request.etag)
        rules.adopt(change_set)
        subjects = Subject.all_of(change_set)
        _require_adoptable(subjects)
        return adoption.adopt(change_set, subjects, context.current().caller.person).to_proto()

    def GetProgrammeEffect(
        self, request: streamlining_pb2.GetProgrammeEffectRequest, _: grpc.ServicerContext
    ) -> streamlining_pb2.Effect:
        programme = request.name.split("/")[3]
        effects = [change_set.took_away() for change_set in ChangeSet.of_programme(programme)]
        return streamlining_pb2.Effect(**vars(sum(effects, rules.NOTHING)))


def _reviewers() -> list[Reviewer]:
    """Whom the caller may speak for, by the posts that reach the set's hall."""
    grants = context.current().grants
    return [Reviewer(Kind.UNIT, granted.scope.unit) for granted in grants if granted.role == "HEAD"] + [
        rules.LEGAL_OFFICE for granted in grants if granted.role == "LEGAL"
    ]


def _require_adoptable(subjects: list[Subject]) -> None:
    """Passes what is proposed for the versions in force and may be published; else ProposalOutdated, InvalidFields."""
    adoption.require_current(subjects)
    broken = [
        _of_proposal(i, violation)
        for i, subject in enumerate(subjects)
        if not subject.proposal.cut
        for violation in violations(candidate(subject.matter, subject.proposed().elements))
    ]
    if broken:
        raise InvalidFields(broken)


def _of_proposal(i: int, violation: Violation) -> Violation:
    """A breach with the proposal that leads to it."""
    return replace(violation, field=f"proposals[{i}].{violation.field}")
