"""Sign-in with real U-keys over real gRPC, and the sessions that follow."""

import base64
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.identity.documents import Challenge, Failures
from services.identity.keys import rotate
from services.identity.rules import sessions
from stack.ukey import FIRST_PIN, Bank, Token
from tests.identity.conftest import ORIGIN, RESIDENT_IDS, Desk, a_post, refused_and_nothing_changed, sign_in_request
from tests.serving import refusal
from yimen.identity.v1 import people_pb2, sessions_pb2


def me(desk: Desk, session: sessions_pb2.Session) -> people_pb2.Person:
    """The person of a session, asked with its access token."""
    person: people_pb2.Person = desk.by(session).GetPerson(people_pb2.GetPersonRequest(name=session.person.name))
    return person


def refresh(desk: Desk, token: str) -> sessions_pb2.Session:
    """A refreshed session."""
    session: sessions_pb2.Session = desk.anyone().RefreshSession(sessions_pb2.RefreshSessionRequest(refresh_token=token))
    return session


def test_a_resident_signs_in_with_the_ukey_and_is_registered_at_the_first_time(desk: Desk) -> None:
    first = desk.sign_in(desk.a_ukey())
    again = desk.sign_in(desk.a_ukey())
    assert first.person == again.person == me(desk, first)
    assert first.person.display_name == "居民甲"
    assert first.person.resident_id_masked == "440300**********27"
    assert not first.posts


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])
def test_an_rsa_token_signs_in_by_every_algorithm_of_its_key(desk: Desk, algorithm: str) -> None:
    assert desk.sign_in(desk.a_ukey(), algorithm=algorithm).access_token


@pytest.mark.parametrize(("key", "algorithm"), [("p-256", "ES256"), ("p-384", "ES384"), ("p-521", "ES512")])
def test_an_elliptic_token_signs_in_by_the_algorithm_of_its_curve(desk: Desk, key: Any, algorithm: str) -> None:
    ukey, public = Token.made(desk.folder, key, key)
    ukey.store(desk.bank.issue(public, resident_id=RESIDENT_IDS[0], name="居民甲"))
    assert desk.sign_in(ukey, algorithm=algorithm).access_token


def test_a_second_origin_of_this_platform_is_accepted(desk: Desk) -> None:
    assert desk.sign_in(desk.a_ukey(), origin="https://other.example").access_token


def test_the_access_token_is_es256_lives_fifteen_minutes_and_has_no_personal_number(desk: Desk) -> None:
    session = desk.sign_in(desk.a_ukey())
    keys = jwt.PyJWKSet.from_json(desk.anyone().GetKeys(sessions_pb2.GetKeysRequest()).data.decode())
    header = jwt.get_unverified_header(session.access_token)
    claims = jwt.decode(session.access_token, keys[header["kid"]], algorithms=["ES256"], audience="yimen", issuer="yimen")
    assert claims["sub"] == session.person.name
    assert claims["exp"] - claims["iat"] == 900
    assert abs(claims["iat"] - datetime.now(UTC).timestamp()) < 5
    assert not any(number in json.dumps(claims) for number in RESIDENT_IDS)


def test_a_used_challenge_is_refused(desk: Desk) -> None:
    ukey, nonce = desk.a_ukey(), desk.challenge()
    desk.sign_in(ukey, nonce=nonce)
    again = lambda: desk.sign_in(ukey, nonce=nonce)  # noqa: E731
    refused_and_nothing_changed(desk, again, grpc.StatusCode.UNAUTHENTICATED, "CHALLENGE_USED")


def test_a_challenge_is_used_up_by_a_failure_too(desk: Desk) -> None:
    ukey, nonce = desk.a_ukey(), desk.challenge()
    wrong = lambda: desk.sign_in(ukey, nonce=nonce, origin="https://evil.example")  # noqa: E731
    refused_and_nothing_changed(desk, wrong, grpc.StatusCode.UNAUTHENTICATED, "SIGNATURE_MISMATCH")
    again = lambda: desk.sign_in(ukey, nonce=nonce)  # noqa: E731
    refused_and_nothing_changed(desk, again, grpc.StatusCode.UNAUTHENTICATED, "CHALLENGE_USED")


