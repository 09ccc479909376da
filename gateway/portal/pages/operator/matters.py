"""How far the list of matters is published: all, by type, by unit."""

from starlette.responses import Response

from gateway.portal.formats import text
from gateway.portal.names import name_of
from gateway.portal.pages.operator.posts import require_operator
from gateway.portal.routing import page
from gateway.portal.visit import Visit
from yimen.matters.v1 import search_pb2


def show(visit: Visit) -> Response:
    """What is in force on the list now."""
    require_operator(visit)
    request = search_pb2.SearchMattersRequest(parent=visit.halls.district.name, page_size=1)
    found = visit.services.matters.SearchMatters(request)
    counted = {facet.field: facet.values for facet in found.facets}
    types = [(name_of(one.value, "MatterType"), one.value, one.count) for one in counted.get("matter_type", ())]
    units = [(text(one.label) or one.value, one.value, one.count) for one in counted.get("unit", ())]
    return visit.render("operator/matters.html", total=found.total_size, types=types, units=units)


PLACES = (page("/operator/matters", show, signed_in=True),)
