"""The home of the district: search first."""

from starlette.responses import Response

from gateway.portal.routing import page
from gateway.portal.visit import Visit


def show(visit: Visit) -> Response:
    """The district's home."""
    return visit.render("public/home.html")


PLACES = (page("/", show),)
