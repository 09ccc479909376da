"""Change-sets as they are stored. What a set proposes is never edited, nor are the versions that its effect follows from."""

from datetime import datetime
from typing import Any, ClassVar, Self

from mongoengine import (
    BinaryField,
    BooleanField,
    DateTimeField,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    IntField,
    ListField,
    QuerySet,
    StringField,
)

from services.chassis.documents import HallDocument
from services.matters.streamlining.rules import Effect, Reviewer, State
from yimen.api.v1 import text_pb2
from yimen.matters.v1 import streamlining_pb2


class Review(EmbeddedDocument):
    """A verdict that was given."""

    kind = IntField(required=True)
    unit = StringField(default="")
    approved = BooleanField(required=True)
    reason = StringField(required=True)
    person = StringField(required=True)
    time = DateTimeField(required=True)

    def to_proto(self) -> streamlining_pb2.Review:
        """The verdict as its API message."""
        return streamlining_pb2.Review(
            kind=streamlining_pb2.ReviewerKind.ValueType(self.kind),
            unit=self.unit,
            approved=self.approved,
            reason=self.reason,
            person=self.person,
            time=self.time,
        )


class ChangeSet(HallDocument):
    """A change-set 精简方案. Its state is the commit point of its adoption: once it is ADOPTED, every proposal takes effect."""

    pattern = "halls/{hall}/changeSets/{id}"
    unit_field: ClassVar[str | None] = "units"
    public: ClassVar[dict[str, Any] | None] = {"state": int(State.ADOPTED)}

    zh = StringField(required=True)
    en = StringField(default="")
    programme = StringField(default="")
    # The proposals of the API message. Absent where a list leaves them out.
    content = BinaryField()
    # Those that answer for the matters: their heads see it.
    units = ListField(StringField())
    state = IntField(default=int(State.DRAFT))
    reviews = EmbeddedDocumentListField(Review)
    effect = BinaryField(default=b"")
    adopt_time = DateTimeField()
    adopter = StringField(default="")
    # When an adoption began, by the machine's clock, that is neither completed nor undone yet.
    unfinished = DateTimeField()

    meta = {
        "collection": "change_sets",
        "db_alias": "matters",
        "indexes": [
            ("hall", "create_time"),
            ("hall", "units", "create_time"),
            ("hall", "state", "programme"),
            {"fields": ["unfinished"], "sparse": True},
        ],
    }

    @classmethod
    def draft(cls, hall: str, message: streamlining_pb2.ChangeSet, units: list[str], effect: Effect) -> Self:
        """A draft, not stored yet, of proposals whose base versions are all named."""
        return cls.new(
            hall=hall,
            zh=message.display_name.zh,
            en=message.display_name.en,
            programme=message.programme,
            content=streamlining_pb2.ChangeSet(proposals=message.proposals).SerializeToString(),
            units=units,
        ).with_effect(effect)

    @classmethod
    def listed(cls) -> QuerySet:
        """The sets that the call sees, without their proposals."""
        return cls.objects.exclude("content")

    @classmethod
    def of_programme(cls, programme: str) -> QuerySet:
        """The sets of a programme that the call sees, which for the public are the adopted ones; without their proposals."""
        return cls.listed().filter(programme=programme)

    @classmethod
    def left_unfinished(cls, before: datetime) -> QuerySet:
        """The sets whose adoption began before and is neither completed nor undone."""
        return cls.across_halls("a sweep completes or undoes what a process left").filter(unfinished__lte=before)

    @property
    def proposals(self) -> list[streamlining_pb2.Proposal]:
        """What is proposed; copies."""
        return list(streamlining_pb2.ChangeSet.FromString(self.content).proposals)

    def with_effect(self, effect: Effect) -> Self:
        """Keeps what it takes away, as the versions say."""
        self.effect = streamlining_pb2.Effect(**vars(effect)).SerializeToString()
        return self

    def took_away(self) -> Effect:
        """What it takes away, or took."""
        effect = streamlining_pb2.Effect.FromString(self.effect)
        return Effect(**{field.name: getattr(effect, field.name) for field in effect.DESCRIPTOR.fields})

    def judged(self, by: list[Reviewer], approved: bool, reason: str, person: str, at: datetime) -> Self:
        """Keeps a verdict for everybody that it speaks for."""
        for one in by:
            review = Review(kind=int(one.kind), unit=one.unit, approved=approved, reason=reason, person=person, time=at)
            self.reviews.append(review)
        return self

    def to_proto(self) -> streamlining_pb2.ChangeSet:
        """The set as its API message; without proposals where they were not read."""
        return streamlining_pb2.ChangeSet(
            name=self.name,
            display_name=text_pb2.Text(zh=self.zh, en=self.en),
            programme=self.programme,
            proposals=self.proposals if self.content else [],
            state=streamlining_pb2.ChangeSetState.ValueType(self.state),
            reviews=[review.to_proto() for review in self.reviews],
            effect=streamlining_pb2.Effect.FromString(self.effect),
            create_time=self.create_time,
            update_time=self.update_time,
            adopt_time=self.adopt_time,
            etag=self.etag,
            units=self.units,
        )
