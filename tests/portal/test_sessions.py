"""The visitor's session: one renewal for tabs that load together, an end that is noticed, an outage that is survived."""

import threading
import time
from collections.abc import Callable

import grpc
import pytest

from gateway.portal.guard import Cookies
from gateway.portal.sessions import EARLY, Session, Sessions
from yimen.identity.v1 import sessions_pb2

SECRET = b"s" * 32


class Refused(grpc.RpcError):
    """A refusal of identity's."""

    def __init__(self, code: grpc.StatusCode) -> None:
        super().__init__()
        self._code = code

    def code(self) -> grpc.StatusCode:
        """The code."""
        return self._code


def refusing(code: grpc.StatusCode) -> Callable[[sessions_pb2.RefreshSessionRequest], sessions_pb2.Session]:
    """An identity that refuses to renew."""

    def refuse(_request: sessions_pb2.RefreshSessionRequest) -> sessions_pb2.Session:
        raise Refused(code)

    return refuse


def a_session(left: float) -> Session:
    """A session whose access token lives for so many seconds."""
    return Session(person="people/a", access_token="a.e30.c", access_expires=time.time() + left, refresh_token="first")


def renewed(request: sessions_pb2.RefreshSessionRequest) -> sessions_pb2.Session:
    """What identity gives for a refresh token."""
    given = sessions_pb2.Session(access_token="b.e30.c", refresh_token=f"after {request.refresh_token}")
    given.access_expire_time.FromSeconds(int(time.time() + 900))
    given.person.name = "people/a"
    return given


def test_a_token_that_holds_is_left_alone() -> None:
    session = a_session(EARLY + 30)
    assert Sessions(SECRET, refusing(grpc.StatusCode.INTERNAL)).fresh(session) is session


def test_tabs_that_load_together_share_one_renewal() -> None:
    asked: list[str] = []

    def renew(request: sessions_pb2.RefreshSessionRequest) -> sessions_pb2.Session:
        asked.append(request.refresh_token)
        time.sleep(0.05)
        return renewed(request)

    sessions, session = Sessions(SECRET, renew), a_session(EARLY - 30)
    found: list[Session] = []
    tabs = [threading.Thread(target=lambda: found.append(sessions.fresh(session))) for _ in range(8)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert asked == ["first"]
    assert {one.refresh_token for one in found} == {"after first"}


def test_open_forms_stay_good_over_a_renewal_and_not_over_a_sign_in() -> None:
    session = a_session(10)
    form = session.prove()
    after = Sessions(SECRET, renewed).fresh(session)
    assert after.access_token == "b.e30.c"
    assert after.proven(form)
    assert not Session.of(renewed(sessions_pb2.RefreshSessionRequest(refresh_token="x"))).proven(form)


def test_a_session_that_identity_ended_is_signed_out() -> None:
    session = Sessions(SECRET, refusing(grpc.StatusCode.UNAUTHENTICATED)).fresh(a_session(10))
    assert not session.signed_in
    assert session.posts == ()


def test_identity_may_be_away_while_the_token_holds() -> None:
    away, session = Sessions(SECRET, refusing(grpc.StatusCode.UNAVAILABLE)), a_session(10)
    assert away.fresh(session) is session
    with pytest.raises(grpc.RpcError):
        away.fresh(a_session(-10))


def test_no_two_tokens_of_a_form_are_alike_and_each_is_proven() -> None:
    session = Session()
    tokens = {session.prove() for _ in range(50)}
    assert len(tokens) == 50
    assert all(session.proven(token) for token in tokens)
    assert not any(Session().proven(token) for token in tokens)


def test_over_tls_the_cookie_is_bound_to_the_host() -> None:
    secure = Cookies(secure=True)
    assert secure.session == "__Host-session"
    assert secure.flags == {"path": "/", "secure": True, "httponly": True, "samesite": "lax"}
