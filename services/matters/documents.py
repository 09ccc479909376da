"""Units and matters as they are stored.

The embedded store serves a query by an index only where the index has every field of the query. So what a list may be
narrowed by is kept as the shelves that a document stands on, and each query below has an index of exactly its fields.
"""

from itertools import chain
from typing import Any, ClassVar, Self

from google.protobuf import json_format
from mongoengine import BinaryField, DateTimeField, IntField, ListField, QuerySet, StringField

from services.chassis.documents import HallDocument, Resource
from services.matters import search
from services.matters.rules import State
from yimen.matters.v1 import elements_pb2, matters_pb2


class Unit(Resource):
    """A unit 单位. The directory of units is public: it is no document of a hall."""

    pattern = "units/{id}"

    # The code of its division, and of each division around it.
    division = StringField(required=True)
    shelves = ListField(StringField())
    credit_code = StringField(default="")
    # The unit as its API message.
    content = BinaryField(required=True)

    meta = {"collection": "units", "db_alias": "matters", "indexes": [("shelves", "credit_code")]}

    @classmethod
    def of(cls, division: str, unit_id: str, unit: matters_pb2.Unit) -> Self:
        """A unit of a division, not stored yet."""
        return cls.new(
            id=unit_id,
            division=division,
            shelves=[division[:digits] for digits in (6, 9, 12) if digits <= len(division)],
            credit_code=unit.credit_code,
            content=unit.SerializeToString(),
        )

    @classmethod
    def under(cls, division: str) -> QuerySet:
        """The units of a division and of those within it."""
        return cls.objects(shelves=division)

    @classmethod
    def credit_code_of(cls, name: str) -> str | None:
        """The credit code of the unit of this name; None where there is no such unit."""
        unit: Self | None = cls.objects(id=name.removeprefix("units/")).first()
        return str(unit.credit_code) if unit else None

    def to_proto(self) -> matters_pb2.Unit:
        """The unit as its API message."""
        unit = matters_pb2.Unit.FromString(self.content)
        unit.name, unit.hall = self.name, f"halls/{self.division}"
        return unit


class _Matter(HallDocument):
    """What is stored of a matter.

    Its elements are kept in the proto's own encoding: the contract's rules of change are the stored list's too, and a matter
    of a hundred and fifty fields is read in microseconds. What is looked for is kept beside them, derived and never edited.
    """

    pattern = "halls/{hall}/matters/{slug}"

    slug = StringField(required=True)
    # elements and provenance of the API message.
    content = BinaryField(required=True)
    state = IntField(default=int(State.DRAFT))
    matter_version = IntField(default=0)
    publish_time = DateTimeField()
    cancel_time = DateTimeField()
    cancel_reason = StringField(default="")

    code = StringField(default="")
    unit = StringField(default="")
    shelves = ListField(StringField())
    grams = ListField(StringField())

    meta = {"abstract": True}

    @property
    def elements(self) -> elements_pb2.Elements:
        """The elements; a copy."""
        return matters_pb2.Matter.FromString(self.content).elements

    def form(self) -> dict[str, Any]:
        """The JSON Schema of the application form."""
        schema: dict[str, Any] = json_format.MessageToDict(self.elements.form_schema)
        return schema

    def searched(self) -> tuple[list[str], list[str], list[str]]:
        """The phrases that it is found by: its name, its keywords, the rest."""
        e = self.elements
        rest = [*(result.display_name for result in e.results), *e.conditions, e.display_name.en]
        return [e.display_name.zh], list(e.keywords), rest

    def to_proto(self) -> matters_pb2.Matter:
        """The matter as its API message."""
        matter = matters_pb2.Matter.FromString(self.content)
        matter.MergeFrom(
            matters_pb2.Matter(
                name=self.name,
                state=matters_pb2.MatterState.ValueType(self.state),
                matter_version=self.matter_version,
                create_time=self.create_time,
                update_time=self.update_time,
                publish_time=self.publish_time,
                cancel_time=self.cancel_time,
                cancel_reason=self.cancel_reason,
                etag=self.etag,
            )
        )
        return matter


class Matter(_Matter):
    """A matter 事项 by its name: whoever is not an editor sees what was published at least once."""

    public: ClassVar[dict[str, Any] | None] = {"matter_version__gte": 1}

    meta = {
        "collection": "matters",
        "db_alias": "matters",
        "indexes": [
            ("hall", "slug", "matter_version"),
            ("hall", "shelves", "code"),
            ("hall", "state", "shelves", "code"),
            ("hall", "state", "grams"),
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
    def draft(cls, hall: str, slug: str, matter: matters_pb2.Matter) -> Self:
        """A draft of a hall's list, not stored yet."""
        return cls.new(id=f"{hall}-{slug}", hall=hall, slug=slug).fill(matter)

    def fill(self, matter: matters_pb2.Matter) -> Self:
        """Takes the elements and the provenance of a message, and derives what is looked for."""
        elements = matter.elements
        self.content = matters_pb2.Matter(elements=elements, provenance=matter.provenance).SerializeToString()
        self.code, self.unit = elements.implementation_code, elements.unit
        self.shelves = [_shelf(unit, kind) for unit in ("", elements.unit) for kind in (0, elements.matter_type)]
        self.grams = sorted(set[str]().union(*map(search.grams, chain(*self.searched()))))
        return self


class Listed(_Matter):
    """The same documents as they stand on the list: whoever is not an editor sees what is published now."""

    public: ClassVar[dict[str, Any] | None] = {"state": int(State.PUBLISHED)}

    meta = {"collection": "matters", "db_alias": "matters"}

    @classmethod
    def on(cls, *, state: int = 0, unit: str = "", matter_type: int = 0) -> QuerySet:
        """What of the list the call sees, narrowed by what is given. `state` is for editors; for others it is published."""
        shelf = cls.objects(shelves=_shelf(unit, matter_type))
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
        found = cls.objects(grams__in=sorted(asked))
        return sorted(found, key=lambda matter: (-search.fit(asked, matter.searched()), matter.code))[:limit]


def _shelf(unit: str, matter_type: int) -> str:
    """Where a matter of a unit and a type stands; empty and 0 for whichever."""
    return f"{unit} {matter_type or ''}".strip()
