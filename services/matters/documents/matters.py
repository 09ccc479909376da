"""Matters as they are stored.

The embedded store serves a query by an index only where the index has every field of the query. So what a list may be
narrowed by is kept as the shelves that a document stands on, and each query below has an index of exactly its fields.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
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
from services.chassis.errors import ResourceUnknown
from services.matters import rules, search
from services.matters.documents.versions import Version, encoded
from services.matters.rules import Act, MatterHeld, Standing, State, VersionState
from yimen.matters.v1 import elements_pb2, events_pb2, matters_pb2, versions_pb2

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
    grams = ListField(StringField())

    # Oldest first.
    versions = EmbeddedDocumentListField(Version)

    meta = {"abstract": True}

    @property
    def elements(self) -> elements_pb2.Elements:
        """The elements; a copy."""
        return matters_pb2.Matter.FromString(self.content).elements

    def searched(self) -> tuple[list[str], list[str], list[str]]:
        """The phrases that it is found by: its name, its keywords, the rest."""
        e = self.elements
        rest = [*(result.display_name for result in e.results), *e.conditions, e.display_name.en]
        return [e.display_name.zh], list(e.keywords), rest

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

    def to_proto(self) -> matters_pb2.Matter:
        """The matter as its API message; what is to come is for editors alone."""
        matter = matters_pb2.Matter.FromString(self.content)
        matter.MergeFrom(
            matters_pb2.Matter(
                name=self.name,
                state=matters_pb2.MatterState.ValueType(self.state),
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
        if for_editors():
            matter.next_version = self.next_version
            matter.next_state = versions_pb2.VersionState.ValueType(self.next_state)
        return matter


_HEAD = (
    "content", "state", "matter_version", "effective_time", "publish_time", "cancel_time", "cancel_reason",
    "next_version", "next_state", "due", "code", "unit", "shelves", "grams",
)  # fmt: skip


class _ByName(_Matter):
    """A matter by its name: whoever is not an editor sees what has come into force at least once."""

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
        return super().across_halls(reason).exclude("versions", "grams", "shelves", "requests", "outbox")

    @classmethod
    def _find(cls, fields: dict[str, str]) -> Self | None:
        found = super()._find(fields)
        return found.by_the_clock() if found else None


class Matter(_ByName):
    """A matter 事项 with all its versions: for whatever changes it. After a change its head is settled, then it is saved."""

    # halls/…/changeSets/…@attempt of the set that is being adopted and holds it; empty for none.
    held_by = StringField(default="")

    meta = {
        "collection": "matters",
        "db_alias": "matters",
        "indexes": [
            ("hall", "slug", "publish_time"),
            ("hall", "shelves", "code"),
            ("hall", "state", "shelves", "code"),
            ("hall", "state", "grams"),
            {"fields": ["due"], "sparse": True},
            # No two live matters have one code, whoever publishes at the same moment.
            {
                "fields": ["hall", "code"],
                "unique": True,
                "partialFilterExpression": {"state": int(State.PUBLISHED)},
                "name": "one_live_matter_a_code",
            },
        ],
    }

    @classmethod
    def draft(cls, hall: str, slug: str, message: matters_pb2.Matter, act: Act) -> Self:
        """A draft of a hall's list, not stored yet."""
        matter = cls.new(id=f"{hall}-{slug}", hall=hall, slug=slug)
        rules.draft(matter, Version.of(message), act)
        matter.settle(act.at)
        return matter

    @classmethod
    def published(cls, hall: str, slug: str, message: matters_pb2.Matter, act: Act, change_set: str = "") -> Self:
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
        """Keeps everybody else from changing it until it is let go; MatterHeld where another set holds it."""
        if self.holder not in ("", change_set):
            raise MatterHeld(name=self.name, change_set=self.holder)
        self.held_by = f"{change_set}@{attempt}"
        return super().save_with()

    def let_go(self) -> Self:
        """Ends the hold with the next save."""
        self.held_by = ""
        return self

    @classmethod
    def due_by(cls, at: datetime) -> QuerySet:
        """The matters whose heads change by then."""
        return cls.across_halls("dates come in every hall").filter(due__lte=at)

    def edit(self, message: matters_pb2.Matter, act: Act) -> Version:
        """Replaces the first draft; as `rules.edit` refuses."""
        return self._write(rules.edit(self, act), message)

    def propose(self, message: matters_pb2.Matter, act: Act) -> Version:
        """Drafts the next version or replaces its draft; as `rules.propose` refuses."""
        return self._write(rules.propose(self, Version.of(message), act), message)

    def adopt(self, message: matters_pb2.Matter, act: Act, change_set: str = "") -> bool:
        """Puts a version in force now that was reviewed elsewhere, whatever is being prepared; MatterNotPublished.

        False, and nothing done, where the set has changed the matter already.
        """
        act = _within(act, change_set)
        if self._was_changed_by(act.change_set):
            return False
        rules.adopt(self, Version.of(message), act)
        return True

    def republish(self, message: matters_pb2.Matter, act: Act) -> bool:
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

    def at(self, when: datetime) -> Standing[Version]:
        """Where it stood, stands or will stand at an instant."""
        return rules.standing(self.versions, when)

    def numbered(self, number: int) -> Version:
        """The version of this number; ResourceUnknown."""
        if not 1 <= number <= len(self.versions):
            raise ResourceUnknown(name=f"{self.name}/versions/{number}")
        version: Version = self.versions[number - 1]
        return version

    def content_of(self, version: Version) -> bytes:
        """elements and provenance of a version of it, encoded."""
        return bytes(self.content if version.content is None else version.content)

    def elements_of(self, version: Version) -> elements_pb2.Elements:
        """The elements of a version of it; a copy."""
        return matters_pb2.Matter.FromString(self.content_of(version)).elements

    def settle(self, at: datetime) -> list[Message]:
        """Brings the head to what is in force at an instant; returns what is to be told of it, in order."""
        # What was before the head began has been told.
        since = self.effective_time if self.matter_version else None
        passed = [turn for turn in rules.turns(self.versions) if turn <= at and (since is None or turn >= since)]
        told = [fact for turn in passed for fact in self._turn(turn)]
        if not self.matter_version:
            self._show(self.versions[0])
        coming = rules.coming(self.versions, at)
        self.next_version, self.next_state = (coming.number, coming.state) if coming else (0, 0)
        self.due = next((turn for turn in rules.turns(self.versions) if turn > at), None)
        self.publish_time = self.versions[0].effective_time
        shown = self.at(at).version
        is_ending = shown is not None and shown.end_state == VersionState.CANCELLED
        self.cancel_time = shown.end_time if shown and is_ending else None
        self.cancel_reason = _reason(shown, VersionState.CANCELLED) if shown and is_ending else ""
        return told

    def _turn(self, at: datetime) -> list[Message]:
        stands = self.at(at)
        if stands.version is None or (self.state, self.matter_version) == (stands.state, stands.version.number):
            return []
        self.state, self.matter_version = int(stands.state), stands.version.number
        self.effective_time = stands.version.effective_time
        self._show(stands.version)
        if stands.state == State.CANCELLED:
            reason = _reason(stands.version, VersionState.CANCELLED)
            return [events_pb2.MatterCancelled(matter=self.name, reason=reason)]
        return [
            events_pb2.MatterPublished(
                matter=self.name,
                matter_version=self.matter_version,
                display_name=self.elements.display_name.zh,
                unit=self.unit,
            )
        ]

    def _show(self, version: Version) -> None:
        """Makes a version the head: its content moves there, and that of the head before goes back to its version."""
        if version.content is None:
            return
        for other in self.versions:
            if other.content is None:
                other.content = self.content
        self.content, version.content = version.content, None
        self._derive()

    def _write(self, version: Version, message: matters_pb2.Matter) -> Version:
        if version.content is None:
            self.content = encoded(message)
            self._derive()
        else:
            version.content = encoded(message)
        return version

    def _derive(self) -> None:
        """What is looked for follows from the head's elements."""
        elements = self.elements
        self.code, self.unit = elements.implementation_code, elements.unit
        self.shelves = [shelf_of(unit, kind) for unit in ("", elements.unit) for kind in (0, elements.matter_type)]
        self.grams = sorted(set[str]().union(*map(search.grams, chain(*self.searched()))))

    def _was_changed_by(self, change_set: str) -> bool:
        return bool(change_set) and any(
            entry["change_set"] == change_set for version in self.versions for entry in version.entries
        )


