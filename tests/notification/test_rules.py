"""When a notice goes out, and what follows from how that went."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import InvalidFields
from services.notification import rules
from services.notification.rules import Channel, Failure, State
from yimen.notification.v1 import notification_pb2 as api

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass
class Preferences:
    email: str = "lin@example.cn"
    quiet_begins: str = ""
    quiet_ends: str = ""


@dataclass
class Delivery:
    channel: str = Channel.EMAIL
    state: str = State.QUEUED
    attempts: int = 0
    next_attempt_time: datetime | None = None
    sent_time: datetime | None = None
    last_error: str = ""


def at(clock: str, day: int = 1) -> datetime:
    hour, minute = clock.split(":")
    return datetime(2014, 12, day, int(hour), int(minute), tzinfo=SHANGHAI)


def test_the_inbox_is_always_told_and_at_once() -> None:
    night = Preferences(quiet_begins="22:00", quiet_ends="07:30")
    assert rules.plan(night, at("23:00"))[Channel.INBOX] == at("23:00")
    assert rules.plan(Preferences(email=""), at("23:00")) == {Channel.INBOX: at("23:00")}


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (at("21:59"), at("21:59")),
        (at("22:00"), at("07:30", day=2)),
        (at("23:59"), at("07:30", day=2)),
        (at("00:00"), at("07:30")),
        (at("07:29"), at("07:30")),
        (at("07:30"), at("07:30")),
    ],
)
def test_quiet_hours_that_pass_midnight_end_in_the_morning(now: datetime, then: datetime) -> None:
    assert rules.heard_from(now, Preferences(quiet_begins="22:00", quiet_ends="07:30")) == then


@pytest.mark.parametrize(("now", "then"), [(at("11:59"), at("11:59")), (at("12:00"), at("14:00")), (at("14:00"), at("14:00"))])
def test_quiet_hours_within_a_day_end_the_same_day(now: datetime, then: datetime) -> None:
    assert rules.heard_from(now, Preferences(quiet_begins="12:00", quiet_ends="14:00")) == then


def test_quiet_hours_are_those_of_shenzhen_whatever_the_zone_of_the_clock() -> None:
    fifteen_utc = datetime(2014, 12, 1, 15, 0, tzinfo=UTC)
    quiet = Preferences(quiet_begins="22:00", quiet_ends="07:30")
    assert rules.heard_from(fifteen_utc, quiet) == datetime(2014, 12, 1, 23, 30, tzinfo=UTC)


clocks = st.times().map(lambda t: f"{t:%H:%M}")


@given(st.datetimes(datetime(2014, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), clocks, clocks)  # noqa: DTZ001
def test_mail_is_never_sent_in_quiet_hours_and_waits_less_than_a_day(now: datetime, begins: str, ends: str) -> None:
    quiet = Preferences(quiet_begins=begins, quiet_ends=ends) if begins != ends else Preferences()
    then = rules.heard_from(now, quiet)
    assert timedelta(0) <= then - now < timedelta(days=1)
    assert rules.heard_from(then, quiet) == then


def test_an_attempt_is_counted_and_held_before_it_is_made() -> None:
    delivery = Delivery(next_attempt_time=at("09:00"))
    assert rules.due([delivery], at("08:59")) == []
    assert rules.due([delivery], at("09:00")) == [delivery]
    rules.attempt(delivery, at("09:00"))
    assert (delivery.attempts, rules.due([delivery], at("09:01"))) == (1, [])
    assert rules.due([delivery], at("09:02")) == [delivery]


def test_mail_that_the_server_took_is_sent_and_not_called_delivered() -> None:
    delivery = Delivery(next_attempt_time=at("09:00"), last_error="451")
    rules.succeed(delivery, at("09:01"))
    assert (delivery.state, delivery.sent_time, delivery.last_error) == (State.SENT, at("09:01"), "")
    assert rules.next_time([delivery]) is None


def test_temporary_failures_are_tried_again_after_growing_delays_and_given_up_in_the_end() -> None:
    delivery, now, delays = Delivery(), at("09:00"), []
    while delivery.state != State.PERMANENT_FAILURE:
        rules.attempt(delivery, now)
        rules.fail(delivery, Failure("451 4.3.2"), Preferences(), now)
        if delivery.next_attempt_time:
            delays.append(delivery.next_attempt_time - now)
            now = delivery.next_attempt_time
    assert delays == sorted(delays) == list(rules.DELAYS)
    assert delays[0] <= timedelta(seconds=15)
    assert timedelta(hours=20) < sum(delays, timedelta()) < timedelta(days=2)
    assert delivery.attempts == len(rules.DELAYS) + 1


def test_attempts_that_never_come_to_an_end_are_given_up() -> None:
    delivery, now = Delivery(), at("09:00")
    while not rules.is_given_up(delivery):
        rules.attempt(delivery, now)
    assert delivery.attempts == len(rules.DELAYS) + 1


def test_a_permanent_failure_is_not_tried_again() -> None:
    delivery = Delivery(attempts=1)
    rules.fail(delivery, Failure("550 5.1.1", permanent=True), Preferences(), at("09:00"))
    assert (delivery.state, delivery.next_attempt_time, delivery.last_error) == (State.PERMANENT_FAILURE, None, "550 5.1.1")


def test_a_retry_waits_for_the_end_of_quiet_hours_too() -> None:
    delivery = Delivery(attempts=1)
    quiet = Preferences(quiet_begins="22:00", quiet_ends="07:30")
    rules.fail(delivery, Failure("451"), quiet, at("21:59") + timedelta(seconds=50))
    assert delivery.next_attempt_time == at("07:30", day=2)


def test_quiet_hours_begin_and_end_at_different_times() -> None:
    rules.check("", "")
    rules.check("22:00", "07:30")
    with pytest.raises(InvalidFields) as refused:
        rules.check("22:00", "22:00")
    assert refused.value.violations[0].field == "channels.quiet_hours.ends"


def test_channels_and_states_are_those_of_the_contract() -> None:
    contract = [api.ChannelKind.DESCRIPTOR, api.DeliveryState.DESCRIPTOR]
    names = [{v.name for v in enum.values if v.number} for enum in contract]
    assert names == [{f"CHANNEL_KIND_{c}" for c in Channel}, {f"DELIVERY_STATE_{s}" for s in State}]
