"""The limit of a case as staff read it, and what each post can do in each state: as the law and the case's clock have it."""

from typing import Any

import pytest

from gateway.portal.clocks import days, in_words
from gateway.portal.limits import standing
from gateway.portal.pages.staff.acts import ACTS, open_to
from gateway.portal.texts import speaking
from yimen.intake.v1 import cases_pb2
from yimen.matters.v1 import elements_pb2

DAYS, CALENDAR = elements_pb2.TIME_UNIT_WORKING_DAY, elements_pb2.TIME_UNIT_CALENDAR_DAY
_State = cases_pb2.CaseState


def a_case(state: str, *, notice: tuple[str, int] | None = None, **clock: Any) -> cases_pb2.Case:
    """A case in a state; `notice`: the last day for a notice and the working days left for it."""
    made = cases_pb2.Case(state=_State.Value(f"CASE_STATE_{state}"), clock=cases_pb2.CaseClock(**clock))
    if notice:
        made.notice_due_date, made.notice_left_days = notice
    return made


def running(left: int, *, used: int = 8, overdue: bool = False, unit: int = DAYS) -> dict[str, Any]:
    """A clock that runs to 20 March."""
    return {
        "unit": unit, "promised_days": 10, "used_days": used, "left_days": left, "due_date": "2026-03-20",
        "accept_date": "2026-03-02", "running": True, "overdue": overdue,
    }  # fmt: skip


NOTICE, DUE = "2026-03-09", "2026-03-20"
STANDINGS = {
    "a notice is due": (a_case("SUBMITTED", notice=(NOTICE, 5)), "告知期限还剩 5 个工作日", "good", NOTICE),
    "three days are not near": (a_case("PRE_REVIEWED", notice=(NOTICE, 3)), "告知期限还剩 3 个工作日", "good", NOTICE),
    "a notice is near": (a_case("SUBMITTED", notice=(NOTICE, 2)), "告知期限还剩 2 个工作日", "warn", NOTICE),
    "the last day of the notice": (a_case("SUBMITTED", notice=(NOTICE, 0)), "今天是告知的最后一天", "warn", NOTICE),
    "deemed accepted": (a_case("SUBMITTED", **running(9)), "告知期限已过，视为受理", "bad", DUE),
    "a correction is awaited": (a_case("CORRECTION_REQUESTED"), "不计时", "plain", ""),
    "the limit runs": (a_case("ACCEPTED", **running(9)), "还剩 9 个工作日", "good", DUE),
    "three days more": (a_case("IN_REVIEW", **running(3)), "还剩 3 个工作日", "good", DUE),
    "the limit is near": (a_case("IN_REVIEW", **running(2)), "还剩 2 个工作日", "warn", DUE),
    "the last day": (a_case("IN_REVIEW", **running(0, used=10)), "今天到期", "warn", DUE),
    "overdue": (a_case("IN_REVIEW", **running(-3, used=13, overdue=True)), "超期 3 个工作日", "bad", DUE),
    # The last day was a Friday, today is a Sunday: late, by no working day yet.
    "overdue on a day of rest": (a_case("ACCEPTED", **running(0, used=10, overdue=True)), "超期 1 个工作日", "bad", DUE),
    "calendar days": (a_case("ACCEPTED", **running(2, unit=CALENDAR)), "还剩 2 个自然日", "warn", DUE),
    "suspended": (a_case("SUSPENDED", unit=DAYS, promised_days=10, used_days=4), "时限暂停", "info", ""),
    "suspended over an unknown year": (
        a_case("SUSPENDED", unit=DAYS, promised_days=10, unknown_year=2027), "时限暂停", "info", "",
    ),
    "an unknown year": (
        a_case("ACCEPTED", unit=DAYS, promised_days=10, unknown_year=2027), "到期日待放假安排公布", "plain", "",
    ),
    "an unknown year of the law's limit alone": (
        a_case("ACCEPTED", **running(9), unknown_year=2027), "还剩 9 个工作日", "good", DUE,
    ),
    "on the spot": (a_case("ACCEPTED", **(running(0, used=0) | {"promised_days": 0})), "应当场办结", "warn", DUE),
    "on the spot, late": (
        a_case("ACCEPTED", **(running(-1, used=1, overdue=True) | {"promised_days": 0})), "超期 1 个工作日", "bad", DUE,
    ),
    "done on the spot": (a_case("DECIDED", unit=DAYS), "当场办结", "good", ""),
    "no limit": (a_case("ACCEPTED", accept_date="2026-03-02"), "不计时", "plain", ""),
    "ended in time": (a_case("DECIDED", unit=DAYS, promised_days=10, used_days=7), "限内办理，用时 7 个工作日", "good", ""),
    "ended on the last day": (
        a_case("COMPLETED", unit=DAYS, promised_days=10, used_days=10), "限内办理，用时 10 个工作日", "good", "",
    ),
    "ended late": (
        a_case("DELIVERED", unit=DAYS, promised_days=10, used_days=12, left_days=-2, overdue=True),
        "超期办理，用时 12 个工作日", "bad", "",
    ),
    "withdrawn": (a_case("WITHDRAWN", unit=DAYS, promised_days=10, used_days=3), "不计时", "plain", ""),
    "not accepted": (a_case("NOT_ACCEPTED"), "不计时", "plain", ""),
    "terminated": (a_case("TERMINATED", unit=DAYS, promised_days=10, used_days=3), "不计时", "plain", ""),
}  # fmt: skip


