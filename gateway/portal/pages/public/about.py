"""How to use these pages, and what they keep."""

from starlette.responses import Response

from gateway.portal.routing import page
from gateway.portal.visit import Visit


def help_(visit: Visit) -> Response:
    """How to get something done here."""
    return visit.render("public/help.html", district=visit.halls.district)


def accessibility(visit: Visit) -> Response:
    """What these pages keep, and where they fall short."""
    return visit.render("public/accessibility.html", district=visit.halls.district)


PLACES = (page("/help", help_), page("/accessibility", accessibility))
