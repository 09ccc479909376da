"""The life of versions by its rules alone: each step, each refusal, and every history that can be."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import FailedPrecondition, Refusal
from services.matters import rules
from services.matters.rules import Act, State, VersionState, states

_NOW = datetime(2015, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class AMatter:
    """A matter of the shape that the rules take."""

    name: str = "halls/440307/matters/a"
    versions: list[Any] = field(default_factory=list)

    def states(self, at: datetime) -> list[str]:
        return [rules.state_of(version, at).name for version in self.versions]


def a_version() -> Any:
    return SimpleNamespace(
        number=0, state=1, effective_time=None, end_time=None, end_state=0, change_set="", entries=[]
    )  # fmt: skip


def by(at: datetime = _NOW, reason: str = "因", person: str = "people/editor", change_set: str = "") -> Act:
    return Act(person, at, reason, change_set)


def a_draft() -> AMatter:
    matter = AMatter()
    rules.draft(matter, a_version(), by())
    return matter


def in_review() -> AMatter:
    matter = a_draft()
    rules.submit(matter, by())
    return matter


def published(effective: datetime | None = None) -> AMatter:
    matter = in_review()
    rules.publish(matter, by(), effective)
    return matter


def revised(at: datetime = _NOW + DAY) -> AMatter:
    """On the list, with a draft of the second version."""
    matter = published()
    rules.propose(matter, a_version(), by(at))
    return matter


def revised_in_review(at: datetime = _NOW + DAY) -> AMatter:
    matter = revised(at)
    rules.submit(matter, by(at))
    return matter


def scheduled(days: int) -> AMatter:
    """On the list, with a second version that is published and begins some days from now."""
    matter = revised_in_review(_NOW)
    rules.publish(matter, by(), _NOW + days * DAY)
    return matter


def cancelled(effective: datetime | None = None) -> AMatter:
    matter = published()
    rules.cancel(matter, by(), effective)
    return matter


def test_a_first_version_is_in_force_from_its_date_on() -> None:
    matter = published(_NOW + DAY)
    assert rules.standing(matter.versions, _NOW).state == State.DRAFT
    assert rules.standing(matter.versions, _NOW + DAY).state == State.PUBLISHED
    assert rules.coming(matter.versions, _NOW) is matter.versions[0]
    assert rules.coming(matter.versions, _NOW + DAY) is None


def test_a_second_version_supersedes_the_first_at_its_date_and_not_before() -> None:
    matter = scheduled(days=2)
    first, second = matter.versions
    before, then = _NOW + 2 * DAY - timedelta(milliseconds=1), _NOW + 2 * DAY
    assert (rules.standing(matter.versions, before).version, matter.states(before)) == (first, ["PUBLISHED", "PUBLISHED"])
    assert (rules.standing(matter.versions, then).version, matter.states(then)) == (second, ["SUPERSEDED", "PUBLISHED"])
    assert rules.turns(matter.versions) == [_NOW, then]


def test_a_date_that_has_passed_means_now() -> None:
    matter = published(_NOW - DAY)
    assert matter.versions[0].effective_time == _NOW


def test_a_cancellation_takes_effect_at_its_date_for_good() -> None:
    matter = cancelled(_NOW + DAY)
    assert rules.standing(matter.versions, _NOW).state == State.PUBLISHED
    assert rules.standing(matter.versions, _NOW + DAY).state == State.CANCELLED
    for act in (
        lambda: rules.propose(matter, a_version(), by(_NOW + DAY)),
        lambda: rules.cancel(matter, by(_NOW + DAY)),
        lambda: rules.take_back(matter, by(_NOW + DAY)),
        lambda: rules.adopt(matter, a_version(), by(_NOW + DAY)),
        lambda: rules.cut(matter, by(_NOW + DAY)),
    ):
        with pytest.raises(states.MatterNotPublished):
            act()


def test_what_was_prepared_for_a_cancelled_matter_can_never_be_published() -> None:
    matter = revised_in_review()
    rules.cancel(matter, by(_NOW + DAY))
    for act in (rules.publish, rules.submit):
        with pytest.raises(states.MatterNotPublished):
            act(matter, by(_NOW + DAY))


def test_who_when_and_why_is_kept_of_each_step() -> None:
    matter = AMatter()
    rules.draft(matter, a_version(), by(reason=""))
    rules.submit(matter, by(_NOW + DAY, "请审", "people/a"))
    rules.take_back(matter, by(_NOW + 2 * DAY, "缺依据", "people/b"))
    rules.submit(matter, by(_NOW + 3 * DAY, "", "people/a"))
    rules.publish(matter, by(_NOW + 4 * DAY, "首次公布", "people/b"))
    rules.cancel(matter, by(_NOW + 5 * DAY, "并入其他事项", "people/b"), _NOW + 9 * DAY)
    rules.take_back(matter, by(_NOW + 6 * DAY, "暂缓", "people/b"))
    (version,) = matter.versions
    assert [(VersionState(e["to"]).name, e["time"], e["person"], e["reason"]) for e in version.entries] == [
        ("DRAFT", _NOW, "people/editor", ""),
        ("IN_REVIEW", _NOW + DAY, "people/a", "请审"),
        ("DRAFT", _NOW + 2 * DAY, "people/b", "缺依据"),
        ("IN_REVIEW", _NOW + 3 * DAY, "people/a", ""),
        ("PUBLISHED", _NOW + 4 * DAY, "people/b", "首次公布"),
        ("CANCELLED", _NOW + 5 * DAY, "people/b", "并入其他事项"),
        ("PUBLISHED", _NOW + 6 * DAY, "people/b", "暂缓"),
    ]
    assert rules.standing(matter.versions, _NOW + 9 * DAY).state == State.PUBLISHED


def test_a_draft_that_one_editor_saves_again_and_again_is_one_entry() -> None:
    matter = a_draft()
    for day in range(5):
        rules.edit(matter, by(_NOW + day * DAY))
    rules.edit(matter, by(_NOW + 5 * DAY, person="people/other"))
    assert [(e["person"], e["time"]) for e in matter.versions[0].entries] == [
        ("people/editor", _NOW + 4 * DAY),
        ("people/other", _NOW + 5 * DAY),
    ]


def test_what_is_published_and_not_in_force_yet_can_be_taken_back() -> None:
    matter = scheduled(days=2)
    rules.take_back(matter, by())
    assert matter.states(_NOW + 3 * DAY) == ["PUBLISHED", "DRAFT"]
    assert rules.standing(matter.versions, _NOW + 3 * DAY).version is matter.versions[0]


Make = Callable[[], AMatter]


@pytest.mark.parametrize(
    ("make", "act", "refusal"),
    [
        (published, lambda m: rules.edit(m, by()), states.MatterNotDraft),
        (revised, lambda m: rules.edit(m, by(_NOW + DAY)), states.MatterNotDraft),
        (in_review, lambda m: rules.edit(m, by()), states.VersionInReview),
        (lambda: published(_NOW + DAY), lambda m: rules.edit(m, by()), states.VersionScheduled),
        (a_draft, lambda m: rules.propose(m, a_version(), by()), states.MatterNotPublished),
        (revised_in_review, lambda m: rules.propose(m, a_version(), by(_NOW + DAY)), states.VersionInReview),
        (lambda: scheduled(2), lambda m: rules.propose(m, a_version(), by()), states.VersionScheduled),
        (published, lambda m: rules.submit(m, by()), states.NothingPrepared),
        (in_review, lambda m: rules.submit(m, by()), states.VersionInReview),
        (lambda: scheduled(2), lambda m: rules.submit(m, by()), states.VersionScheduled),
        (published, lambda m: rules.publish(m, by()), states.NothingPrepared),
        (a_draft, lambda m: rules.publish(m, by()), states.VersionNotInReview),
        (lambda: scheduled(2), lambda m: rules.publish(m, by()), states.VersionScheduled),
        (published, lambda m: rules.take_back(m, by()), states.NothingPrepared),
        (a_draft, lambda m: rules.take_back(m, by()), states.VersionNotInReview),
        (a_draft, lambda m: rules.cancel(m, by()), states.MatterNotPublished),
        (lambda: published(_NOW + DAY), lambda m: rules.cancel(m, by()), states.MatterNotPublished),
        (lambda: scheduled(2), lambda m: rules.cancel(m, by()), states.VersionScheduled),
        (a_draft, lambda m: rules.adopt(m, a_version(), by()), states.MatterNotPublished),
        (a_draft, lambda m: rules.cut(m, by()), states.MatterNotPublished),
    ],
)
def test_a_step_that_does_not_fit_is_refused_in_both_languages_and_changes_nothing(
    make: Make, act: Callable[[AMatter], object], refusal: type[Refusal]
) -> None:
    matter = make()
    before = repr(matter)
    with pytest.raises(refusal) as refused:
        act(matter)
    assert refused.value.message("zh")
    assert refused.value.message("en")
    assert repr(matter) == before


def test_a_version_is_not_published_over_an_announced_cancellation() -> None:
    matter = revised_in_review(_NOW)
    rules.cancel(matter, by(), _NOW + 9 * DAY)
    with pytest.raises(states.CancellationAnnounced) as refused:
        rules.publish(matter, by())
    assert (_NOW + 9 * DAY).isoformat() in refused.value.message("zh")


@pytest.mark.parametrize(("make", "was"), [(revised, "DRAFT"), (revised_in_review, "IN_REVIEW")])
def test_an_adopted_version_goes_before_what_is_being_prepared(make: Make, was: str) -> None:
    matter, now = make(), _NOW + DAY
    prepared = matter.versions[-1]
    assert rules.state_of(prepared, now).name == was
    adopted = rules.adopt(matter, a_version(), by(now, "精简", change_set="halls/440307/changeSets/c"))
    assert matter.versions[1:] == [adopted, prepared]
    assert [version.number for version in matter.versions] == [1, 2, 3]
    assert matter.states(now) == ["SUPERSEDED", "PUBLISHED", "DRAFT"]
    assert prepared.entries[-1]["change_set"] == adopted.change_set == "halls/440307/changeSets/c"
    assert [VersionState(e["to"]).name for e in adopted.entries] == ["DRAFT", "IN_REVIEW", "PUBLISHED"]


def test_an_adopted_version_goes_before_one_that_is_published_and_to_come() -> None:
    matter = scheduled(days=2)
    rules.adopt(matter, a_version(), by())
    assert matter.states(_NOW + 3 * DAY) == ["SUPERSEDED", "PUBLISHED", "DRAFT"]


def test_an_announced_cancellation_holds_for_an_adopted_version_too() -> None:
    matter = cancelled(_NOW + 9 * DAY)
    rules.adopt(matter, a_version(), by())
    assert rules.standing(matter.versions, _NOW + 8 * DAY).state == State.PUBLISHED
    assert rules.standing(matter.versions, _NOW + 9 * DAY).state == State.CANCELLED
    assert matter.states(_NOW + 9 * DAY) == ["SUPERSEDED", "CANCELLED"]


@pytest.mark.parametrize("make", [published, lambda: scheduled(2), lambda: revised_in_review(_NOW)])
def test_a_cut_takes_a_matter_off_whatever_is_being_prepared(make: Make) -> None:
    matter = make()
    rules.cut(matter, by())
    assert rules.standing(matter.versions, _NOW + 9 * DAY).state == State.CANCELLED


_ACTS: dict[str, Callable[[AMatter, Act, datetime | None], object]] = {
    "edit": lambda matter, act, _: rules.edit(matter, act),
    "propose": lambda matter, act, _: rules.propose(matter, a_version(), act),
    "submit": lambda matter, act, _: rules.submit(matter, act),
    "publish": rules.publish,
    "take back": lambda matter, act, _: rules.take_back(matter, act),
    "cancel": rules.cancel,
    "adopt": lambda matter, act, _: rules.adopt(matter, a_version(), act),
    "cut": lambda matter, act, _: rules.cut(matter, act),
}
histories = st.lists(st.tuples(st.sampled_from(sorted(_ACTS)), st.integers(0, 3), st.integers(-1, 6)), max_size=25)


@given(histories)
def test_any_history_replays_to_what_was_seen_on_each_day(history: list[tuple[str, int, int]]) -> None:
    """What the versions say of a day in the past is what they said on that day."""
    matter, today = a_draft(), _NOW
    seen: list[tuple[datetime, State, int]] = []
    for act, days, ahead in history:
        today += days * DAY
        before = repr(matter)
        try:
            _ACTS[act](matter, by(today), today + ahead * DAY)
        except FailedPrecondition:
            assert repr(matter) == before
        _assert_sound(matter, today)
        stands = rules.standing(matter.versions, today)
        seen = [one for one in seen if one[0] < today]
        seen.append((today, stands.state, stands.version.number if stands.version else 0))
    for day, state, number in seen:
        then = rules.standing(matter.versions, day)
        assert (then.state, then.version.number if then.version else 0) == (state, number)


def _assert_sound(matter: AMatter, at: datetime) -> None:
    """Numbers ascend; of what has begun each begins where the one before ended; at most the last has not begun."""
    assert [version.number for version in matter.versions] == list(range(1, len(matter.versions) + 1))
    begun = [version for version in matter.versions if rules.has_begun(version, at)]
    assert matter.versions[: len(begun)] == begun
    assert len(matter.versions) - len(begun) <= 1
    for one, following in pairwise(begun):
        assert (one.end_state, one.end_time) == (VersionState.SUPERSEDED, following.effective_time)
    for version in begun:
        assert VersionState.PUBLISHED in {entry["to"] for entry in version.entries}