def test_of_two_sign_ins_with_one_challenge_at_the_same_time_one_succeeds(desk: Desk) -> None:
    ukey = desk.a_ukey()
    for _ in range(5):
        nonce = desk.challenge()
        request = sign_in_request(nonce, ukey.authenticate(origin=ORIGIN, nonce=nonce, pin=FIRST_PIN))
        with ThreadPoolExecutor(4) as pool:
            outcomes = list(pool.map(lambda r: _outcome(desk, r), [request] * 4))
        assert sorted(outcomes) == ["CHALLENGE_USED"] * 3 + ["signed in"]


def _outcome(desk: Desk, request: sessions_pb2.SignInRequest) -> str:
    try:
        desk.anyone().SignIn(request)
    except grpc.RpcError:
        return "CHALLENGE_USED"
    return "signed in"


def test_an_expired_challenge_is_refused(desk: Desk) -> None:
    nonce = desk.challenge()
    past = datetime.now(UTC) - timedelta(seconds=1)
    Challenge._get_collection().update_one({"_id": sessions.digest(nonce)}, {"$set": {"expire_time": past}})
    late = lambda: desk.sign_in(desk.a_ukey(), nonce=nonce)  # noqa: E731
    refused_and_nothing_changed(desk, late, grpc.StatusCode.UNAUTHENTICATED, "CHALLENGE_EXPIRED")


def test_a_challenge_that_was_never_given_is_refused(desk: Desk) -> None:
    invented = base64.b64encode(bytes(32)).decode()
    call = lambda: desk.sign_in(desk.a_ukey(), nonce=invented)  # noqa: E731
    refused_and_nothing_changed(desk, call, grpc.StatusCode.UNAUTHENTICATED, "CHALLENGE_UNKNOWN")


def test_a_token_for_another_origin_is_refused(desk: Desk) -> None:
    phished = lambda: desk.sign_in(desk.a_ukey(), origin="https://evil.example")  # noqa: E731
    refused_and_nothing_changed(desk, phished, grpc.StatusCode.UNAUTHENTICATED, "SIGNATURE_MISMATCH")


def test_a_revocation_is_heeded_at_once(desk: Desk) -> None:
    ukey = desk.a_ukey()
    desk.sign_in(ukey)
    desk.bank.revoke(ukey.certificate)
    revoked = lambda: desk.sign_in(ukey)  # noqa: E731
    refused = refused_and_nothing_changed(desk, revoked, grpc.StatusCode.UNAUTHENTICATED, "CERTIFICATE_REVOKED")
    assert f"{datetime.now(UTC):%Y-%m-%d}" in refused.zh


def test_an_expired_certificate_is_refused(desk: Desk) -> None:
    ukey = desk.a_ukey()
    now = datetime.now(UTC)
    _certified_again(desk, ukey, not_before=now - timedelta(days=9), not_after=now - timedelta(days=2))
    expired = lambda: desk.sign_in(ukey)  # noqa: E731
    refused = refused_and_nothing_changed(desk, expired, grpc.StatusCode.UNAUTHENTICATED, "CERTIFICATE_EXPIRED")
    assert f"{now - timedelta(days=2):%Y-%m-%d}" in refused.en


def test_a_certificate_of_tomorrow_is_refused(desk: Desk) -> None:
    ukey = desk.a_ukey()
    now = datetime.now(UTC)
    _certified_again(desk, ukey, not_before=now + timedelta(days=1), not_after=now + timedelta(days=2))
    early = lambda: desk.sign_in(ukey)  # noqa: E731
    refused_and_nothing_changed(desk, early, grpc.StatusCode.UNAUTHENTICATED, "CERTIFICATE_NOT_YET_VALID")


