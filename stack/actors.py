"""The demo's people as they use the platform: each signs in with a U-key and calls the API under a trace of their own."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import ServiceDescriptor

from stack import ukey
from stack.calls import Transport
from stack.platform import Stack
from yimen.halls.v1 import halls_pb2
from yimen.identity.v1 import identity_pb2, sessions_pb2
from yimen.intake.v1 import intake_pb2
from yimen.matters.v1 import matters_pb2
from yimen.notification.v1 import notification_pb2


class Api:
    """A service's RPCs as one person calls them: `api.GetCase(request)`."""

    def __init__(self, service: ServiceDescriptor, transport: Transport, headers: Callable[[], dict[str, str]]) -> None:
        self._service, self._transport, self._headers = service, transport, headers

    def __getattr__(self, rpc: str) -> Callable[..., Any]:
        method = self._service.methods_by_name[rpc]
        return lambda request: self._transport.call(method, request, self._headers())


class Actor:
    """One person with a U-key, over gRPC or JSON; `trace_id` is that of their last call."""

    def __init__(self, transport: Transport, label: str, token: ukey.Token, origin: str) -> None:
        self.label, self.display_name = label, ukey.person(label).name
        self.name = self.access_token = self.trace_id = ""
        self._token, self._origin = token, origin

        def api(module: Any, service: str) -> Api:
            return Api(module.DESCRIPTOR.services_by_name[service], transport, self.headers)

        self.halls = api(halls_pb2, "HallsService")
        self.identity = api(identity_pb2, "IdentityService")
        self.matters = api(matters_pb2, "MattersService")
        self.intake = api(intake_pb2, "IntakeService")
        self.notification = api(notification_pb2, "NotificationService")

    def sign_in(self, pin: str = ukey.FIRST_PIN) -> sessions_pb2.Session:
        """Signs in: a challenge is fetched, signed in the U-key under the PIN, and handed in."""
        challenge = self.identity.CreateChallenge(sessions_pb2.CreateChallengeRequest())
        request = sessions_pb2.SignInRequest(nonce=challenge.nonce)
        json_format.ParseDict(self._token.authenticate(origin=self._origin, nonce=challenge.nonce, pin=pin), request.token)
        session: sessions_pb2.Session = self.identity.SignIn(request)
        self.access_token, self.name = session.access_token, session.person.name
        return session

    def sign(self, content: str, pin: str = ukey.FIRST_PIN) -> bytes:
        """A detached CMS signature (DER) over the UTF-8 of a text, made in the U-key."""
        return self._token.sign(content.encode(), pin=pin)

    def headers(self) -> dict[str, str]:
        """The headers of a new call: who calls, and a new trace (W3C traceparent)."""
        self.trace_id = secrets.token_hex(16)
        headers = {"traceparent": f"00-{self.trace_id}-{secrets.token_hex(8)}-01"}
        if self.access_token:
            headers["authorization"] = f"Bearer {self.access_token}"
        return headers


def actor(stack: Stack, label: str, transport: Transport) -> Actor:
    """A person of the demo; not signed in yet."""
    return Actor(transport, label, ukey.Token(Path(stack.env["YIMEN_UKEY"]), label), stack.public_url)
