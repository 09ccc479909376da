"""The U-key agent: a program on the person's machine that a web page asks to sign in or to sign a document.

The page never sees a PIN and never says who it is: the origin is what the browser states in its Origin header, the PIN is typed
into the agent's own window, goes into one operation on the token and is kept nowhere.

The page: POST /authenticate or /sign → {id, dialog}; opens the dialog; GET /requests/{id} until it is answered (200, or 403
where the person cancelled). 202 with a reason: the U-key refused a PIN, and the person may go on trying.
"""

import asyncio
import base64
import binascii
import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from stack.ukey.token import Token, TokenRefusal

# Seconds that a request waits for its PIN, and that one poll of the page waits for the answer.
REQUEST_LIFE = 300.0
POLL = 25.0
# Open requests at a time, and bytes of one: a page cannot fill the agent.
REQUESTS = 20
CONTENT_LIMIT = 1 << 20
BODY_LIMIT = 2 * CONTENT_LIMIT
FORM_LIMIT = 4096
PAGES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
# The window of the PIN shows in no frame and loads nothing.
WINDOW_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
}


@dataclass
class Wish:
    """What one page asks for; answered once."""

    origin: str
    title: str
    nonce: str = ""
    content: bytes = b""
    born: float = field(default_factory=time.monotonic)
    answer: dict[str, Any] | None = None
    refused: bool = False
    # What the U-key last refused, so that the page can say it too; the person may try again.
    noted: dict[str, str] = field(default_factory=dict)
    told: asyncio.Event = field(default_factory=asyncio.Event)
    # The window posts this back: another page cannot press its button.
    window: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def settle(self, answer: dict[str, Any], *, refused: bool = False) -> None:
        self.answer, self.refused = answer, refused
        self.told.set()

    def note(self, refusal: TokenRefusal) -> None:
        self.noted = _reason(refusal.reason, refusal.zh, refusal.en)
        self.told.set()

    @property
    def digest(self) -> str:
        """What the window shows of the content: SHA-256, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


class Agent:
    """The agent over the U-keys of a folder, for pages of the named origins alone."""

    def __init__(self, folder: Path, origins: Sequence[str]) -> None:
        self._folder = folder
        self._origins = frozenset(origins)
        self._wishes: dict[str, Wish] = {}

    def app(self) -> Starlette:

        return Starlette(
            routes=[
                Route("/healthz", self._health),
                Route("/authenticate", self._authenticate, methods=["POST"]),
                Route("/sign", self._sign, methods=["POST"]),
                Route("/requests/{id}", self._result),
                Route("/dialog/{id}", self._window, methods=["GET"]),
                Route("/dialog/{id}", self._pressed, methods=["POST"]),
            ],
            middleware=[
                # A name that resolves to this machine is not this machine (DNS rebinding).
                Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]),
                Middleware(
                    CORSMiddleware,
                    allow_origins=sorted(self._origins),
                    allow_methods=["GET", "POST"],
                    allow_headers=["content-type"],
                    allow_private_network=True,
                ),
            ],
        )

    async def _health(self, _request: Request) -> Response:
        return JSONResponse({"status": "SERVING"})

    async def _authenticate(self, request: Request) -> Response:
        return await self._asked(request, lambda origin, body: Wish(origin, "登录 Sign in", nonce=_nonce(body)))

    async def _sign(self, request: Request) -> Response:
        return await self._asked(request, lambda origin, body: Wish(origin, _title(body), content=_content(body)))

    async def _asked(self, request: Request, wish: Any) -> Response:
        origin = request.headers.get("origin", "")
        if origin not in self._origins:
            return _refusal(403, "ORIGIN_REFUSED", "此网站不能使用U盾", "this site may not use the U-key")
        if int(request.headers.get("content-length") or BODY_LIMIT + 1) > BODY_LIMIT:
            return _refusal(413, "REQUEST_TOO_LARGE", "请求过大", "the request is too large")
        self._forget()
        if len(self._wishes) >= REQUESTS:
            return _refusal(429, "TOO_MANY_REQUESTS", "请求过多，请稍候", "too many requests are open")
        try:
            asked: Wish = wish(origin, await request.json())
        except (ValueError, TypeError, KeyError, AttributeError):
            return _refusal(400, "REQUEST_MALFORMED", "请求格式不正确", "the request is malformed")
        if not await run_in_threadpool(Token.all, self._folder):
            return _refusal(409, "NO_TOKEN", "没有插入U盾", "no U-key is plugged in")
        handle = secrets.token_urlsafe(24)
        self._wishes[handle] = asked
        return JSONResponse({"id": handle, "dialog": f"/dialog/{handle}"}, status_code=201)

    async def _result(self, request: Request) -> Response:
        wish = self._wish(request)
        if wish is None or request.headers.get("origin", "") != wish.origin:
            return _refusal(404, "REQUEST_UNKNOWN", "请求不存在或已过期", "there is no such request, or it has expired")
        try:
            await asyncio.wait_for(wish.told.wait(), POLL)
        except TimeoutError:
            return JSONResponse({}, status_code=202)
        if wish.answer is None:
            wish.told.clear()
            return JSONResponse(wish.noted, status_code=202)
        self._wishes.pop(request.path_params["id"], None)
        return JSONResponse(wish.answer, status_code=403 if wish.refused else 200)

    async def _window(self, request: Request) -> Response:
        wish = self._wish(request)
        if wish is None:
            return HTMLResponse(_page("closed.html"), status_code=404, headers=WINDOW_HEADERS)
        return HTMLResponse(await self._dialog(wish), headers=WINDOW_HEADERS)

    async def _pressed(self, request: Request) -> Response:
        wish = self._wish(request)
        form = dict(parse_qsl((await request.body())[:FORM_LIMIT].decode(errors="replace")))
        if wish is None or not secrets.compare_digest(form.get("window", ""), wish.window):
            return HTMLResponse(_page("closed.html"), status_code=404, headers=WINDOW_HEADERS)
        if "cancel" in form:
            wish.settle(_reason("CANCELLED", "已取消", "the person cancelled"), refused=True)
            return HTMLResponse(_page("closed.html"), headers=WINDOW_HEADERS)
        try:
            answer = await run_in_threadpool(self._operate, wish, form.get("token", ""), form.get("pin", ""))
        except TokenRefusal as refusal:
            wish.note(refusal)
            return HTMLResponse(await self._dialog(wish, refusal), status_code=403, headers=WINDOW_HEADERS)
        wish.settle(answer)
        return HTMLResponse(_page("closed.html", done=True), headers=WINDOW_HEADERS)

    def _operate(self, wish: Wish, label: str, pin: str) -> dict[str, Any]:
        token = Token(self._folder, label)
        if wish.nonce:
            return {"token": token.authenticate(origin=wish.origin, nonce=wish.nonce, pin=pin)}
        return {"signature": base64.b64encode(token.sign(wish.content, pin=pin)).decode()}

    async def _dialog(self, wish: Wish, refusal: TokenRefusal | None = None) -> str:
        tokens = await run_in_threadpool(lambda: [(token.label, token.holder) for token in Token.all(self._folder)])
        return _page("dialog.html", wish=wish, tokens=tokens, refusal=refusal)

    def _wish(self, request: Request) -> Wish | None:
        self._forget()
        return self._wishes.get(request.path_params["id"])

    def _forget(self) -> None:
        limit = time.monotonic() - REQUEST_LIFE
        self._wishes = {handle: wish for handle, wish in self._wishes.items() if wish.born > limit}


def _nonce(body: dict[str, Any]) -> str:
    nonce = body["nonce"]
    if not isinstance(nonce, str) or not 44 <= len(nonce) <= 128:
        raise ValueError("a Web eID nonce has 44 to 128 characters")
    return nonce


def _title(body: dict[str, Any]) -> str:
    return str(body["title"])[:200]


def _content(body: dict[str, Any]) -> bytes:
    try:
        content = base64.b64decode(body["content"], validate=True)
    except binascii.Error as error:
        raise ValueError("content is not base64") from error
    if not 0 < len(content) <= CONTENT_LIMIT:
        raise ValueError("content is empty or too large")
    return content


def _page(name: str, **facts: Any) -> str:
    return PAGES.get_template(name).render(facts)


def _reason(reason: str, zh: str, en: str) -> dict[str, str]:
    return {"reason": reason, "zh": zh, "en": en}


def _refusal(status: int, reason: str, zh: str, en: str) -> Response:
    return JSONResponse(_reason(reason, zh, en), status_code=status)
