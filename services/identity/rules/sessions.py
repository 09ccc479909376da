"""Challenges, sessions and lock-out: what may be used once, how long, and how often one may fail."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Protocol

from services.chassis.errors import ResourceExhausted, Unauthenticated

CHALLENGE_LIFE = timedelta(minutes=5)
ACCESS_LIFE = timedelta(minutes=15)
REFRESH_LIFE = timedelta(hours=12)
# So many failures of one certificate lock it, for so long after the last.
FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)


class ChallengeUnknown(Unauthenticated):
    """No challenge of this nonce was given, or it is long gone."""

    zh = "登录请求不存在，请重新登录"
    en = "there is no such challenge: begin the sign-in again"


class ChallengeUsed(Unauthenticated):
    """The challenge was signed in with before."""

    zh = "登录请求已使用，请重新登录"
    en = "the challenge has been used: begin the sign-in again"


class ChallengeExpired(Unauthenticated):
    """The challenge outlived its five minutes."""

    zh = "登录请求已于 {expired:%H:%M:%S} UTC 过期，请重新登录"
    en = "the challenge expired at {expired:%H:%M:%S} UTC: begin the sign-in again"


class LockedOut(ResourceExhausted):
    """Too many failures of one certificate."""

    zh = "登录失败次数过多，请 {minutes} 分钟后再试"
    en = "too many failed attempts: try again in {minutes} minutes"


class RefreshTokenUnknown(Unauthenticated):
    """Not a refresh token that was given here."""

    zh = "刷新令牌无效，请重新登录"
    en = "the refresh token is not valid: sign in again"


class RefreshTokenReused(Unauthenticated):
    """A refresh token came a second time: one of the two who have it is not its owner, so nobody keeps the session."""

    zh = "刷新令牌已被使用过，为安全起见会话已结束，请重新登录"
    en = "the refresh token was used before; its session is ended for safety: sign in again"


class SessionEnded(Unauthenticated):
    """The session was signed out of, ended by an operator, or is past its 12 hours."""

    zh = "会话已结束，请重新登录"
    en = "the session has ended: sign in again"


class Challenge(Protocol):
    """A challenge as it is stored."""

    expire_time: datetime
    use_time: datetime | None


class Session(Protocol):
    """A session as it is stored: hashes of its refresh tokens alone."""

    refresh_hash: str
    used_hashes: list[str]
    refresh_expire_time: datetime
    end_time: datetime | None


def digest(secret: str) -> str:
    """What is kept of a random secret of ours: SHA-256, hexadecimal; it needs no salt because it has 256 bits of its own."""
    return hashlib.sha256(secret.encode()).hexdigest()


def redeem(challenge: Challenge | None, at: datetime) -> None:
    """Whether the challenge, as it was before this use, may be used: ChallengeUnknown, ChallengeUsed, ChallengeExpired."""
    if challenge is None:
        raise ChallengeUnknown
    if challenge.use_time is not None:
        raise ChallengeUsed
    if challenge.expire_time <= at:
        raise ChallengeExpired(expired=challenge.expire_time)


def admit(failures: int, last: datetime | None, at: datetime) -> None:
    """LockedOut while a certificate has failed too often."""
    if failures >= FAILURES and last is not None and at < last + LOCKED_FOR:
        raise LockedOut(minutes=int((last + LOCKED_FOR - at).total_seconds() // 60) + 1)


def renew(session: Session, presented: str, at: datetime) -> str:
    """Uses up a refresh token and returns the next one; the session's expiry stays what sign-in made it.

    RefreshTokenUnknown, SessionEnded; RefreshTokenReused also ends the session.
    """
    if session.end_time is not None or session.refresh_expire_time <= at:
        raise SessionEnded
    shown = digest(presented)
    if shown in session.used_hashes:
        end(session, at)
        raise RefreshTokenReused
    if not secrets.compare_digest(shown, session.refresh_hash):
        raise RefreshTokenUnknown
    session.used_hashes = [*session.used_hashes, shown]
    return give(session, presented.partition(".")[0])


def give(session: Session, session_id: str) -> str:
    """A fresh refresh token of the session, which keeps its hash: `<session>.<256 random bits>`."""
    token = f"{session_id}.{secrets.token_urlsafe(32)}"
    session.refresh_hash = digest(token)
    return token


def end(session: Session, at: datetime) -> None:
    """Ends a session; one that has ended keeps its time."""
    if session.end_time is None:
        session.end_time = at
