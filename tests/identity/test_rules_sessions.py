"""Challenges, refresh tokens and lock-out, by a clock of the test's own."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from services.chassis.errors import InvalidFields
from services.identity.rules import posts, sessions
from services.identity.rules.posts import PostEndedAlready, SubtreeBeyondReach
from services.identity.rules.sessions import (
    ChallengeExpired,
    ChallengeUnknown,
    ChallengeUsed,
    LockedOut,
    RefreshTokenReused,
    RefreshTokenUnknown,
    SessionEnded,
)

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def a_challenge(age: timedelta = timedelta(0), use_time: datetime | None = None) -> SimpleNamespace:
    return SimpleNamespace(expire_time=NOW - age + sessions.CHALLENGE_LIFE, use_time=use_time)


def a_session() -> tuple[SimpleNamespace, str]:
    session = SimpleNamespace(refresh_hash="", used_hashes=[], refresh_expire_time=NOW + sessions.REFRESH_LIFE, end_time=None)
    return session, sessions.give(session, "s1")


def test_a_fresh_challenge_is_redeemed() -> None:
    sessions.redeem(a_challenge(), NOW)


def test_a_challenge_lives_five_minutes() -> None:
    sessions.redeem(a_challenge(age=timedelta(minutes=4, seconds=59)), NOW)
    with pytest.raises(ChallengeExpired, match="01:30:00"):
        sessions.redeem(a_challenge(age=timedelta(minutes=5)), NOW)


def test_a_challenge_is_used_once() -> None:
    with pytest.raises(ChallengeUsed):
        sessions.redeem(a_challenge(use_time=NOW - timedelta(seconds=1)), NOW)


def test_a_challenge_that_was_never_given_is_unknown() -> None:
    with pytest.raises(ChallengeUnknown):
        sessions.redeem(None, NOW)


def test_a_refresh_token_is_used_up_by_its_use() -> None:
    session, first = a_session()
    second = sessions.renew(session, first, NOW)
    assert second != first
    assert sessions.renew(session, second, NOW) not in {first, second}
    assert session.end_time is None


def test_a_refresh_token_that_comes_twice_ends_the_session() -> None:
    session, first = a_session()
    second = sessions.renew(session, first, NOW)
    with pytest.raises(RefreshTokenReused):
        sessions.renew(session, first, NOW)
    assert session.end_time == NOW
    with pytest.raises(SessionEnded):
        sessions.renew(session, second, NOW)


def test_a_guessed_refresh_token_ends_nothing() -> None:
    session, first = a_session()
    with pytest.raises(RefreshTokenUnknown):
        sessions.renew(session, "s1.guessed", NOW)
    assert sessions.renew(session, first, NOW)


def test_a_session_ends_twelve_hours_after_its_sign_in_however_often_it_is_renewed() -> None:
    session, first = a_session()
    second = sessions.renew(session, first, NOW + timedelta(hours=11))
    with pytest.raises(SessionEnded):
        sessions.renew(session, second, NOW + timedelta(hours=12))


def test_what_is_kept_of_a_refresh_token_is_its_hash() -> None:
    session, first = a_session()
    sessions.renew(session, first, NOW)
    assert first not in repr(session)


def test_the_fifth_failure_locks_for_fifteen_minutes_and_says_how_long() -> None:
    sessions.admit(4, NOW, NOW)
    with pytest.raises(LockedOut, match="15 minutes"):
        sessions.admit(5, NOW, NOW + timedelta(seconds=1))
    with pytest.raises(LockedOut, match="1 minutes"):
        sessions.admit(5, NOW, NOW + timedelta(minutes=14, seconds=30))
    sessions.admit(5, NOW, NOW + timedelta(minutes=15))


def a_wish(**changed: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "hall": "440307", "unit": "", "held_at_unit": False, "covers_subtree": False, "reaches_subtree": False
    }  # fmt: skip
    return plain | changed


def test_a_role_of_a_unit_needs_its_unit() -> None:
    posts.check(**a_wish(held_at_unit=True, unit="units/440307-civil-affairs", reaches_subtree=True))  # type: ignore[arg-type]
    with pytest.raises(InvalidFields) as refused:
        posts.check(**a_wish(held_at_unit=True))  # type: ignore[arg-type]
    assert refused.value.violations[0].field == "post.unit"


def test_a_role_of_a_hall_has_no_unit() -> None:
    with pytest.raises(InvalidFields):
        posts.check(**a_wish(unit="units/440307-civil-affairs"))  # type: ignore[arg-type]


def test_nobody_hands_out_more_than_their_own_reach() -> None:
    posts.check(**a_wish(covers_subtree=True, reaches_subtree=True))  # type: ignore[arg-type]
    for wish in (a_wish(covers_subtree=True), a_wish(held_at_unit=True, unit="units/440307-civil-affairs")):
        with pytest.raises(SubtreeBeyondReach):
            posts.check(**wish)  # type: ignore[arg-type]


def test_a_post_ends_once() -> None:
    post = SimpleNamespace(name="halls/440307/posts/1", end_time=None)
    posts.end(post, NOW)
    with pytest.raises(PostEndedAlready, match="2026-03-02"):
        posts.end(post, NOW)
