"""Servers in the test's own process, on the real store over real gRPC, and callers with real tokens."""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import grpc
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from services.chassis import caller as callers
from services.chassis.caller import Caller, Post, Verifier
from services.chassis.server import Server, Service
from services.chassis.settings import Settings

_Stub = TypeVar("_Stub")


@dataclass
class Issuer:
    """Issues access tokens as the identity service does, with a key of the test's own."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    ended: list[str] = field(default_factory=list)

    def jwks(self) -> bytes:
        """The public key as a JWK set."""
        public = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256).to_jwk(self.key.public_key(), as_dict=True)
        return json.dumps({"keys": [{**public, "kid": "test", "alg": "ES256", "use": "sig"}]}).encode()

    def token(self, person: str, *posts: Post, seconds: float = 900, session: str = "", **claims: Any) -> str:
        """An access token of a person who holds these posts."""
        who = Caller(person=person, session=session or secrets.token_hex(8), display_name="居民甲", posts=posts)
        body = callers.claims(who) | {"iat": int(time.time()), "exp": int(time.time() + seconds)} | claims
        return jwt.encode(body, self.key, algorithm="ES256", headers={"kid": "test"})

    def verifier(self) -> Verifier:
        """A verifier that knows this issuer alone."""
        return Verifier(self.jwks, lambda: self.ended)


def settings_for(store: str, keys: Path, **more: Any) -> Settings:
    """Settings with databases of the test's own; `keys` is a folder that gets a page key."""
    keys.mkdir(parents=True, exist_ok=True)
    if not (keys / "page.key").exists():
        (keys / "page.key").write_bytes(secrets.token_bytes(32))
    # Port 1 answers nobody: a test that wants a broker names its own.
    own: dict[str, Any] = {
        "amqp_uri": "amqp://guest:guest@127.0.0.1:1/",
        "mongodb_uri": store,
        "keys": keys,
        "drain_seconds": 0.0,
        "database_prefix": f"t{secrets.token_hex(4)}_",
    }
    return Settings(**(own | more))


@contextmanager
def served(services: Sequence[Service], settings: Settings, issuer: Issuer) -> Iterator[str]:
    """The address of a server of these services, gone afterwards."""
    server = Server(services, settings, issuer.verifier()).start()
    try:
        yield f"127.0.0.1:{server.port}"
    finally:
        server.stop()


@contextmanager
def serving(services: Sequence[Service], settings: Settings, issuer: Issuer) -> Iterator[grpc.Channel]:
    """A channel to one."""
    with served(services, settings, issuer) as address, grpc.insecure_channel(address) as channel:
        yield channel


class As:
    """A stub whose calls carry a token: `As(stub, token).GetCase(request)`."""

    def __init__(self, stub: Any, token: str = "") -> None:
        self._stub = stub
        self._metadata = [("authorization", f"Bearer {token}")] if token else []

    def __getattr__(self, rpc: str) -> Callable[..., Any]:
        call = getattr(self._stub, rpc)
        return lambda request, timeout=20.0: call(request, metadata=self._metadata, timeout=timeout)


@dataclass
class Refused:
    """How a call was refused: the code, the reason, the facts, both sentences, and the violations as field → rule."""

    code: grpc.StatusCode
    reason: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    zh: str = ""
    en: str = ""
    violations: dict[str, str] = field(default_factory=dict)


def refusal(call: Callable[[], Any]) -> Refused:
    """How `call` is refused; it fails the test when it is not."""
    try:
        reply = call()
    except grpc.RpcError as error:
        return _refused(error)
    raise AssertionError(f"the call was not refused: {reply}")


def _refused(error: Any) -> Refused:
    refused = Refused(error.code())
    status = rpc_status.from_call(error)
    for detail in status.details if status else []:
        for kind in (error_details_pb2.ErrorInfo, error_details_pb2.LocalizedMessage, error_details_pb2.BadRequest):
            message = kind()
            if not detail.Unpack(message):
                continue
            if kind is error_details_pb2.ErrorInfo:
                refused.reason, refused.facts = message.reason, dict(message.metadata)
            elif kind is error_details_pb2.LocalizedMessage:
                setattr(refused, message.locale[:2], message.message)
            else:
                refused.violations = {v.field: v.reason for v in message.field_violations}
    return refused
