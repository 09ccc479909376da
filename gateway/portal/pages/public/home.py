"""The home of the district: search first, then the ways in."""

from starlette.responses import Response

from gateway.portal import themes
from gateway.portal.pages.public.lists import Asked, count
from gateway.portal.routing import page
from gateway.portal.visit import Visit


def show(visit: Visit) -> Response:
    """The district's home."""
    district = visit.halls.district
    chosen = visit.halls.get(visit.hall) if visit.halls.knows(visit.hall) else None
    listed = count(visit, Asked(parent=district.name))
    return visit.render(
        "public/home.html", district=district, chosen=chosen, listed=listed, groups=themes.groups(), halls=visit.halls
    )


PLACES = (page("/", show),)