@pytest.mark.parametrize(("case", "said", "kind", "due"), STANDINGS.values(), ids=STANDINGS)
def test_a_limit_is_said_in_words_with_its_colour_and_last_day(case: cases_pb2.Case, said: str, kind: str, due: str) -> None:
    told = standing(case)
    assert (str(told.said), told.kind, told.due) == (said, kind, due)
    with speaking("en"):
        english = standing(case)
    assert str(english.said).isascii(), english.said
    assert (english.kind, english.due) == (kind, due)


def a_clock(**told: Any) -> cases_pb2.CaseClock:
    return cases_pb2.CaseClock(**(running(0) | told))


@pytest.mark.parametrize(
    ("clock", "said", "squares"),
    [
        (a_clock(used_days=8, left_days=2), "还剩 2 个工作日", (8, 2, 0)),
        (a_clock(used_days=10), "今天到期", (10, 0, 0)),
        (a_clock(used_days=13, left_days=-3, overdue=True), "超期 3 个工作日", (10, 0, 3)),
        # Within what the head has added.
        (a_clock(used_days=12, left_days=3, extended_days=5), "还剩 3 个工作日", (12, 3, 0)),
        # The law ends before the promise.
        (a_clock(used_days=8, left_days=-1, overdue=True), "超期 1 个工作日", (7, 0, 1)),
        (a_clock(used_days=4, left_days=6, running=False), "用时 4 个工作日", (4, 6, 0)),
        (a_clock(used_days=12, left_days=-2, running=False, overdue=True), "超期办理，用时 12 个工作日", (10, 0, 2)),
        (a_clock(used_days=4, left_days=6, running=False, entries=[{"kind": "suspended"}]), "时限暂停", (4, 6, 0)),
        (a_clock(used_days=1, left_days=59, unit=CALENDAR), "还剩 59 个自然日", (0, 0, 0)),
    ],
)
def test_a_clock_is_said_in_words_and_drawn_in_days(
    clock: cases_pb2.CaseClock, said: str, squares: tuple[int, int, int]
) -> None:
    assert str(in_words(clock)) == said
    drawn = days(clock)
    assert tuple(drawn.count(kind) for kind in ("used", "left", "over")) == squares
    assert len(drawn) == sum(squares)


# What can be done in each state, by whom: CLERK, the unit (APPROVER and CHIEF_REPRESENTATIVE alike), HEAD.
OPEN: dict[str, tuple[set[str], set[str], set[str]]] = {
    "DRAFT": (set(), set(), set()),
    "SUBMITTED": ({"accept", "pass", "correct", "refuse", "terminate"}, {"terminate"}, set()),
    "PRE_REVIEWED": ({"accept", "correct", "refuse", "terminate"}, {"terminate"}, set()),
    "CORRECTION_REQUESTED": ({"terminate"}, {"terminate"}, set()),
    "NOT_ACCEPTED": (set(), set(), set()),
    "ACCEPTED": ({"terminate"}, {"start", "terminate"}, {"extend"}),
    "IN_REVIEW": ({"terminate"}, {"decide", "suspend", "terminate"}, {"extend"}),
    "SUSPENDED": ({"terminate"}, {"resume", "terminate"}, {"extend"}),
    "DECIDED": (set(), {"complete"}, set()),
    "COMPLETED": ({"deliver"}, set(), set()),
    "DELIVERED": (set(), set(), set()),
    "WITHDRAWN": (set(), set(), set()),
    "TERMINATED": (set(), set(), set()),
}


def offered(case: cases_pb2.Case, *roles: str) -> set[str]:
    """What is offered to who has these roles."""
    return {act.id for act in open_to(frozenset(roles), case)}


def test_every_state_is_in_the_table() -> None:
    assert {f"CASE_STATE_{state}" for state in OPEN} == set(_State.keys()) - {"CASE_STATE_UNSPECIFIED"}


@pytest.mark.parametrize("state", OPEN)
def test_each_post_is_offered_what_the_state_allows(state: str) -> None:
    case, (clerk, unit, head) = a_case(state, notice=(NOTICE, 5)), OPEN[state]
    assert offered(case, "CLERK") == clerk
    assert offered(case, "APPROVER") == offered(case, "CHIEF_REPRESENTATIVE") == unit
    assert offered(case, "HEAD") == head
    assert offered(case, "CLERK", "APPROVER", "HEAD") == clerk | unit | head
    assert offered(case) == offered(case, "SUPERVISOR") == offered(case, "OPERATOR", "EDITOR", "LEGAL") == set()


def test_after_its_five_days_no_notice_is_offered_any_more() -> None:
    deemed = a_case("SUBMITTED", **running(9))
    assert offered(deemed, "CLERK") == {"accept", "pass", "terminate"}


def test_a_limit_is_extended_once() -> None:
    extended = a_case("IN_REVIEW", **running(9))
    extended.clock.entries.add(kind="extended")
    assert offered(extended, "HEAD") == set()


def test_every_step_has_a_key_of_its_own_wherever_it_is_offered() -> None:
    for state in OPEN:
        keys = [act.key for act in ACTS if _State.Value(f"CASE_STATE_{state}") in act.begins]
        assert len(set(keys)) == len(keys), state
        # Of the page itself: back to the list, to the materials, the notice of what was done.
        assert not set(keys) & {"w", "m", "d"}
