"""How a page is put on a path: `page` for what is read, `form` for what is posted."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

import grpc
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.portal import timing
from gateway.portal.guard import safe_path
from gateway.portal.problems import OUTLIVED, Problem, Refused, problem
from gateway.portal.texts import speaking
from gateway.portal.visit import House, Visit, visitor
from services.chassis import context
from services.chassis.caller import Caller
from services.chassis.context import Call

_log = logging.getLogger(__name__)

Handler = Callable[[Visit], Response]
# Bytes of a posted form; of one that carries files.
FORM_BYTES = 1 << 20
UPLOAD_BYTES = 21 << 20
# The paths of what carries files begin so: the gateway lets it through unbuffered.
_UPLOADS = "/uploads"
# Seconds that all calls of one page may take.
PATIENCE = 10.0


@dataclass(frozen=True)
class Place:
    """A handler on a path. A person has to sign in first where `signed_in` says so."""

    path: str
    handler: Handler
    method: str
    signed_in: bool
    bytes: int = 0


def page(path: str, handler: Handler, *, signed_in: bool = False) -> Place:
    """What is read."""
    return Place(path, handler, "GET", signed_in)


def form(path: str, handler: Handler, *, signed_in: bool = True) -> Place:
    """What is posted: by our own pages alone, with the token that they carry."""
    return Place(path, handler, "POST", signed_in, FORM_BYTES)


def upload(path: str, handler: Handler) -> Place:
    """The same with files, 20 MB in all; the path begins with /uploads/, which the gateway lets through unbuffered."""
    if not path.startswith(f"{_UPLOADS}/"):
        raise ValueError(f"{path}: an upload's path begins with /uploads/")
    return Place(path, handler, "POST", True, UPLOAD_BYTES)


def route(place: Place, house: House, ask_to_sign_in: Handler) -> Route:
    """The place as Starlette knows it."""

    async def endpoint(request: Request) -> Response:
        visit = visitor(house, request)
        with speaking(spoken(request)):
            try:
                return await answered(visit)
            except Exception:
                # Answered here: were it raised, the connection would break, and with it requests of others.
                _log.exception("%s %s", request.method, request.url.path)
                return visit.keep_cookies(await run_in_threadpool(visit.show, Problem(500)))

    async def answered(visit: Visit) -> Response:
        if place.method == "POST" and (refused := await _take_form(visit, place.bytes)):
            # The cookie is gone, and with it the sign-in: that comes first.
            outlived = refused.reason == OUTLIVED and place.signed_in and not visit.session.signed_in
            shown = ask_to_sign_in if outlived else partial(Visit.show, problem=refused)
            return visit.keep_cookies(await run_in_threadpool(shown, visit))
        try:
            return await run_in_threadpool(_answer, visit, place, ask_to_sign_in)
        finally:
            await visit.form.close()

    return Route(place.path, endpoint, methods=[place.method])


def ways_back(places: Sequence[Place]) -> Iterator[Route]:
    """Where an address that takes only forms leads when it is opened: to the page above it, which has the form; where it takes
    files, to the page of the same name."""
    pages = {place.path for place in places if place.method == "GET"}
    for path in {place.path for place in places if place.method == "POST"} - pages:
        yield Route(path, _to_the_page, methods=["GET"])


async def _to_the_page(request: Request) -> Response:
    path = request.url.path
    page = path.removeprefix(_UPLOADS) if path.startswith(_UPLOADS) else path.rpartition("/")[0]
    return RedirectResponse(quote(safe_path(page), safe="/"), status_code=303)


def spoken(request: Request) -> str:
    """The language that a request asks for, or that was kept; else Chinese."""
    asked = request.query_params.get("lang") or request.cookies.get("lang")
    return asked if asked in ("zh", "en") else "zh"


async def _take_form(visit: Visit, longest: int) -> Problem | None:
    """Reads what was posted; a problem where it is too large or does not come from a page of ours."""
    headers = visit.request.headers
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()) or int(length) > longest:
        return Problem(413, "FORM_TOO_LARGE")
    origins = {visit.house.settings.public_url, *visit.house.settings.origins.split(",")}
    # Every browser names the origin of a form that is posted.
    if headers.get("origin") not in origins:
        return Problem(403, "FOREIGN_FORM")
    if not _is_form(headers.get("content-type", "")):
        return Problem(400, "FORM_MALFORMED")
    if longest == UPLOAD_BYTES and not visit.session.signed_in:
        # Nobody's files are not kept, not even for a moment.
        async for _piece in visit.request.stream():
            pass
        return Problem(401, "NOT_SIGNED_IN")
    try:
        visit.form = await visit.request.form(max_files=20, max_fields=500, max_part_size=FORM_BYTES)
    except (HTTPException, ClientDisconnect, ValueError):
        return Problem(400, "FORM_MALFORMED")
    if not visit.session.proven(visit.typed("csrf")):
        # A form of ours that outlived its cookie: its text can be sent again with a token that is good.
        return Problem(403, OUTLIVED)
    return None


def _is_form(content_type: str) -> bool:
    """Whether a browser sends forms so: always in UTF-8. Other character sets could take seconds to decode."""
    kind, _semicolon, more = (part.strip() for part in content_type.lower().partition(";"))
    if kind == "multipart/form-data":
        return "charset" not in more
    return kind == "application/x-www-form-urlencoded" and more in ("", "charset=utf-8")


def _answer(visit: Visit, place: Place, ask_to_sign_in: Handler) -> Response:
    with timing.measured(visit.request.scope[timing.CALLS]), _calling(visit):
        try:
            _renew(visit, place)
            if place.signed_in and not visit.session.signed_in:
                return visit.keep_cookies(ask_to_sign_in(visit))
            with _calling(visit):
                return visit.keep_cookies(place.handler(visit))
        except Refused as refused:
            return visit.keep_cookies(visit.show(refused.problem))
        except grpc.RpcError as error:
            met = problem(error)
            if met.reason == "PAGE_TOKEN_INVALID" and place.method == "GET" and "page" in visit.query:
                # Of another list, or of a day ago: the list begins anew.
                return visit.keep_cookies(visit.goto(visit.without("page")))
            if met.status == 401:
                # Ended elsewhere: by the person on another machine, or by an operator.
                visit.use(visit.session.ended())
                return visit.keep_cookies(ask_to_sign_in(visit))
            return visit.keep_cookies(visit.show(met if met.status != 400 or place.method == "POST" else Problem(404)))


def _renew(visit: Visit, place: Place) -> None:
    try:
        visit.use(visit.house.sessions.fresh(visit.session))
    except grpc.RpcError:
        if place.signed_in:
            raise
        # What is for everybody is read as nobody meanwhile; the cookie stays, and with it the sign-in.
        visit.session = visit.session.ended()


def _calling(visit: Visit) -> Any:
    caller = Caller(person=visit.session.person, token=visit.session.access_token)
    address = visit.request.headers.get(context.FORWARDED_FOR, "").rpartition(",")[2].strip()
    return context.during(Call(caller=caller, address=address, deadline=visit.began + PATIENCE))
