"""The home of the district: search first, then the ways in."""

import grpc
from starlette.responses import Response

from gateway.portal import themes
from gateway.portal.pages.public.lists import Asked, count
from gateway.portal.problems import away
from gateway.portal.routing import page
from gateway.portal.visit import Visit


def show(visit: Visit) -> Response:
    """The district's home."""
    district = visit.halls.district
    chosen = visit.halls.get(visit.hall) if visit.halls.knows(visit.hall) else None
    try:
        total = count(visit, Asked(parent=district.name, whole=True)).total_size
    except grpc.RpcError as error:
        if not away(error):
            raise
        # Halls, cases and the ways in are there all the same.
        total = 0
    return visit.render("public/home.html", district=district, chosen=chosen, total=total, groups=themes.groups())


PLACES = (page("/", show),)
