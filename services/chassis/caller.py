"""Who calls: the facts of a verified access token, and what the holder's posts cover."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import jwt

from services.chassis.errors import NotSignedIn, TokenInvalid

ISSUER = "yimen"
_CACHED_TOKENS = 4096
_REFETCH_SECONDS = 2.0


@dataclass(frozen=True)
class Post:
    """A role held at a hall (its code), and at a unit (units/…) where the role is the unit's."""

    role: str
    hall: str
    unit: str = ""
    covers_subtree: bool = False

    def covers(self, hall: str) -> bool:
        """Whether the post reaches the hall of this code: codes nest by prefix."""
        return hall == self.hall or (self.covers_subtree and hall.startswith(self.hall))


@dataclass(frozen=True)
class Caller:
    """The person behind a call; `person` is empty for a call without a token."""

    person: str = ""
    session: str = ""
    display_name: str = ""
    posts: tuple[Post, ...] = ()
    token: str = field(default="", repr=False)

    def holds(self, *roles: str) -> bool:
        """Whether the caller holds one of the roles anywhere."""
        return any(post.role in roles for post in self.posts)

    def require_person(self) -> str:
        """The person, or NotSignedIn."""
        if not self.person:
            raise NotSignedIn
        return self.person


NOBODY = Caller()


class Verifier:
    """Turns access tokens into callers with the issuer's public keys.

    `fetch_keys` returns the issuer's JWK set as JSON, `fetch_ended` the sessions that ended lately; both may raise while the
    issuer is away: what is known already goes on being used.
    """

    def __init__(self, fetch_keys: Callable[[], bytes], fetch_ended: Callable[[], Iterable[str]]) -> None:
        self._fetch_keys = fetch_keys
        self._fetch_ended = fetch_ended
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._ended: frozenset[str] = frozenset()
        self._verified: dict[str, tuple[float, Caller]] = {}
        self._lock = threading.Lock()

    def caller(self, token: str) -> Caller:
        """The caller of a bearer token; TokenInvalid when it is expired, ended, or not signed by the issuer."""
        expires, caller = self._verified.get(token) or self._verify(token)
        if expires <= time.time():
            self._verified.pop(token, None)
            raise TokenInvalid(why_zh="已过期", why_en="it has expired")
        if caller.session in self._ended:
            raise TokenInvalid(why_zh="会话已结束", why_en="its session has ended")
        return caller

    def refresh(self) -> None:
        """Learns which sessions have ended, and the keys while none are known; called every few seconds by the server.

        So no call waits for the keys at the start, least of all the issuer's own, which would wait for itself.
        """
        if not self._keys:
            self._learn_keys()
        self._ended = frozenset(self._fetch_ended())

    def _verify(self, token: str) -> tuple[float, Caller]:
        try:
            key = self._key(jwt.get_unverified_header(token).get("kid", ""))
            claims = jwt.decode(
                token,
                key,
                algorithms=["ES256"],
                audience=ISSUER,
                issuer=ISSUER,
                options={"require": ["exp", "sub", "sid"]},
            )
        except jwt.ExpiredSignatureError:
            raise TokenInvalid(why_zh="已过期", why_en="it has expired") from None
        except jwt.InvalidTokenError as error:
            raise TokenInvalid(why_zh="签名或内容不符", why_en=str(error)) from None
        verified = float(claims["exp"]), _caller(claims, token)
        if len(self._verified) >= _CACHED_TOKENS:
            self._verified.clear()
        self._verified[token] = verified
        return verified

    def _key(self, kid: str) -> jwt.PyJWK:
        if kid not in self._keys:
            self._learn_keys()
        if kid not in self._keys:
            raise TokenInvalid(why_zh="签发密钥未知", why_en="its key is unknown")
        return self._keys[kid]

    def _learn_keys(self) -> None:
        with self._lock:
            if time.monotonic() - self._fetched_at > _REFETCH_SECONDS:
                self._keys = {k.key_id or "": k for k in jwt.PyJWKSet.from_json(self._fetch_keys().decode()).keys}
                self._fetched_at = time.monotonic()


def _caller(claims: dict[str, Any], token: str) -> Caller:
    return Caller(
        person=claims["sub"],
        session=claims["sid"],
        display_name=claims.get("name", ""),
        posts=tuple(Post(p["role"], p["hall"], p.get("unit", ""), p.get("subtree", False)) for p in claims.get("posts", [])),
        token=token,
    )


def claims(caller: Caller) -> dict[str, Any]:
    """The claims by which a token says who its caller is; the issuer adds times and signs."""
    return {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": caller.person,
        "sid": caller.session,
        "name": caller.display_name,
        "posts": [{"role": p.role, "hall": p.hall, "unit": p.unit, "subtree": p.covers_subtree} for p in caller.posts],
    }
