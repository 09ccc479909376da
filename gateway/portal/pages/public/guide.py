"""The guide of a matter: what it needs, how long it takes, how it goes, and where."""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.portal.drawings import inline
from gateway.portal.formats import address
from gateway.portal.pages.public.lists import EX_OFFICIO
from gateway.portal.routing import page
from gateway.portal.texts import language
from gateway.portal.visit import Visit
from yimen.matters.v1 import elements_pb2, guide_pb2, matter_pb2

# The sections that are read first, in this order; what a guide says beside them follows, closed.
FIRST = ("conditions", "prerequisites", "materials", "steps", "limits", "fees", "channels", "results", "places", "questions")


def show(visit: Visit) -> Response:
    """The guide as the reader's hall shows it: the one of the address, else the one chosen before."""
    name = f"halls/{visit.where['hall']}/matters/{visit.where['matter']}"
    hall = _reader(visit)
    every = bool(visit.asked("places"))
    guide = visit.services.matters.GetGuide(guide_pb2.GetGuideRequest(name=f"{name}/guide", hall=hall, all_places=every))
    matter = visit.services.matters.GetMatter(matter_pb2.GetMatterRequest(name=name))
    sections = {section.id: section for section in guide.sections}
    accepting = [place for place in guide.places if place.accepts]
    apply_at = next((place for place in accepting if place.hall == hall), accepting[0] if accepting else None)
    path = address(name)
    return visit.render(
        "public/guide.html",
        path=path,
        guide=guide,
        elements=matter.elements,
        type_name=elements_pb2.MatterType.Name(matter.elements.matter_type),
        sections=sections,
        rest=[section for section in guide.sections if section.id not in FIRST],
        hall=visit.halls.get(hall) if hall else None,
        apply_at=apply_at,
        apply=f"/apply{path.removeprefix('/matters')}?hall={apply_at.hall.removeprefix('halls/')}" if apply_at else "",
        every_place=f"{path}?{urlencode({'hall': hall.removeprefix('halls/'), 'places': 'all'})}#s-places" if not every else "",
        applied_for=matter.elements.matter_type not in EX_OFFICIO,
        online=matter.elements.online_depth >= elements_pb2.ONLINE_DEPTH_RECEIPT,
        drawing=inline(guide.flow_chart.svg_en if language() == "en" else guide.flow_chart.svg_zh),
        numbered=_numbered(sections),
    )


def _reader(visit: Visit) -> str:
    asked = f"halls/{visit.asked('hall', 12)}"
    return next((hall for hall in (asked, visit.hall) if visit.halls.knows(hall)), "")


def _numbered(sections: Mapping[str, guide_pb2.GuideSection]) -> frozenset[str]:
    """The sections whose rows have numbers for labels: they are lists."""
    return frozenset(
        name for name, section in sections.items() if section.rows and all(row.label.zh.isdigit() for row in section.rows)
    )


PLACES = (page("/matters/{hall}/{matter}", show),)
