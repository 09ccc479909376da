"""What keeps a page to itself: headers, cookies, where a form may come from and where a visitor may be sent."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    # The U-key's own window is opened from a page; nobody else gets a hold on ours.
    "cross-origin-opener-policy": "same-origin-allow-popups",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def policy(connect: str = "", *, frames: bool = False) -> str:
    """The Content-Security-Policy; `connect` is one more origin that scripts of the page may call (the U-key agent's), `frames`
    whether the page may show files of this host in panes."""
    told = _POLICY | {"connect-src": f"{_POLICY['connect-src']} {connect}".strip()}
    if frames:
        told["frame-src"] = "'self'"
    return "; ".join(f"{what} {sources}" for what, sources in told.items())


@dataclass(frozen=True)
class Cookies:
    """The names and flags of our cookies: over TLS they are bound to this host and sent over TLS alone."""

    secure: bool

    @property
    def session(self) -> str:
        """The name of the session's cookie."""
        return "__Host-session" if self.secure else "session"

    @property
    def flags(self) -> dict[str, object]:
        """What every cookie of ours is set with."""
        return {"path": "/", "secure": self.secure, "httponly": True, "samesite": "lax"}


def safe_path(asked: str, otherwise: str = "/") -> str:
    """A path of this site to send a visitor to; `otherwise` for what would lead elsewhere."""
    if not asked.startswith("/") or asked[1:2] in ("/", "\\") or any(c < " " or c == "\\" for c in asked):
        return otherwise
    try:
        apart = urlsplit(asked)
    except ValueError:
        return otherwise
    return otherwise if apart.scheme or apart.netloc else asked


class Headers:
    """Adds to every reply the headers that keep it to itself; a page's own come first."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self._app = app
        more = {"strict-transport-security": "max-age=31536000"} if secure else {}
        told = {**_HEADERS, **more, "content-security-policy": policy()}
        self._told = [(name.encode(), value.encode()) for name, value in told.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _value in message["headers"]}
                message["headers"] = [*message["headers"], *(header for header in self._told if header[0] not in own)]
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)
