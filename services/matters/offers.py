"""What halls themselves say of the district's matters, as it is stored: only where a hall differs from its standard.

The list has thousands of matters and there are more than a hundred halls: what follows from tiers and standards is computed.
"""

from collections.abc import Collection
from typing import Any, ClassVar, Self

from mongoengine import BooleanField, ListField, QuerySet, StringField

from services.chassis import context, tenancy
from services.chassis.context import Scope
from services.chassis.documents import HallDocument
from services.chassis.errors import ResourceUnknown, StaleEtag
from services.matters.documents import Head, Unit
from services.matters.rules import State
from services.matters.rules import offers as rules
from services.matters.rules.offers import Said, Standing
from services.matters.search.entries import summary
from yimen.matters.v1 import elements_pb2, offers_pb2, search_pb2


class Offer(HallDocument):
    """A hall's own word on one matter of its district. One that was never stored is what the standard has the hall do."""

    pattern = "halls/{hall}/offers/{slug}"
    public: ClassVar[dict[str, Any] | None] = {}

    slug = StringField(required=True)
    # The first six digits of the hall: whose list it is.
    district = StringField(required=True)
    handles = BooleanField(default=False)
    accepts = BooleanField(default=False)
    counters = ListField(StringField())

    meta = {
        "collection": "offers",
        "db_alias": "matters",
        "indexes": [("hall", "slug"), ("district", "slug"), ("district", "update_time")],
    }

    @classmethod
    def at(cls, name: str, etag: str = "") -> Self:
        """The hall's word, or one not stored yet; StaleEtag as `load`, ResourceUnknown for what is no offer's name."""
        fields = cls.parse(name)
        try:
            return cls.load(name, etag)
        except ResourceUnknown:
            hall, slug = fields["hall"], fields["slug"]
            unsaid = cls.new(id=f"{hall}-{slug}", hall=hall, slug=slug, district=hall[:6])
        if etag and etag != unsaid.etag:
            raise StaleEtag(name=name)
        return unsaid

    @classmethod
    def of_district(cls, district: str, **narrower: Any) -> QuerySet:
        """What all halls of a district say."""
        return cls.across_halls("the district's list is answered for all its halls").filter(district=district, **narrower)

    @property
    def said(self) -> Said:
        """The hall's word by itself."""
        return Said(self.handles, self.accepts, tuple(self.counters))

    @property
    def is_own(self) -> bool:
        """Whether the hall has said it; else nothing is stored."""
        return bool(self.version)

    @property
    def matter(self) -> str:
        """The name of the matter."""
        return f"halls/{self.district}/matters/{self.slug}"

    def elements(self) -> elements_pb2.Elements:
        """The matter's, as they are in force; ResourceUnknown where it is not on the list now."""
        with context.acting_in(Scope(hall=self.district, public=True)):
            try:
                head = Head.load(self.matter)
            except ResourceUnknown:
                raise ResourceUnknown(name=self.name) from None
        if head.state != State.PUBLISHED:
            raise ResourceUnknown(name=self.name)
        return head.elements

    def say(self, *, handles: bool, accepts: bool, counters: Collection[str]) -> Self:
        """Takes the hall's word; as `rules.require_within` refuses what is beyond its standard."""
        self.handles, self.accepts, self.counters = handles, accepts, list(counters)
        elements = self.elements()
        rules.require_within(elements, tenancy.hall(self.hall), Unit.division_of(elements.unit), self, matter=self.matter)
        return self

    def to_proto(self) -> offers_pb2.Offer:
        """What the hall does with the matter now, as its API message."""
        elements = self.elements()
        area, word = Unit.division_of(elements.unit), self if self.is_own else None
        standing = rules.standing(elements, tenancy.hall(self.hall), area, word)
        summarised = summary(self.matter, elements)
        summarised.unit_display_name = Unit.display_name_of(elements.unit)
        return message(self.name, standing, summarised, self.etag)


def words_of(district: str, slug: str) -> dict[str, Said]:
    """What halls of a district say of one matter, by their codes."""
    return {word.hall: word.said for word in Offer.of_district(district, slug=slug)}


def message(name: str, standing: Standing, summarised: search_pb2.MatterSummary, etag: str) -> offers_pb2.Offer:
    """An offer as its API message."""
    return offers_pb2.Offer(
        name=name,
        handles=standing.handles,
        accepts=standing.accepts,
        counters=standing.counters,
        own=standing.own,
        summary=summarised,
        etag=etag,
    )
