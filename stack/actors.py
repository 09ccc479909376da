"""The demo's people as they use the platform: each signs in with a U-key and calls the API under a trace of their own."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import json_format
from yimen.halls.v1 import halls_pb2_grpc
from yimen.identity.v1 import identity_pb2, identity_pb2_grpc
from yimen.intake.v1 import intake_pb2_grpc
from yimen.matters.v1 import matters_pb2_grpc
from yimen.notification.v1 import notification_pb2_grpc

from stack import ukey
from stack.platform import Stack

# Seconds; a call that takes longer has failed.
PATIENCE = 20.0


class Stub:
    """A service's RPCs as one person calls them: with their token, a deadline, and a trace id that is remembered."""

    def __init__(self, stub: object, actor: "Actor") -> None:
        self._stub = stub
        self._actor = actor

    def __getattr__(self, rpc: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(self._stub, rpc)
        return lambda request: call(request, timeout=PATIENCE, metadata=tuple(self._actor.headers().items()))


class Actor:
    """One person at one address of the platform; `trace_id` is that of their last call."""

    def __init__(self, channel: grpc.Channel, label: str, token: ukey.Token, origin: str) -> None:
        someone = ukey.person(label)
        self.label, self.display_name = label, someone.name
        self.name = self.access_token = self.trace_id = ""
        self._token, self._origin = token, origin
        self.identity = Stub(identity_pb2_grpc.IdentityServiceStub(channel), self)
        self.halls = Stub(halls_pb2_grpc.HallsServiceStub(channel), self)
        self.matters = Stub(matters_pb2_grpc.MattersServiceStub(channel), self)
        self.intake = Stub(intake_pb2_grpc.IntakeServiceStub(channel), self)
        self.notification = Stub(notification_pb2_grpc.NotificationServiceStub(channel), self)

    def sign_in(self, pin: str = ukey.FIRST_PIN) -> identity_pb2.Session:
        """Signs in with the U-key: a challenge is fetched, signed in the token under the PIN, and handed in."""
        challenge = self.identity.CreateChallenge(identity_pb2.CreateChallengeRequest())
        token = self._token.authenticate(origin=self._origin, nonce=challenge.nonce, pin=pin)
        request = identity_pb2.SignInRequest(nonce=challenge.nonce)
        json_format.ParseDict(token, request.token)
        session: identity_pb2.Session = self.identity.SignIn(request)
        self.access_token, self.name = session.access_token, session.person.name
        return session

    def sign(self, content: bytes, pin: str = ukey.FIRST_PIN) -> bytes:
        """A detached CMS signature (DER) by the U-key."""
        return self._token.sign(content, pin=pin)

    def headers(self) -> dict[str, str]:
        """The headers of a new call: who calls, and a new trace (W3C traceparent)."""
        self.trace_id = secrets.token_hex(16)
        headers = {"traceparent": f"00-{self.trace_id}-{secrets.token_hex(8)}-01"}
        if self.access_token:
            headers["authorization"] = f"Bearer {self.access_token}"
        return headers


def actor(stack: Stack, label: str, channel: grpc.Channel) -> Actor:
    """A person of the demo over a channel, e.g. to the public port; not signed in yet."""
    return Actor(channel, label, ukey.Token(Path(stack.env["YIMEN_UKEY"]), label), stack.public_url)
