"""The resident's guide."""

from collections.abc import Iterator, Mapping

import grpc
from google.api import httpbody_pb2

from services.chassis import tenancy
from services.matters import offers
from services.matters.documents import Head, Unit
from services.matters.guide import composing, form, places
from services.matters.rules import reading
from yimen.matters.v1 import guide_pb2


class Guiding:
    """Guides of what is on the list now."""

    def GetGuide(self, request: guide_pb2.GetGuideRequest, _: grpc.ServicerContext) -> guide_pb2.Guide:
        matter = _listed(request.name.removesuffix("/guide"))
        elements = matter.elements
        units = Unit.known([elements.unit, *elements.joint_units])
        guide = composing.composed(matter.name, matter.content, tuple(_named(units)))
        guide.matter_version = matter.matter_version
        guide.effective_time.FromDatetime(matter.effective_time)
        area = units[elements.unit].division if elements.unit in units else matter.hall
        reader = tenancy.hall(request.hall.removeprefix("halls/") or matter.hall).code
        words = tuple(offers.words_of(matter.hall, matter.slug).items())
        terms = places.Terms(tuple(elements.handled_at), tuple(elements.accepted_at))
        asked = (tenancy.halls(), area, terms, words, reader)
        near, guide.place_count = places.near(*asked)
        guide.places.extend(places.every(*asked) if request.all_places else near)
        return guide

    def GetForm(self, request: guide_pb2.GetFormRequest, _: grpc.ServicerContext) -> httpbody_pb2.HttpBody:
        matter = _listed(request.name.removesuffix("/form"))
        sheet = form.drawn(matter.elements, request.language or "zh", name=matter.name)
        return httpbody_pb2.HttpBody(content_type="image/svg+xml", data=sheet.encode())


def _listed(name: str) -> Head:
    """The matter as it is on the list now; as `require_listed` refuses."""
    matter: Head = Head.load(name)
    reading.require_listed(matter, matter.elements.display_name)
    return matter


def _named(units: Mapping[str, Unit]) -> Iterator[tuple[str, str]]:
    """The display names of units by their resource names."""
    return ((name, unit.to_proto().display_name) for name, unit in units.items())
