"""Who visits: the person's own tokens in one cookie, which only the portal can open, and what forms prove themselves by.

The cookie is sealed (AES-256-GCM) and nothing is kept on the server, so that any replica can answer.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import grpc
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yimen.identity.v1 import sessions_pb2

# Seconds before its end at which an access token is renewed, and for which a renewal serves those who ask late: tabs that load
# at the same time hold the same refresh token, which identity takes once.
EARLY = 60.0
LATE = 120.0
_LOCKS = 64
_NONCE = 12
_PROOF_NONCE = 16


# The roles that have a work list: of a hall's counters, of a unit.
AT_A_HALL = frozenset({"CLERK", "SUPERVISOR"})
OF_A_UNIT = frozenset({"APPROVER", "HEAD", "CHIEF_REPRESENTATIVE"})


@dataclass(frozen=True)
class Post:
    """A post as the access token states it: role (CLERK …), hall (its code), unit (units/…), whether for the subtree."""

    role: str
    hall: str
    unit: str = ""
    subtree: bool = False


@dataclass(frozen=True)
class Session:
    """What the cookie holds. `seed` is new at each sign-in: forms of before are worth nothing after. `left`: who was signed in
    until the session ended, people/….
    """

    seed: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    person: str = ""
    display_name: str = ""
    access_token: str = ""
    access_expires: float = 0.0
    refresh_token: str = ""
    left: str = ""

    @property
    def signed_in(self) -> bool:
        """Whether somebody signed in, and has not been signed out since."""
        return bool(self.refresh_token)

    @property
    def posts(self) -> tuple[Post, ...]:
        """The posts that the access token states; the services verify them, pages choose by them what to offer."""
        if not self.access_token:
            return ()
        body = self.access_token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        known = Post.__dataclass_fields__
        return tuple(Post(**{name: value for name, value in post.items() if name in known}) for post in claims.get("posts", []))

    @property
    def works(self) -> bool:
        """Whether a post has a work list."""
        return any(post.role in AT_A_HALL | OF_A_UNIT for post in self.posts)

    @property
    def operates(self) -> bool:
        """Whether a post is an operator's."""
        return any(post.role == "OPERATOR" for post in self.posts)

    @classmethod
    def of(cls, begun: sessions_pb2.Session) -> "Session":
        """The session that identity began or renewed, with a new seed."""
        return cls(
            person=begun.person.name,
            display_name=begun.person.display_name,
            access_token=begun.access_token,
            access_expires=begun.access_expire_time.seconds,
            refresh_token=begun.refresh_token,
        )

    def ended(self) -> "Session":
        """The same visitor, signed out: forms that are open can still be carried over a new sign-in."""
        return Session(seed=self.seed, left=self.person or self.left)

    def prove(self) -> str:
        """A token that a form of this visitor carries; another one at each call, so that no reply's length tells of it."""
        nonce = secrets.token_bytes(_PROOF_NONCE)
        return base64.urlsafe_b64encode(nonce + self._proof(nonce)).decode()

    def proven(self, token: str) -> bool:
        """Whether a form's token was made for this visitor."""
        try:
            raw = base64.urlsafe_b64decode(token.encode())
        except ValueError:
            return False
        return hmac.compare_digest(raw[_PROOF_NONCE:], self._proof(raw[:_PROOF_NONCE]))

    def _proof(self, nonce: bytes) -> bytes:
        return hmac.digest(self.seed.encode(), nonce, hashlib.sha256)


class Sessions:
    """Opens and seals the cookie, and keeps access tokens fresh.

    `renew` calls identity's RefreshSession.
    """

    def __init__(self, secret: bytes, renew: Callable[[sessions_pb2.RefreshSessionRequest], sessions_pb2.Session]) -> None:
        self._box = AESGCM(hashlib.sha256(b"portal session\0" + secret).digest())
        self._renew = renew
        self._renewed: dict[str, tuple[float, Session]] = {}
        # A visitor's tabs wait for one another, and seldom for another's.
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def seal(self, session: Session) -> str:
        """The cookie's value."""
        nonce = secrets.token_bytes(_NONCE)
        return base64.urlsafe_b64encode(nonce + self._box.encrypt(nonce, json.dumps(asdict(session)).encode(), None)).decode()

    def open(self, cookie: str) -> Session | None:
        """What the cookie holds; None for none, and for one that this platform did not seal."""
        try:
            raw = base64.urlsafe_b64decode(cookie.encode())
            held: dict[str, Any] = json.loads(self._box.decrypt(raw[:_NONCE], raw[_NONCE:], None))
            return Session(**held)
        except (ValueError, TypeError, InvalidTag):
            return None

    def fresh(self, session: Session) -> Session:
        """The session with an access token that holds for a while; signed out where identity has ended it.

        grpc.RpcError where identity does not answer and the token has run out.
        """
        if not session.signed_in or session.access_expires - time.time() > EARLY:
            return session
        with self._locks[hash(session.refresh_token) % len(self._locks)]:
            self._forget_the_old()
            if kept := self._renewed.get(session.refresh_token):
                return kept[1]
            renewed = self._renew_or_end(session)
            if renewed is not session:
                self._renewed[session.refresh_token] = (time.monotonic() + LATE, renewed)
            return renewed

    def _forget_the_old(self) -> None:
        now = time.monotonic()
        for token, (until, _session) in list(self._renewed.items()):
            if until <= now:
                self._renewed.pop(token, None)

    def _renew_or_end(self, session: Session) -> Session:
        try:
            renewed = self._renew(sessions_pb2.RefreshSessionRequest(refresh_token=session.refresh_token))
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNAUTHENTICATED:
                return session.ended()
            if session.access_expires > time.time():
                return session
            raise
        # The seed stays: forms that are open in other tabs go on being good.
        return replace(Session.of(renewed), seed=session.seed)
