"""The portal over the services: its pages, its assets, and what it says when something is not there or goes wrong."""

import logging
import traceback

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from gateway.portal import pages
from gateway.portal.assets import Assets
from gateway.portal.guard import Cookies, Headers
from gateway.portal.halls import Halls
from gateway.portal.pages.resident.sign_in import ask_to_sign_in
from gateway.portal.problems import Problem
from gateway.portal.routing import route, spoken, ways_back
from gateway.portal.services import Services
from gateway.portal.sessions import Sessions
from gateway.portal.templating import environment
from gateway.portal.texts import speaking
from gateway.portal.timing import Times
from gateway.portal.visit import House, visitor
from services.chassis.clients import Clients
from services.chassis.settings import Settings

_log = logging.getLogger(__name__)


def application(clients: Clients, settings: Settings) -> Starlette:
    """The portal."""
    services = Services(clients)
    secure = settings.public_url.startswith("https://")
    house = House(
        settings=settings,
        services=services,
        sessions=Sessions(settings.portal_key(), services.identity.RefreshSession),
        templates=environment(),
        cookies=Cookies(secure),
        halls=Halls(services),
    )

    async def missing(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        response = await _problem(house, request, Problem(error.status_code))
        response.headers.update(error.headers or {})
        return response

    async def broken(request: Request, error: Exception) -> Response:
        _log.error("%s %s\n%s", request.method, request.url.path, "".join(traceback.format_exception(error)))
        return await _problem(house, request, Problem(500))

    return Starlette(
        routes=[
            *(route(place, house, ask_to_sign_in) for place in pages.PLACES),
            *ways_back(pages.PLACES),
            Route("/healthz", lambda _: PlainTextResponse("ok\n")),
            Mount("/static", Assets()),
        ],
        middleware=[
            Middleware(Times),
            Middleware(Headers, secure=secure),
        ],
        exception_handlers={HTTPException: missing, 500: broken},
    )


async def _problem(house: House, request: Request, problem: Problem) -> Response:
    visit = visitor(house, request)
    with speaking(spoken(request)):
        return visit.keep_cookies(await run_in_threadpool(visit.show, problem))