def test_a_certificate_for_another_use_is_refused(desk: Desk) -> None:
    ukey = desk.a_ukey()
    _certified_again(desk, ukey, client_auth=False)
    unfit = lambda: desk.sign_in(ukey)  # noqa: E731
    refused_and_nothing_changed(desk, unfit, grpc.StatusCode.UNAUTHENTICATED, "CERTIFICATE_UNFIT")


def test_a_bank_that_is_not_trusted_is_refused(desk: Desk, tmp_path: Path) -> None:
    ukey = desk.a_ukey(bank=Bank.opened(tmp_path, tmp_path / "trust", "Other Bank"))
    foreign = lambda: desk.sign_in(ukey)  # noqa: E731
    refused_and_nothing_changed(desk, foreign, grpc.StatusCode.UNAUTHENTICATED, "UNTRUSTED_ROOT")


def test_a_bad_resident_id_in_a_certificate_is_refused(desk: Desk) -> None:
    ukey = desk.a_ukey()
    _certified_again(desk, ukey, resident_id="440300180001010228")
    bad = lambda: desk.sign_in(ukey)  # noqa: E731
    refused = refused_and_nothing_changed(desk, bad, grpc.StatusCode.INVALID_ARGUMENT, "BAD_RESIDENT_ID")
    assert refused.violations == {"certificate": "resident_id"}


