"""Units as they are stored."""

from collections.abc import Iterable
from typing import Self

from mongoengine import BinaryField, ListField, QuerySet, StringField

from services.chassis.documents import Resource
from yimen.matters.v1 import units_pb2


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
    def of(cls, division: str, unit_id: str, unit: units_pb2.Unit) -> Self:
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

    @classmethod
    def display_name_of(cls, name: str) -> str:
        """The name that the unit of this resource name is called by; empty where there is no such unit."""
        unit: Self | None = cls.objects(id=name.removeprefix("units/")).first()
        return str(unit.to_proto().display_name) if unit else ""

    @classmethod
    def division_of(cls, name: str) -> str:
        """The code of the division that the unit of this resource name belongs to; empty where there is no such unit."""
        unit: Self | None = cls.objects(id=name.removeprefix("units/")).first()
        return str(unit.division) if unit else ""

    @classmethod
    def known(cls, names: Iterable[str]) -> dict[str, Self]:
        """Those of the units of these resource names that there are."""
        found = ((name, cls.objects(id=name.removeprefix("units/")).first()) for name in names)
        return {name: unit for name, unit in found if unit}

    @classmethod
    def directory(cls, division: str) -> dict[str, tuple[str, str]]:
        """The units of a division and within it: resource name → display name, and the code of the unit's own division."""
        return {unit.name: (str(unit.to_proto().display_name), str(unit.division)) for unit in cls.under(division)}

    def to_proto(self) -> units_pb2.Unit:
        """The unit as its API message."""
        unit = units_pb2.Unit.FromString(self.content)
        unit.name, unit.hall = self.name, f"halls/{self.division}"
        return unit
