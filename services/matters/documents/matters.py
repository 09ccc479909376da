"""Matters as they are stored.

The embedded store serves a query by an index only where the index has every field of the query. So what a list may be
narrowed by is kept as the shelves that a document stands on, and each query below has an index of exactly its fields.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from google.protobuf import json_format
from google.protobuf.message import Message
from mongoengine import (
    BinaryField,
    DateTimeField,
    EmbeddedDocumentListField,
    IntField,
    ListField,
    QuerySet,
    StringField,
)
from pymongo.errors import BulkWriteError

from services.chassis import clock, context
from services.chassis.context import Scope
from services.chassis.documents import HallDocument
from services.chassis.errors import ChangedMeanwhile
from services.matters import rules
from services.matters.documents.settling import Settling, shelf_of
from services.matters.documents.versions import Version, encoded
from services.matters.rules import Act, MatterHeld, State
from yimen.matters.v1 import elements_pb2, matter_pb2, versions_pb2

# One statement of more would be megabytes, which the embedded store's cache does not bear.
_CHUNK = 500
_DUPLICATE_KEY = 11000


class _Matter(HallDocument):
    """What is stored of a matter: its head, which is what the list shows of it, and its versions.

    Elements are kept in the proto's own encoding: the contract's rules of change are the stored list's too, and a matter
    of a hundred and fifty fields is read in microseconds. What is looked for is kept beside them, derived and never edited.
    """

    pattern = "halls/{hall}/matters/{slug}"

    slug = StringField(required=True)
    # elements and provenance of the version that is in force, or was last; of the first draft while none ever was.
    content = BinaryField(required=True)
    state = IntField(default=int(State.DRAFT))
    matter_version = IntField(default=0)
    effective_time = DateTimeField()
    publish_time = DateTimeField()
    cancel_time = DateTimeField()
    cancel_reason = StringField(default="")
    next_version = IntField(default=0)
    next_state = IntField(default=0)
    # When the head changes next; absent where nothing is to come.
    due = DateTimeField()

    code = StringField(default="")
    unit = StringField(default="")
    shelves = ListField(StringField())

    # Oldest first.
    versions = EmbeddedDocumentListField(Version)

    meta = {"abstract": True}

    @property
    def elements(self) -> elements_pb2.Elements:
        """The elements; a copy."""
        return matter_pb2.Matter.FromString(self.content).elements

    def by_the_clock(self) -> Self:
        """The head as it stands now, whether or not the sweep has brought it up yet."""
        now = clock.now()
        if self.due is None or self.due > now:
            return self
        whole = Matter.across_halls("the scope has found it").get(hall=self.hall, slug=self.slug)
        whole.settle(now)
        for field in _HEAD:
            setattr(self, field, getattr(whole, field))
        return self

    def to_proto(self) -> matter_pb2.Matter:
        """The matter as its API message; what is to come is for staff alone."""
        matter = matter_pb2.Matter.FromString(self.content)
        matter.MergeFrom(
            matter_pb2.Matter(
                name=self.name,
                state=matter_pb2.MatterState.ValueType(self.state),
                matter_version=self.matter_version,
                create_time=self.create_time,
                update_time=self.update_time,
                effective_time=self.effective_time,
                publish_time=self.publish_time,
                cancel_time=self.cancel_time,
                cancel_reason=self.cancel_reason,
                etag=self.etag,
            )
        )
        if for_staff():
            matter.next_version = self.next_version
            matter.next_state = versions_pb2.VersionState.ValueType(self.next_state)
            if self.due:
                matter.next_time.FromDatetime(self.due)
        return matter


# What reading the list does not need: the versions, and what only writers and the relay ask for.
_BEHIND = ("versions", "requests", "outbox")
_HEAD = (
    "content", "state", "matter_version", "effective_time", "publish_time", "cancel_time", "cancel_reason",
    "next_version", "next_state", "due", "code", "unit", "shelves",
)  # fmt: skip


class _ByName(_Matter):
    """A matter by its name: whoever is no staff of the list sees what has come into force at least once."""

    public: ClassVar[dict[str, Any] | None] = {}

    meta = {"abstract": True}

    @classmethod
    def _filter(cls, scope: Scope) -> dict[str, Any]:
        return super()._filter(scope) | ({"publish_time__lte": clock.now()} if scope.public else {})


class Head(_ByName):
    """A matter as it stands by the clock, read without its versions: for whatever only reads."""

    meta = {"collection": "matters", "db_alias": "matters", "strict": False}

    @classmethod
    def across_halls(cls, reason: str) -> QuerySet:
        """As every document of a hall."""
        return super().across_halls(reason).exclude(*_BEHIND)

    @classmethod
    def _find(cls, fields: dict[str, str]) -> Self | None:
        found = super()._find(fields)
        return found.by_the_clock() if found else None


class Matter(Settling, _ByName):
    """A matter 事项 with all its versions: for whatever changes it. After a change its head is settled, then it is saved."""

    # Every code that was ever issued to it, its id while none was: nothing is taken out, so what is cancelled keeps its code.
    issued = ListField(StringField())
    # halls/…/changeSets/…@attempt of the set that is being adopted and holds it; empty for none.
    held_by = StringField(default="")

    meta = {
        "collection": "matters",
        "db_alias": "matters",
        "indexes": [
            ("hall", "slug", "publish_time"),
            ("hall", "shelves", "code"),
            ("hall", "state", "shelves", "code"),
            {"fields": ["due"], "sparse": True},
            # A code is issued once and never again, whoever publishes at the same moment.
            {"fields": ["hall", "issued"], "unique": True, "name": "a_code_is_issued_once"},
        ],
    }

    @classmethod
    def draft(cls, hall: str, slug: str, message: matter_pb2.Matter, act: Act) -> Self:
        """A draft of a hall's list, not stored yet."""
        matter = cls.new(id=f"{hall}-{slug}", hall=hall, slug=slug)
        rules.draft(matter, Version.of(message), act)
        matter.settle(act.at)
        return matter

    @classmethod
    def published(cls, hall: str, slug: str, message: matter_pb2.Matter, act: Act, change_set: str = "") -> Self:
        """A matter whose first version was reviewed elsewhere and is in force from the act on, not stored yet.

        Whether it may be published is the caller's to ask first.
        """
        matter = cls.new(id=f"{hall}-{slug}", hall=hall, slug=slug)
        first = Version.of(message)
        first.number = 1
        matter.versions.append(first)
        rules.reviewed(first, _within(act, change_set))
        matter.settle(act.at)
        return matter

    @classmethod
    def insert_many(cls, matters: Sequence[Self]) -> list[str]:
        """Stores new matters without telling of each; returns the names of those that exist or whose code is taken."""
        refused: list[str] = []
        for start in range(0, len(matters), _CHUNK):
            chunk = matters[start : start + _CHUNK]
            for matter in chunk:
                matter.version = 1
            try:
                cls._get_collection().insert_many([matter.to_mongo() for matter in chunk], ordered=False)
            except BulkWriteError as error:
                failed = error.details["writeErrors"]
                if any(one["code"] != _DUPLICATE_KEY for one in failed):
                    raise
                refused += [chunk[one["index"]].name for one in failed]
        return refused

    @classmethod
    def holders_of(cls, hall: str, codes: Sequence[str]) -> list[Self]:
        """The matters of a hall's list, whatever became of them, that any of these codes was issued to."""
        asked = cls.across_halls("a code is issued once in a hall's list").filter(hall=hall, issued__in=list(codes))
        return list(asked.only("hall", "slug", "state"))

    @property
    def holder(self) -> str:
        """The set of changes that holds it; empty for none."""
        return str(self.held_by).partition("@")[0]

    def save_with(self, *facts: Message) -> Self:
        """As every resource; MatterHeld while a set of changes holds the matter."""
        if self.held_by:
            raise MatterHeld(name=self.name, change_set=self.holder)
        return super().save_with(*facts)

    def hold(self, change_set: str, attempt: str) -> Self:
        """Keeps everybody else from changing it until it is let go; MatterHeld, ChangedMeanwhile."""
        if self.holder not in ("", change_set):
            raise MatterHeld(name=self.name, change_set=self.holder)
        self.held_by = f"{change_set}@{attempt}"
        # All else of it stays: a thousand matters are held at once.
        known = {"_id": self.pk, "version": self.version, "hall": self.hall}
        change = {"$set": {"held_by": self.held_by}, "$inc": {"version": 1}}
        if self._get_collection().update_one(known, change).matched_count == 0:
            raise ChangedMeanwhile(name=self.name)
        self.version += 1
        return self

    def let_go(self) -> Self:
        """Ends the hold with the next save."""
        self.held_by = ""
        return self

    @classmethod
    def due_by(cls, at: datetime) -> QuerySet:
        """The matters whose heads change by then."""
        return cls.across_halls("dates come in every hall").filter(due__lte=at)

    def edit(self, message: matter_pb2.Matter, act: Act) -> Version:
        """Replaces the first draft; as `rules.edit` refuses."""
        return self._write(rules.edit(self, act), message)

    def propose(self, message: matter_pb2.Matter, act: Act) -> Version:
        """Drafts the next version or replaces its draft; as `rules.propose` refuses."""
        return self._write(rules.propose(self, Version.of(message), act), message)

    def adopt(self, message: matter_pb2.Matter, act: Act, change_set: str = "") -> bool:
        """Puts a version in force now that was reviewed elsewhere, whatever is being prepared; MatterNotPublished.

        False, and nothing done, where the set has changed the matter already.
        """
        act = _within(act, change_set)
        if self._was_changed_by(act.change_set):
            return False
        rules.adopt(self, Version.of(message), act)
        return True

    def republish(self, message: matter_pb2.Matter, act: Act) -> bool:
        """The same; False where the version in force says just this."""
        stands = self.at(act.at)
        if stands.state == State.PUBLISHED and stands.version and self.content_of(stands.version) == encoded(message):
            return False
        return self.adopt(message, act)

    def cut(self, act: Act, change_set: str = "") -> bool:
        """Takes the matter off the list now, whatever is being prepared; MatterNotPublished.

        False, and nothing done, where the set has changed the matter already.
        """
        act = _within(act, change_set)
        if self._was_changed_by(act.change_set):
            return False
        rules.cut(self, act)
        return True

    def amend(self, version: Version, elements: elements_pb2.Elements) -> None:
        """Puts other elements into a version of it that has not begun; its provenance stays."""
        kept = matter_pb2.Matter.FromString(self.content_of(version))
        self._write(version, matter_pb2.Matter(elements=elements, provenance=kept.provenance))

    def _was_changed_by(self, change_set: str) -> bool:
        return bool(change_set) and any(
            entry["change_set"] == change_set for version in self.versions for entry in version.entries
        )


class Listed(_Matter):
    """The same documents as they stand on the list: whoever is no staff of it sees what is published now."""

    public: ClassVar[dict[str, Any] | None] = {"state": int(State.PUBLISHED)}

    meta = {"collection": "matters", "db_alias": "matters", "strict": False}

    @classmethod
    def on(cls, *, state: int = 0, unit: str = "", matter_type: int = 0, preparation: int = 0) -> QuerySet:
        """What of the list the call sees, narrowed by what is given. `state` is for staff; for others it is published."""
        shelf = cls.objects(shelves=shelf_of(unit, matter_type, preparation)).exclude(*_BEHIND)
        return shelf.filter(state=state) if state else shelf


def for_staff() -> bool:
    """Whether the scope of the call is an editor's or an operator's: then it also sees what is being prepared."""
    scope = context.current().scope
    return scope is not None and not scope.public


def form_of(elements: elements_pb2.Elements) -> dict[str, Any]:
    """The JSON Schema of the application form."""
    schema: dict[str, Any] = json_format.MessageToDict(elements.form_schema)
    return schema


def _within(act: Act, change_set: str) -> Act:
    return Act(act.person, act.at, act.reason, change_set or act.change_set)
