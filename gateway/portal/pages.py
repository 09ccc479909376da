"""The public pages: the district with its halls and a search, a hall, the guide of a matter."""

from pathlib import Path
from typing import Any

import grpc
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from gateway.portal.words import english, words
from services.chassis.clients import Clients
from yimen.halls.v1 import halls_pb2, halls_pb2_grpc
from yimen.matters.v1 import matters_pb2, matters_pb2_grpc, search_pb2

HERE = Path(__file__).parent
# Seconds that a page waits for a service.
PATIENCE = 5.0
_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


class Pages:
    """Renders what the services say."""

    def __init__(self, clients: Clients) -> None:
        self._halls = clients.stub("halls", halls_pb2_grpc.HallsServiceStub)
        self._matters = clients.stub("matters", matters_pb2_grpc.MattersServiceStub)
        self._templates = Jinja2Templates(HERE / "templates")

    def home(self, request: Request) -> Response:
        """The district, a search over its matters, and its halls by tier."""
        halls = self._every_hall()
        district, query = halls[0], request.query_params.get("q", "").strip()[:100]
        found: list[search_pb2.MatterSummary] = []
        if query:
            asked = search_pb2.SearchMattersRequest(parent=district.name, query=query, page_size=20)
            found = list(self._matters.SearchMatters(asked, timeout=PATIENCE).results)
        streets = [(hall, [one for one in halls if one.parent == hall.name]) for hall in halls if hall.parent == district.name]
        return self._page(request, "home.html", hall=district, streets=streets, query=query, found=found)

    def hall(self, request: Request) -> Response:
        """One hall: its sign, hours, counters, and the matters of the list."""
        asked = halls_pb2.GetHallRequest(name=f"halls/{request.path_params['hall']}")
        hall = self._halls.GetHall(asked, timeout=PATIENCE)
        district = self._every_hall()[0]
        listed = self._matters.ListMatters(
            matters_pb2.ListMattersRequest(parent=district.name, page_size=100), timeout=PATIENCE
        )
        matters = [matter for matter in listed.matters if hall.tier in matter.elements.accepted_at]
        return self._page(request, "hall.html", hall=hall, matters=matters)

    def matter(self, request: Request) -> Response:
        """The guide of one matter."""
        where = request.path_params
        asked = matters_pb2.GetMatterRequest(name=f"halls/{where['hall']}/matters/{where['matter']}")
        matter = self._matters.GetMatter(asked, timeout=PATIENCE)
        unit = self._matters.GetUnit(matters_pb2.GetUnitRequest(name=matter.elements.unit), timeout=PATIENCE)
        return self._page(request, "matter.html", matter=matter, elements=matter.elements, unit=unit)

    def refused(self, request: Request, error: Exception) -> Response:
        """What went wrong, as a page: 404 for what is not there, 503 for a service that does not answer."""
        assert isinstance(error, grpc.Call)
        missing = error.code() in {grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT}
        return self._page(request, "refused.html", status=404 if missing else 503, missing=missing)

    def _every_hall(self) -> list[halls_pb2.Hall]:
        """The district first, in the order of codes."""
        halls: list[halls_pb2.Hall] = []
        asked = halls_pb2.ListHallsRequest(page_size=200)
        while True:
            reply = self._halls.ListHalls(asked, timeout=PATIENCE)
            halls += reply.halls
            if not reply.next_page_token:
                return halls
            asked.page_token = reply.next_page_token

    def _page(self, request: Request, template: str, *, status: int = 200, **shown: Any) -> Response:
        language = "en" if english(request.query_params.get("lang", ""), request.cookies.get("lang", "")) else "zh"
        shown |= {"language": language, "t": words(language), "text": lambda text: (language == "en" and text.en) or text.zh}
        page = self._templates.TemplateResponse(request, template, shown, status_code=status)
        page.set_cookie("lang", language, httponly=True, samesite="lax")
        return page


async def _guarded(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Adds to every reply the headers that keep a page to itself."""
    response = await call_next(request)
    response.headers.update(_HEADERS)
    return response


def application(clients: Clients) -> Starlette:
    """The portal over the services."""
    pages = Pages(clients)
    return Starlette(
        routes=[
            Route("/", pages.home),
            Route("/halls/{hall}", pages.hall),
            Route("/halls/{hall}/matters/{matter}", pages.matter),
            Route("/healthz", lambda _: PlainTextResponse("ok\n")),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=_guarded)],
        exception_handlers={grpc.RpcError: pages.refused},
    )
