"""A notice of the law as its applicant reads it."""

from starlette.responses import Response

from gateway.portal import cases, notices
from gateway.portal.pages.resident import own
from gateway.portal.routing import page
from gateway.portal.visit import Visit


def show(visit: Visit) -> Response:
    """One notice."""
    case = own.load(visit)
    return notices.shown(visit, case, address=cases.path(case), to_staff=False)


PLACES = (page("/cases/{hall}/{case}/notices/{sequence}", show, signed_in=True),)
