"""The files of a case as staff look at them: in a pane beside the form, or saved."""

from starlette.responses import Response

from gateway.portal import cases, files
from gateway.portal.pages.staff.case import load
from gateway.portal.routing import page
from gateway.portal.visit import Visit

# The browser's own viewer of PDF is a plug-in to a page's policy, with a style of its own; nothing else may run or load.
_POLICY = "default-src 'none'; object-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


def fetch(visit: Visit) -> Response:
    """A file of a case that the visitor's post reaches."""
    file = cases.file(visit, load(visit))
    response = files.sent(visit, file)
    if file.media_type in files.SHOWN:
        response.headers["content-security-policy"] = _POLICY
    return response


PLACES = (page("/downloads/work/cases/{hall}/{case}/{material}", fetch, signed_in=True),)
