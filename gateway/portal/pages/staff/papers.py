"""A notice of the law, to be printed, sealed and handed over."""

from starlette.responses import Response

from gateway.portal import notices
from gateway.portal.pages.staff import way
from gateway.portal.pages.staff.case import load
from gateway.portal.pages.staff.work import address
from gateway.portal.routing import page
from gateway.portal.visit import Visit


def show(visit: Visit) -> Response:
    """One notice."""
    case = load(visit)
    own = address(case)
    return notices.shown(visit, case, address=own, to_staff=True, back=way.onward(visit, own))


PLACES = (page("/work/cases/{hall}/{case}/notices/{sequence}", show, signed_in=True),)