def test_a_malformed_token_is_refused_by_its_field(desk: Desk) -> None:
    token = desk.a_ukey().authenticate(origin=ORIGIN, nonce=desk.challenge(), pin=FIRST_PIN)
    call = lambda: desk.anyone().SignIn(sign_in_request(desk.challenge(), token | {"algorithm": "HS256"}))  # noqa: E731
    refused = refused_and_nothing_changed(desk, call, grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELDS")
    assert "token.algorithm" in refused.violations
    call = lambda: desk.anyone().SignIn(sign_in_request(desk.challenge(), token | {"signature": "%%%%"}))  # noqa: E731
    refused_and_nothing_changed(desk, call, grpc.StatusCode.INVALID_ARGUMENT, "TOKEN_MALFORMED")


def test_five_failures_of_a_certificate_lock_it_and_no_other(desk: Desk) -> None:
    ukey, neighbour = desk.a_ukey(), desk.a_ukey("resident-b")
    for _ in range(5):
        refused = refusal(lambda: desk.sign_in(ukey, origin="https://evil.example"))
        assert refused.reason == "SIGNATURE_MISMATCH"
    locked = lambda: desk.sign_in(ukey)  # noqa: E731
    refused = refused_and_nothing_changed(desk, locked, grpc.StatusCode.RESOURCE_EXHAUSTED, "LOCKED_OUT")
    assert refused.facts["minutes"] == "15"
    assert desk.sign_in(neighbour).access_token
    long_ago = datetime.now(UTC) - sessions.LOCKED_FOR
    Failures._get_collection().update_many({"count": {"$gte": 1}}, {"$set": {"last": long_ago}})
    assert desk.sign_in(ukey).access_token


def test_a_success_forgets_the_failures_before_it(desk: Desk) -> None:
    ukey = desk.a_ukey()
    for _ in range(2):
        for _ in range(4):
            refusal(lambda: desk.sign_in(ukey, origin="https://evil.example"))
        assert desk.sign_in(ukey).access_token


def test_strangers_certificates_leave_no_trace(desk: Desk, tmp_path: Path) -> None:
    ukey = desk.a_ukey(bank=Bank.opened(tmp_path, tmp_path / "trust", "Other Bank"))
    before = len(list(Failures.objects(count__gte=1)))
    for _ in range(6):
        assert refusal(lambda: desk.sign_in(ukey)).reason == "UNTRUSTED_ROOT"
    assert len(list(Failures.objects(count__gte=1))) == before


def test_a_refreshed_session_has_new_tokens_and_carries_new_posts(desk: Desk) -> None:
    session = desk.sign_in(desk.a_ukey("clerk"))
    desk.an_operator().CreatePost(a_post(session.person.name))
    renewed = refresh(desk, session.refresh_token)
    assert renewed.refresh_token != session.refresh_token
    assert renewed.refresh_expire_time == session.refresh_expire_time
    assert [post.person for post in renewed.posts] == [session.person.name]
    assert jwt.decode(renewed.access_token, options={"verify_signature": False})["posts"] == [
        {"role": "CLERK", "hall": "440307003002", "unit": "", "subtree": False}
    ]


def test_a_refresh_token_that_comes_twice_ends_its_session_for_both_who_have_it(desk: Desk) -> None:
    session = desk.sign_in(desk.a_ukey())
    renewed = refresh(desk, session.refresh_token)
    assert refusal(lambda: refresh(desk, session.refresh_token)).reason == "REFRESH_TOKEN_REUSED"
    assert refusal(lambda: refresh(desk, renewed.refresh_token)).reason == "SESSION_ENDED"
    assert _is_listed_as_ended(desk, session)


def test_an_unknown_refresh_token_is_refused_and_ends_nothing(desk: Desk) -> None:
    session = desk.sign_in(desk.a_ukey())
    session_id = session.refresh_token.partition(".")[0]
    for token in ("x", f"{session_id}.x", f"{session_id}."):
        call = lambda token=token: refresh(desk, token)  # noqa: E731
        refused_and_nothing_changed(desk, call, grpc.StatusCode.UNAUTHENTICATED, "REFRESH_TOKEN_UNKNOWN")
    assert refresh(desk, session.refresh_token).access_token


def test_after_signing_out_the_session_is_listed_as_ended_and_cannot_be_refreshed(desk: Desk) -> None:
    session = desk.sign_in(desk.a_ukey())
    desk.by(session).SignOut(sessions_pb2.SignOutRequest())
    assert _is_listed_as_ended(desk, session)
    assert refusal(lambda: refresh(desk, session.refresh_token)).reason == "SESSION_ENDED"


def test_the_access_token_of_an_ended_session_is_refused_within_seconds(desk: Desk) -> None:
    session = desk.sign_in(desk.a_ukey())
    desk.by(session).SignOut(sessions_pb2.SignOutRequest())
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            me(desk, session)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAUTHENTICATED  # noqa: PT017
            return
        time.sleep(0.2)
    raise AssertionError("the token of an ended session still works after 10 seconds")


def test_a_signing_key_is_replaced_without_a_token_failing(desk: Desk) -> None:
    ukey = desk.a_ukey()
    by_the_first = desk.sign_in(ukey)
    for _ in range(2):
        rotate(desk.settings.keys)
        assert len(json.loads(desk.anyone().GetKeys(sessions_pb2.GetKeysRequest()).data)["keys"]) == 2
    by_the_second = desk.sign_in(ukey)
    kids = {jwt.get_unverified_header(s.access_token)["kid"] for s in (by_the_first, by_the_second)}
    assert len(kids) == 2
    # A verifier asks for keys that it does not know at most every few seconds, and may have asked just before.
    patience = time.monotonic() + 15
    while refused_now(partial(me, desk, by_the_second)) and time.monotonic() < patience:
        time.sleep(0.2)
    assert me(desk, by_the_first) == me(desk, by_the_second)


def refused_now(call: Callable[[], Any]) -> bool:
    """Whether the call is refused at this moment."""
    try:
        call()
    except grpc.RpcError:
        return True
    return False


def _certified_again(desk: Desk, ukey: Token, *, resident_id: str = RESIDENT_IDS[0], **issued: Any) -> None:
    public = ukey.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ukey.store(desk.bank.issue(public, resident_id=resident_id, name="居民甲", **issued))


def _is_listed_as_ended(desk: Desk, session: sessions_pb2.Session) -> bool:
    listed = desk.anyone().ListEndedSessions(sessions_pb2.ListEndedSessionsRequest()).sessions
    return session.refresh_token.partition(".")[0] in listed
