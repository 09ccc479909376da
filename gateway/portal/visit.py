"""One request as a page sees it: who visits, what was asked, and the replies that a page can give."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

import grpc
from jinja2 import Environment
from starlette.datastructures import FormData, QueryParams, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.portal import guard
from gateway.portal.guard import Cookies, safe_path
from gateway.portal.halls import Directory, Halls
from gateway.portal.problems import OUTLIVED, Problem
from gateway.portal.services import Services
from gateway.portal.sessions import Session, Sessions
from gateway.portal.templating import proving
from gateway.portal.texts import _, language
from services.chassis.settings import Settings
from yimen.identity.v1 import sessions_pb2

_A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class House:
    """What every request is answered with."""

    settings: Settings
    services: Services
    sessions: Sessions
    templates: Environment
    cookies: Cookies
    halls: Halls


@dataclass
class Visit:
    """One request. `session` is the visitor's; a page changes it by `sign_in` and `sign_out` alone."""

    request: Request
    house: House
    session: Session
    # Whether the browser holds a cookie of ours that opens with this session.
    kept: bool = False
    form: FormData = field(default_factory=FormData)
    began: float = field(default_factory=time.monotonic)
    # The address of the page that a refused form shows, where the form's own is none that can be read.
    shown_at: str = ""
    # Whether the cookie has to be written: it is not, for a visitor who only reads.
    changed: bool = False

    @property
    def services(self) -> Services:
        """The services' stubs; a call carries the visitor's own token."""
        return self.house.services

    @property
    def where(self) -> Mapping[str, str]:
        """The variables of the path."""
        return self.request.path_params

    @property
    def query(self) -> QueryParams:
        """The query of the address."""
        return self.request.query_params

    @property
    def path(self) -> str:
        """Path and query of this request."""
        query = self.request.url.query
        return f"{self.address}?{query}" if query else self.address

    @property
    def address(self) -> str:
        """The path of this request, as a link may carry it."""
        return quote(safe_path(self.request.scope["path"]), safe="/:@~")

    @property
    def partial(self) -> bool:
        """Whether htmx asks for a fragment of the page."""
        return self.request.headers.get("hx-request") == "true"

    def asked(self, name: str, longest: int = 100) -> str:
        """A value of the query, without blanks around it."""
        return self.query.get(name, "").strip()[:longest]

    def typed(self, name: str, longest: int = 5000) -> str:
        """A field of the form that was posted, without blanks around it."""
        value = self.form.get(name, "")
        return "" if isinstance(value, UploadFile) else value.replace("\r\n", "\n").strip()[:longest]

    def file(self, name: str) -> UploadFile | None:
        """A file of the form that was posted; None where none was chosen."""
        value = self.form.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    @property
    def request_id(self) -> str:
        """The id that the posted form was given when it was shown: sent twice, it does once."""
        return self.typed("request_id", 64)

    @property
    def halls(self) -> Directory:
        """The tree of halls."""
        return self.house.halls.directory()

    @cached_property
    def house_name(self) -> str:
        """Whose pages these are, for head, foot and title; without the district while the halls do not answer."""
        try:
            district = self.halls.district
        except grpc.RpcError:
            return _("政务服务")
        if language() == "en" and district.display_name.en:
            return district.display_name.en
        return _("%(district)s政务服务") % {"district": district.division}

    @cached_property
    def hall(self) -> str:
        """halls/{code} that the visitor has chosen before; empty for none."""
        kept = self.request.cookies.get("hall", "")
        return f"halls/{kept}" if kept.isdigit() and len(kept) in (6, 9, 12) else ""

    def render(
        self, template: str, *, status: int = 200, fragment: str = "", ukey: bool = False, frames: bool = False, **shown: Any
    ) -> Response:
        """A page. `fragment` names the block that htmx gets alone; `ukey` lets scripts call the U-key agent; `frames` lets the
        page show files of this host in panes."""
        found = self.house.templates.get_template(template)
        known = {"visit": self, **shown}
        with proving(self.prove):
            if fragment and self.partial:
                html = "".join(found.blocks[fragment](found.new_context(known)))
            else:
                html = found.render(known)
        response = HTMLResponse(html, status_code=status, headers={"vary": "HX-Request, Cookie"})
        if ukey or frames:
            agent = self.house.settings.ukey_agent if ukey else ""
            response.headers["content-security-policy"] = guard.policy(connect=agent, frames=frames)
        return response

    def goto(self, path: str) -> Response:
        """Sends the browser on to a path of this site, to be read (303): back and reload post nothing again."""
        return RedirectResponse(quote(safe_path(path), safe="/?&=%#:;,+@~"), status_code=303)

    def prove(self) -> str:
        """A CSRF token for a form; the visitor gets a cookie with it."""
        if not self.kept:
            self.changed = True
        return self.session.prove()

    def sign_in(self, begun: sessions_pb2.Session) -> None:
        """Makes the visitor the person of a session that identity began; the cookie of before is worth nothing."""
        self.session, self.changed = Session.of(begun), True

    def sign_out(self) -> None:
        """Forgets who visits; identity's SignOut is the page's to call."""
        self.session, self.changed = Session(), True

    def carry(self) -> dict[str, list[str]]:
        """What was typed into the posted form, to be posted again after a sign-in or when a service is back; files are not."""
        carried: dict[str, list[str]] = {}
        for name, value in self.form.multi_items():
            if isinstance(value, str) and name != "csrf":
                carried.setdefault(name, []).append(value)
        return carried

    def show(self, problem: Problem) -> Response:
        """An error page that says what happened and what to do; what was typed can be sent again from it."""
        carried = self.carry() if problem.status in (429, 503) or problem.reason == OUTLIVED else {}
        return self.render("problem.html", status=problem.status, problem=problem, carried=carried)

    def in_language(self, chosen: str) -> str:
        """The address of this page in a language; of what was posted, that of the page that is shown."""
        return self.without("lang", ("lang", chosen))

    def without(self, name: str, *more: tuple[str, str]) -> str:
        """The address of this page with a part of its query left out, and more added."""
        query = urlencode([*((one, value) for one, value in self.query.multi_items() if one != name), *more])
        return f"{self.shown_at or self.address}{'?' if query else ''}{query}"

    def keep_cookies(self, response: Response) -> Response:
        """Writes the cookies that changed, and says how far the reply may be kept."""
        flags: Any = self.house.cookies.flags
        if self.request.cookies.get("lang") != language() and self.query.get("lang"):
            response.set_cookie("lang", language(), max_age=_A_YEAR, **flags)
        if self.changed:
            response.set_cookie(self.house.cookies.session, self.house.sessions.seal(self.session), **flags)
        # Back after a sign-out shows nobody's case; a public page is asked for again, and costs little.
        response.headers.setdefault("cache-control", "no-store" if self.session.signed_in else "private, no-cache")
        return response

    def keep_hall(self, response: Response, code: str) -> None:
        """Remembers the hall that the visitor chose."""
        flags: Any = self.house.cookies.flags
        response.set_cookie("hall", code, max_age=_A_YEAR, **flags)

    def use(self, session: Session) -> None:
        """Takes a renewed session over."""
        if session is not self.session:
            self.session, self.changed = session, True


def visitor(house: House, request: Request) -> Visit:
    """The visit of a request, with the session of its cookie, or a new one."""
    session = house.sessions.open(request.cookies.get(house.cookies.session, ""))
    return Visit(request, house, session or Session(), kept=session is not None)