class Listed(_Matter):
    """The same documents as they stand on the list: whoever is not an editor sees what is published now."""

    public: ClassVar[dict[str, Any] | None] = {"state": int(State.PUBLISHED)}

    meta = {"collection": "matters", "db_alias": "matters", "strict": False}

    @classmethod
    def on(cls, *, state: int = 0, unit: str = "", matter_type: int = 0) -> QuerySet:
        """What of the list the call sees, narrowed by what is given. `state` is for editors; for others it is published."""
        shelf = cls.objects(shelves=shelf_of(unit, matter_type)).exclude("versions", "grams", "requests", "outbox")
        return shelf.filter(state=state) if state else shelf

    @classmethod
    def with_code(cls, code: str) -> str:
        """The name of the published matter of this code, as an editor sees it; empty where there is none."""
        live: Self | None = cls.on(state=State.PUBLISHED).filter(code=code).first()
        return str(live.name) if live else ""

    @classmethod
    def fitting(cls, query: str, limit: int) -> list[Self]:
        """What of the list shares words with a query, best first."""
        asked = search.wanted(query)
        found = cls.objects(grams__in=sorted(asked)).exclude("versions", "requests", "outbox")
        return sorted(found, key=lambda matter: (-search.fit(asked, matter.searched()), matter.code))[:limit]


def for_editors() -> bool:
    """Whether the scope of the call is an editor's: then it also sees what is being prepared."""
    scope = context.current().scope
    return scope is not None and not scope.public


def form_of(elements: elements_pb2.Elements) -> dict[str, Any]:
    """The JSON Schema of the application form."""
    schema: dict[str, Any] = json_format.MessageToDict(elements.form_schema)
    return schema


def _reason(version: Version, to: VersionState) -> str:
    """Why a version was moved there last."""
    return next((str(entry["reason"]) for entry in reversed(version.entries) if entry["to"] == to), "")


def _within(act: Act, change_set: str) -> Act:
    return Act(act.person, act.at, act.reason, change_set or act.change_set)


def shelf_of(unit: str, matter_type: int) -> str:
    """Where a matter of a unit and a type stands; empty and 0 for whichever."""
    return f"{unit} {matter_type or ''}".strip()
