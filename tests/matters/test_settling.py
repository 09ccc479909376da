"""The head of a stored matter follows its versions, whatever their history; no store is asked."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis.errors import FailedPrecondition
from services.matters import rules
from services.matters.documents import Matter
from services.matters.rules import Act, State
from tests.matters.builders import a_code, a_matter
from yimen.matters.v1 import events_pb2, matter_pb2

_NOW = datetime(2015, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def by(at: datetime, change_set: str = "") -> Act:
    return Act("people/editor", at, "因", change_set)


def numbered(serial: int) -> matter_pb2.Matter:
    """A matter whose name and code say which one it is."""
    return a_matter(display_name={"zh": f"事项{serial}"}, **a_code(serial))


def a_draft() -> Matter:
    return Matter.draft("440307", "a", numbered(0), by(_NOW))


_ACTS: dict[str, Callable[[Matter, int, Act, datetime], object]] = {
    "edit": lambda matter, n, act, _: matter.edit(numbered(n), act),
    "propose": lambda matter, n, act, _: matter.propose(numbered(n), act),
    "submit": lambda matter, _, act, __: rules.submit(matter, act),
    "publish": lambda matter, _, act, then: rules.publish(matter, act, then),
    "take back": lambda matter, _, act, __: rules.take_back(matter, act),
    "cancel": lambda matter, _, act, then: rules.cancel(matter, act, then),
    "adopt": lambda matter, n, act, _: matter.adopt(numbered(n), act),
    "cut": lambda matter, _, act, __: matter.cut(act),
}
histories = st.lists(
    st.tuples(st.sampled_from(["submit", "publish", *_ACTS]), st.integers(0, 3), st.integers(-1, 6)), max_size=20
)


@settings(max_examples=40, deadline=None)
@given(histories, st.booleans())
def test_the_head_is_what_is_in_force_after_any_history(history: list[tuple[str, int, int]], sweeps: bool) -> None:
    """Whether or not each date was swept: what is told is the same too."""
    matter, today = a_draft(), _NOW
    told: list[Message] = []
    for serial, (act, days, ahead) in enumerate(history, 1):
        # No two acts fall on one instant, of which the versions alone could not say the order.
        today += timedelta(minutes=1)
        if sweeps:
            for _ in range(days):
                today += DAY
                told += matter.settle(today)
        else:
            today += days * DAY
        try:
            _ACTS[act](matter, serial, by(today), today + ahead * DAY)
        except FailedPrecondition:
            continue
        told += matter.settle(today)
        _assert_settled(matter, today)
    told += matter.settle(today)
    assert told == _replayed(matter, today)


def _assert_settled(matter: Matter, at: datetime) -> None:
    stands = matter.at(at)
    shown = stands.version or matter.versions[0]
    assert (matter.state, matter.matter_version) == (stands.state, stands.version.number if stands.version else 0)
    assert [version.number for version in matter.versions if version.content is None] == [shown.number]
    assert matter.elements == matter.elements_of(shown)
    assert matter.code == matter.elements.implementation_code
    assert matter.due is None or matter.due > at
    coming = rules.coming(matter.versions, at)
    assert (matter.next_version, matter.next_state) == ((coming.number, coming.state) if coming else (0, 0))


def _replayed(matter: Matter, until: datetime) -> list[Message]:
    """What the versions alone say that had to be told."""
    told: list[Message] = []
    for turn in rules.turns(matter.versions):
        stands = matter.at(turn)
        if turn > until or stands.version is None:
            continue
        if stands.state == State.CANCELLED:
            told.append(events_pb2.MatterCancelled(matter=matter.name, reason="因"))
            continue
        elements = matter.elements_of(stands.version)
        told.append(
            events_pb2.MatterPublished(
                matter=matter.name,
                matter_version=stands.version.number,
                display_name=elements.display_name.zh,
                unit=elements.unit,
            )
        )
    return told


def test_a_set_of_changes_changes_a_matter_once() -> None:
    matter = Matter.published("440307", "a", numbered(0), by(_NOW))
    assert matter.adopt(numbered(1), by(_NOW + DAY), change_set="c")
    assert not matter.adopt(numbered(2), by(_NOW + 2 * DAY), change_set="c")
    assert not matter.cut(by(_NOW + 2 * DAY), change_set="c")
    assert matter.cut(by(_NOW + 2 * DAY), change_set="d")
    assert not matter.cut(by(_NOW + 3 * DAY), change_set="d")
    matter.settle(_NOW + 3 * DAY)
    assert (matter.state, matter.matter_version, matter.elements.display_name.zh) == (State.CANCELLED, 2, "事项1")


def test_what_says_the_same_is_not_republished() -> None:
    matter = Matter.published("440307", "a", numbered(0), by(_NOW))
    assert not matter.republish(numbered(0), by(_NOW + DAY))
    assert matter.republish(numbered(1), by(_NOW + DAY))
    assert [entry["reason"] for entry in matter.versions[1].entries] == ["因"] * 3
    assert matter.at(_NOW).version is matter.versions[0]
    assert matter.elements_of(matter.numbered(1)).display_name.zh == "事项0"
