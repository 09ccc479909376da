"""The files of a case as staff look at them: in a pane beside the form, or saved."""

from starlette.responses import Response

from gateway.portal import cases, files
from gateway.portal.pages.staff import sheets
from gateway.portal.pages.staff.case import load
from gateway.portal.problems import Refused
from gateway.portal.routing import page
from gateway.portal.visit import Visit

# The browser's own viewer of PDF is a plug-in to a page's policy, with a style of its own; nothing else may run or load.
_POLICY = "default-src 'none'; object-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)


def fetch(visit: Visit) -> Response:
    """A file of a case that the visitor's post reaches."""
    file = cases.file(visit, load(visit))
    response = files.sent(visit, file)
    if file.media_type in files.SHOWN:
        response.headers["content-security-policy"] = _POLICY
    return response


def picture(visit: Visit) -> Response:
    """A picture, made to fit its pane: a browser fits one to its window alone."""
    file = cases.file(visit, load(visit))
    if not file.media_type.startswith("image/"):
        raise Refused(404)
    response = visit.render("staff/image.html", file=file, whole=sheets.saved(file))
    response.headers["content-security-policy"] = _PAGE_POLICY
    return response


PLACES = (
    page("/downloads/work/cases/{hall}/{case}/{material}", fetch, signed_in=True),
    page("/work/pictures/{hall}/{case}/{material}", picture, signed_in=True),
)
