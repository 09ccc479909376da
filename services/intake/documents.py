"""Cases as they are stored, the terms that they are handled under, and the series of their numbers."""

import functools
import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, ClassVar, Self

from google.protobuf import json_format
from google.protobuf.message import Message
from mongoengine import (
    BinaryField,
    BooleanField,
    DateTimeField,
    DictField,
    Document,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
)
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.chassis import clock, context
from services.chassis.context import Scope
from services.chassis.documents import HallDocument, ScopeMissing
from services.chassis.errors import ResourceUnknown
from services.intake import messages, rules
from services.intake.rules import form, numbers
from services.intake.rules.limits import Projection
from services.intake.rules.shapes import Actor
from services.intake.shelves import Together, of_case, of_scope, of_scopes, own
from yimen.intake.v1 import cases_pb2, events_pb2, listing_pb2
from yimen.matters.v1 import elements_pb2, matter_pb2

_NAME_OF_A_FILE = "/materials/"


class CaseFile(EmbeddedDocument):
    """A file of a case. What was handed in is never taken away: it is marked as removed and stays as evidence."""

    id = StringField(required=True)
    material = StringField(required=True)
    filename = StringField(default="")
    media_type = StringField(required=True)
    size = IntField(required=True)
    sha256 = StringField(required=True)
    # Where the content is kept.
    content = ObjectIdField(required=True)
    create_time = DateTimeField(required=True)
    # The first submission that it was part of; 0 while it was part of none.
    submission = IntField(default=0)
    removed = BooleanField(default=False)


class Submission(EmbeddedDocument):
    """What was handed in, as it was signed: enough to verify the signature again."""

    content = BinaryField(required=True)
    signature = BinaryField(required=True)
    certificate_sha256 = StringField(required=True)
    signing_time = DateTimeField(required=True)
    time = DateTimeField(required=True)


