"""The resident's guide."""

from collections.abc import Iterator

import grpc

from services.chassis import tenancy
from services.chassis.errors import ResourceUnknown
from services.matters.documents import Head, Unit
from services.matters.guide import composing, places
from services.matters.offers import Offer
from services.matters.rules import reading
from yimen.matters.v1 import elements_pb2, guide_pb2


class Guiding:
    """Guides of what is on the list now."""

    def GetGuide(self, request: guide_pb2.GetGuideRequest, _: grpc.ServicerContext) -> guide_pb2.Guide:
        matter: Head = Head.load(request.name.removesuffix("/guide"))
        reading.require_listed(matter)
        elements = matter.elements
        guide = composing.composed(matter.content, tuple(_units(elements)))
        guide.name, guide.matter_version = request.name, matter.matter_version
        near, guide.place_count = _places(matter, elements, reader=request.hall.removeprefix("halls/"))
        guide.places.extend(near)
        return guide


def _units(elements: elements_pb2.Elements) -> Iterator[tuple[str, str]]:
    """The units that the elements name, with their display names; one that is not known goes by its own name."""
    for name in (elements.unit, *elements.joint_units):
        try:
            yield name, Unit.load(name).to_proto().display_name
        except ResourceUnknown:
            yield name, name


def _places(matter: Head, elements: elements_pb2.Elements, *, reader: str) -> tuple[tuple[guide_pb2.Place, ...], int]:
    """The nearest halls to the reader's, the matter's own where none is named; HallUnknown."""
    said = Offer.of_matter(matter.hall, matter.slug)
    words = tuple(places.Word(hall, word.handles, word.accepts, tuple(word.counters)) for hall, word in said.items())
    terms = places.Terms(tuple(elements.handled_at), tuple(elements.accepted_at))
    return places.near(tenancy.halls(), matter.hall, terms, words, tenancy.hall(reader or matter.hall).code)
