"""A bank whose U-keys are real SoftHSM2 tokens, and the identity service that trusts it."""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format

from services.chassis.caller import Verifier
from services.chassis.clients import Clients
from services.chassis.settings import Settings
from services.identity.__main__ import service
from services.identity.appointing import appoint
from services.identity.documents import Organisation, Person, Post, Session
from stack import keys
from stack.ukey import FIRST_PIN, Bank, DemoPerson, Token, handed_out, people, person
from tests.serving import As, Issuer, Refused, refusal, serving, settings_for
from yimen.identity.v1 import identity_pb2_grpc, people_pb2, sessions_pb2

ORIGIN = "https://yimen.example"
RESIDENT_IDS = [someone.resident_id for someone in people()]


@dataclass
class Desk:
    """The identity service at work, and the bank's counter beside it."""

    channel: grpc.Channel
    stub: identity_pb2_grpc.IdentityServiceStub
    issuer: Issuer
    settings: Settings
    bank: Bank
    folder: Path

    def a_ukey(self, label: str = "resident", bank: Bank | None = None) -> Token:
        """A new U-key of a demo person, on a token of its own."""
        someone = person(label)
        again = DemoPerson(f"{label}-{secrets.token_hex(4)}", someone.name, someone.resident_id, someone.key)
        return handed_out(self.folder, bank or self.bank, again)

    def anyone(self) -> As:
        """Calls without a token."""
        return As(self.stub)

    def by(self, session: sessions_pb2.Session) -> As:
        """Calls with the access token of a sign-in."""
        return As(self.stub, session.access_token)

    def challenge(self) -> str:
        """The nonce of a new challenge."""
        return str(self.anyone().CreateChallenge(sessions_pb2.CreateChallengeRequest()).nonce)

    def sign_in(self, ukey: Token, *, origin: str = ORIGIN, nonce: str = "", algorithm: str = "") -> sessions_pb2.Session:
        """Signs in as a page does; `nonce` is a new challenge's where it is left out."""
        nonce = nonce or self.challenge()
        token = ukey.authenticate(origin=origin, nonce=nonce, pin=FIRST_PIN, algorithm=algorithm)
        session: sessions_pb2.Session = self.anyone().SignIn(sign_in_request(nonce, token))
        return session

    def an_operator(self) -> As:
        """Calls as the operator of the district and of all under it, whom `appoint` made one."""
        someone = person("operator")
        appoint(self.settings, resident_id=someone.resident_id, display_name=someone.name, hall="440307")
        return self.by(self.sign_in(self.a_ukey("operator")))


def a_post(person: str, hall: str = "440307003002", **fields: Any) -> people_pb2.CreatePostRequest:
    """The request for a post, a clerk's unless said otherwise."""
    post = people_pb2.Post(**{"person": person, "role": "ROLE_CLERK"} | fields)
    return people_pb2.CreatePostRequest(parent=f"halls/{hall}", post=post)


def refused_and_nothing_changed(desk: Desk, call: Callable[[], Any], code: grpc.StatusCode, reason: str) -> Refused:
    """The refusal; nothing stored came of it or changed, both languages are there, and no resident id is in it."""
    before = _stored()
    refused = refusal(call)
    assert (refused.code, refused.reason) == (code, reason)
    assert refused.zh
    assert refused.en
    assert refused.zh != refused.en
    said = json.dumps([refused.zh, refused.en, refused.facts, refused.violations])
    assert not any(number in said for number in RESIDENT_IDS)
    assert _stored() == before
    return refused


def _stored() -> tuple[Any, ...]:
    """Every resource."""
    return tuple(
        sorted(
            str(d) for kind in (Person, Organisation, Post, Session) for d in kind._get_collection().find({"_id": {"$gte": ""}})
        )
    )


def sign_in_request(nonce: str, token: dict[str, str]) -> sessions_pb2.SignInRequest:
    """The request, from the token's own JSON."""
    request = sessions_pb2.SignInRequest(nonce=nonce)
    json_format.ParseDict(token, request.token)
    return request


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tokens: a process has one SoftHSM at a time."""
    return tmp_path_factory.mktemp("ukey")


@pytest.fixture(scope="module")
def desk(store: str, softhsm: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The identity service on the real store; access tokens that it issues are verified with the keys that it publishes."""
    folder = tmp_path_factory.mktemp("identity")
    keys.ensure(folder / "keys")
    bank = Bank.opened(folder, folder / "trust")
    settings = settings_for(store, folder / "keys", trust=folder / "trust", origins=f"{ORIGIN},https://other.example")
    wired = service(Clients(settings), settings)
    issuer = _Published()
    issuer.servicer = wired.servicer
    with serving([wired], settings, issuer) as channel:
        yield Desk(channel, identity_pb2_grpc.IdentityServiceStub(channel), issuer, settings, bank, softhsm)


class _Published(Issuer):
    """Verifies with what the service itself publishes, as every process does; `token` still signs with a key of the test's."""

    servicer: Any = None

    def verifier(self) -> Verifier:
        """Over the published keys and ended sessions."""

        def published() -> bytes:
            return bytes(self.servicer.GetKeys(sessions_pb2.GetKeysRequest(), None).data)

        def ended() -> list[str]:
            return list(self.servicer.ListEndedSessions(sessions_pb2.ListEndedSessionsRequest(), None).sessions)

        return Verifier(published, ended)