class Case(HallDocument):
    """A case 办件. Staff see it once it was handed in: a draft is its applicant's alone."""

    pattern = "halls/{hall}/cases/{id}"
    unit_field: ClassVar[str | None] = "unit"
    owner_field: ClassVar[str | None] = "applicant"

    matter = StringField(required=True)
    matter_version = IntField(required=True)
    matter_display_name = StringField(required=True)
    unit = StringField(required=True)
    # The SHA-256 of the elements that the case is handled under to its end.
    terms_sha256 = StringField(required=True)
    state = IntField(default=0)
    number = StringField()
    applicant = StringField(required=True)
    applicant_display_name = StringField(default="")
    organisation = StringField(default="")
    # The form in its canonical form: whatever its keys are, the store does not interpret them.
    form_json = StringField(default="{}")
    files = EmbeddedDocumentListField(CaseFile)
    corrections = ListField(DictField())
    outcome = IntField(default=0)
    reasons = ListField(StringField())
    result_number = StringField(default="")
    ratings = ListField(DictField())
    submit_time = DateTimeField()
    history = ListField(DictField())
    submissions = EmbeddedDocumentListField(Submission)

    # What it is found by, as shelves.py says.
    shelves = ListField(StringField())
    own_shelves = ListField(StringField())

    meta = {
        "collection": "cases",
        "db_alias": "intake",
        "indexes": [
            {"fields": ["shelves", "submit_time"]},
            {"fields": ["own_shelves", "-create_time"]},
            # Of those who look a case up without knowing its hall.
            {"fields": ["number"]},
            {
                "fields": ["hall", "number"],
                "unique": True,
                "partialFilterExpression": {"number": {"$gt": ""}},
            },
        ],
    }

    @classmethod
    def open(cls, hall: str, matter: matter_pb2.Matter, by: Actor, **fields: Any) -> Self:
        """A draft for a matter, not stored yet; the elements as they are now are its terms."""
        return cls.new(hall=hall, matter=matter.name, applicant=by.person, **fields).take(matter)

    def take(self, matter: matter_pb2.Matter) -> Self:
        """Takes the version of its matter that is in force as its terms."""
        self.matter_version = matter.matter_version
        self.matter_display_name = matter.elements.display_name.zh
        self.unit = matter.elements.unit
        self.terms_sha256 = Terms.keep(matter.elements)
        return self

    @classmethod
    def _filter(cls, scope: Scope) -> dict[str, Any]:
        super()._filter(scope)
        return cls._on(scope, of_scope(scope))

    @classmethod
    def _on(cls, scope: Scope, shelf: str) -> dict[str, Any]:
        return {"own_shelves" if scope.owner else "shelves": shelf}

    def save_with(self, *facts: Message) -> Self:
        """As every resource; the shelves follow from the state."""
        self.shelves, self.own_shelves = of_case(self), own(self)
        return super().save_with(*facts)

    @property
    def terms(self) -> elements_pb2.Elements:
        """The elements of the matter that the case is handled under."""
        return Terms.of(self.terms_sha256)

    @property
    def form_schema(self) -> dict[str, Any]:
        """The JSON Schema of the form."""
        return json_format.MessageToDict(self.terms.form_schema)

    @property
    def form(self) -> dict[str, Any]:
        """The form as it is filled in."""
        filled: dict[str, Any] = json.loads(self.form_json)
        return filled

    @form.setter
    def form(self, filled: dict[str, Any]) -> None:
        self.form_json = form.canonical(filled).decode()

    @classmethod
    def with_file(cls, name: str) -> tuple[Self, CaseFile]:
        """The case and the file that a material's resource name means; ResourceUnknown."""
        case_name, _, file_id = name.partition(_NAME_OF_A_FILE)
        case = cls.load(case_name)
        found = case.file(file_id)
        if found is None:
            raise ResourceUnknown(name=name)
        return case, found

    def file(self, file_id: str) -> CaseFile | None:
        """The file of this id, removed ones included."""
        return next((file for file in self.files if file.id == file_id), None)

    @classmethod
    def listed(cls, states: Iterable[int]) -> Together:
        """The cases that the call sees, of these states (of any where none is named), without what lists do not show."""
        scopes = [granted.scope for granted in context.current().grants]
        if not scopes:
            raise ScopeMissing("cases were listed without a scope")
        found = of_scopes(scopes)
        wanted = [f"{shelf}/{state}" for shelf in found for state in sorted(set(states))] or found
        everything = cls.across_halls("the shelf is the scope")
        shown = everything.exclude("submissions", "requests", "outbox")
        return Together([shown.filter(**cls._on(scopes[0], one)) for one in wanted])

    @classmethod
    def numbered(cls, number: str) -> Self | None:
        """The case of a number, in whichever hall; None where there is none."""
        anywhere = cls.across_halls("whoever looks a case up by its number does not know its hall")
        found: Self | None = anywhere.exclude("submissions", "requests", "outbox").filter(number=number).first()
        return found

    @classmethod
    def listed_by_number(cls, number: str, states: Iterable[int]) -> list[Self]:
        """The case of a number, where it is on a list that the call sees, of these states (of any where none is named)."""
        scopes, found = [granted.scope for granted in context.current().grants], cls.numbered(number)
        if not scopes or found is None or (states and found.state not in states):
            return []
        shelves = found.own_shelves if scopes[0].owner else found.shelves
        return [found] if not {*of_scopes(scopes)}.isdisjoint(shelves) else []

    def progress(self, seen: Projection | None) -> listing_pb2.CaseProgress:
        """How far the case is, without anything about its applicant; `seen` is its limit."""
        told = messages.clock(seen)
        if told is not None:
            del told.entries[:]
        return listing_pb2.CaseProgress(
            number=self.number,
            hall=f"halls/{self.hall}",
            matter=self.matter,
            matter_display_name=self.matter_display_name,
            unit=self.unit,
            state=self.state,
            submit_time=messages.timestamp(self.submit_time),
            update_time=messages.timestamp(self.update_time),
            clock=told,
        )

    def facts(self) -> events_pb2.CaseFacts:
        """What every event about the case says."""
        return events_pb2.CaseFacts(
            case=self.name,
            number=self.number,
            applicant=self.applicant,
            matter=self.matter,
            matter_display_name=self.matter_display_name,
            unit=self.unit,
            time=messages.timestamp(clock.now()),
        )

    def to_proto(self) -> cases_pb2.Case:
        """The case as its API message, with its limit as it stands now."""
        now = clock.now()
        due, left = rules.notice_due(self, at=now) or (None, 0)
        case = cases_pb2.Case(
            name=self.name,
            matter=self.matter,
            matter_version=self.matter_version,
            matter_display_name=self.matter_display_name,
            unit=self.unit,
            state=self.state,
            number=self.number,
            applicant=self.applicant,
            applicant_display_name=self.applicant_display_name,
            organisation=self.organisation,
            materials=[self.file_to_proto(file) for file in self.files if not file.removed],
            corrections=[messages.correction(item) for item in self.corrections],
            clock=messages.clock(rules.clock(self, at=now)),
            outcome=self.outcome,
            reasons=self.reasons,
            result_number=self.result_number,
            ratings=[messages.rating(one) for one in self.ratings],
            create_time=messages.timestamp(self.create_time),
            update_time=messages.timestamp(self.update_time),
            submit_time=messages.timestamp(self.submit_time),
            etag=self.etag,
            notice_due_date=due.isoformat() if due else "",
            notice_left_days=left,
            settled_items=rules.settled(self),
        )
        json_format.Parse(self.form_json, case.form)
        return case

    def file_to_proto(self, file: CaseFile) -> cases_pb2.CaseMaterial:
        """A file of the case as its API message."""
        return cases_pb2.CaseMaterial(
            name=f"{self.name}{_NAME_OF_A_FILE}{file.id}",
            material=file.material,
            filename=file.filename,
            media_type=file.media_type,
            size=file.size,
            sha256=file.sha256,
            create_time=messages.timestamp(file.create_time),
        )


class Incoming(Document):
    """A content that is being written, kept until a case holds it: by these a sweep finds what a crash left."""

    id = ObjectIdField(primary_key=True)
    case = StringField(required=True)
    since = DateTimeField(required=True)

    meta = {"collection": "incoming", "db_alias": "intake", "auto_create_index": False, "indexes": ["since"]}


class Terms(Document):
    """The elements of a matter as they were when a case was opened: kept once, named by their content, never changed."""

    id = StringField(primary_key=True)
    elements = BinaryField(required=True)

    meta = {"collection": "terms", "db_alias": "intake", "auto_create_index": False}

    @classmethod
    def keep(cls, elements: elements_pb2.Elements) -> str:
        """Keeps the elements and returns their SHA-256."""
        content = elements.SerializeToString(deterministic=True)
        sha256 = hashlib.sha256(content).hexdigest()
        if cls._get_collection().find_one({"_id": sha256}) is None:
            with suppress(DuplicateKeyError):
                cls._get_collection().insert_one({"_id": sha256, "elements": content})
        return sha256

    @classmethod
    def of(cls, sha256: str) -> elements_pb2.Elements:
        """The elements of this SHA-256, which are not to be changed: the process shares them."""
        return _terms(sha256)


@functools.lru_cache(maxsize=1024)
def _terms(sha256: str) -> elements_pb2.Elements:
    return elements_pb2.Elements.FromString(Terms.objects.get(id=sha256).elements)


class Series(Document):
    """The last serial of a series of numbers."""

    id = StringField(primary_key=True)
    last = IntField(required=True)

    meta = {"collection": "series", "db_alias": "intake", "auto_create_index": False}

    @classmethod
    def next_number(cls, case: Case) -> str:
        """The next number for the matter of the case today. No number is given twice; one that is not used is lost."""
        series = numbers.series(case.terms.implementation_code, clock.today(), matter=case.matter_display_name)
        return numbers.number(series, cls._next(series))

    @classmethod
    def _next(cls, series: str) -> int:
        # Not one upsert: of several at once some are answered with nothing by the embedded store.
        series_of = cls._get_collection()
        while True:
            kept = series_of.find_one_and_update({"_id": series}, {"$inc": {"last": 1}}, return_document=ReturnDocument.AFTER)
            if kept:
                serial: int = kept["last"]
                return serial
            with suppress(DuplicateKeyError):
                series_of.insert_one({"_id": series, "last": 0})
