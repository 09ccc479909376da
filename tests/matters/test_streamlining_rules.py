"""What may be proposed, what it takes away, who must agree, and how long a chain takes: without a store."""

from dataclasses import astuple
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import Refusal
from services.matters.streamlining import rules
from services.matters.streamlining.proposing import applied
from services.matters.streamlining.rules import Effect, Kind, Reviewer, State, Task
from tests.matters.builders import some_elements
from yimen.matters.v1 import elements_pb2, streamlining_pb2

LEGAL, EDUCATION, AUDIT = Reviewer(Kind.LEGAL_OFFICE), Reviewer(Kind.UNIT, "units/a"), Reviewer(Kind.UNIT, "units/b")


def a_proposal(**parts: Any) -> streamlining_pb2.Proposal:
    return json_format.ParseDict(
        {"matter": "halls/440307/matters/m", "reason": "法规已不要求", **parts}, streamlining_pb2.Proposal()
    )


def much() -> elements_pb2.Elements:
    """Elements with several of everything that can be dropped."""
    return some_elements(
        conditions=["成年", "有场地", "有资金"],
        materials=[{"id": id_, "display_name": {"zh": id_}} for id_ in ("form", "map", "lease")],
        fees=[{"item": "工本费", "standard": "5 元", "basis": "文"}, {"item": "登记费", "standard": "9 元", "basis": "文"}],
        prerequisites=[{"display_name": "规划许可"}, {"display_name": "用地批准"}],
        steps=[
            {"display_name": {"zh": zh}, "who": "审批人员", "working_days": days}
            for zh, days in (("受理", 1), ("复核", 4), ("会签", 5), ("决定", 2))
        ],
        promised_limit={"value": 14, "unit": "TIME_UNIT_WORKING_DAY"},
    )


# what may be proposed


@pytest.mark.parametrize(
    ("proposal", "expected"),
    [
        ({"cut": True}, {}),
        (
            {
                "drop_materials": ["map"],
                "drop_conditions": ["成年"],
                "drop_steps": ["会签"],
                "promised_limit": {"value": 9, "unit": 1},
            },
            {},
        ),
        ({}, {"p": "PROPOSES_SOMETHING"}),
        ({"cut": True, "drop_fees": ["工本费"]}, {"p.cut": "CUT_STANDS_ALONE"}),
        ({"drop_materials": ["map", "nothing", "map"]}, {f"p.drop_materials[{i}]": "PART_OF_THE_MATTER" for i in (1, 2)}),
        ({"drop_conditions": ["不存在"]}, {"p.drop_conditions[0]": "PART_OF_THE_MATTER"}),
        ({"drop_fees": ["不存在"]}, {"p.drop_fees[0]": "PART_OF_THE_MATTER"}),
        ({"drop_prerequisites": ["不存在"]}, {"p.drop_prerequisites[0]": "PART_OF_THE_MATTER"}),
        ({"drop_steps": ["不存在"]}, {"p.drop_steps[0]": "PART_OF_THE_MATTER"}),
        ({"promised_limit": {"value": 14, "unit": 1}}, {"p.promised_limit": "LIMIT_IS_SHORTER"}),
        ({"promised_limit": {"value": 1, "unit": "TIME_UNIT_MONTH"}}, {"p.promised_limit": "LIMIT_IS_SHORTER"}),
        ({"promised_limit": {"value": 18, "unit": "TIME_UNIT_CALENDAR_DAY"}}, {}),
        ({"shorten_steps": [{"step": "复核", "working_days": 1}]}, {}),
        ({"shorten_steps": [{"step": "复核", "working_days": 4}]}, {"p.shorten_steps[0]": "STEP_IS_SHORTER"}),
        (
            {"drop_steps": ["复核"], "shorten_steps": [{"step": "复核", "working_days": 1}]},
            {"p.shorten_steps[0]": "PART_OF_THE_MATTER"},
        ),
    ],
)
def test_a_proposal_names_only_what_its_matter_has_and_only_shortens(proposal: Any, expected: dict[str, str]) -> None:
    assert {flaw.field: flaw.rule for flaw in rules.flaws(a_proposal(**proposal), much(), "p")} == expected


def test_a_matter_is_proposed_for_once_in_a_set() -> None:
    proposals = [a_proposal(matter=f"halls/440307/matters/{slug}") for slug in "aba"]
    assert [flaw.field for flaw in rules.set_flaws(proposals, "change_set.proposals")] == ["change_set.proposals[2].matter"]


# what it takes away


def test_the_effect_of_a_proposal_is_what_the_later_version_lacks() -> None:
    proposal = a_proposal(
        drop_materials=["form", "lease"], drop_conditions=["有资金"], drop_fees=["登记费"], drop_prerequisites=["用地批准"],
        drop_steps=["会签"], shorten_steps=[{"step": "复核", "working_days": 2}], promised_limit={"value": 6, "unit": 1},
    )  # fmt: skip
    before = much()
    after = applied(before, proposal)
    assert rules.between(before, after) == Effect(0, 1, 8, 1, 2, 1, 1, 1)
    assert [m.id for m in after.materials] == ["map"]
    assert [(s.display_name.zh, s.working_days) for s in after.steps] == [("受理", 1), ("复核", 2), ("决定", 2)]
    assert before == much()


def test_what_is_added_or_lengthened_takes_nothing_away() -> None:
    assert rules.between(some_elements(promised_limit={"value": 3, "unit": 1}), much()).working_days == 0
    assert rules.between(much(), much()) == rules.NOTHING


def test_limits_of_other_units_count_in_whole_working_days() -> None:
    month = some_elements(promised_limit={"value": 1, "unit": "TIME_UNIT_MONTH"})
    week = some_elements(promised_limit={"value": 7, "unit": "TIME_UNIT_CALENDAR_DAY"})
    assert rules.between(month, week).working_days == 22 - 5


@st.composite
def cuts_of_much(draw: st.DrawFn) -> list[streamlining_pb2.Proposal]:
    """Proposals that follow one another on the same matter."""
    left, made = much(), []
    for _ in range(draw(st.integers(1, 4))):
        proposal = a_proposal(
            drop_materials=draw(
                st.lists(st.sampled_from([m.id for m in left.materials]), unique=True) if left.materials else st.just([])
            ),
            drop_conditions=draw(
                st.lists(st.sampled_from(list(left.conditions)), unique=True) if left.conditions else st.just([])
            ),
            drop_steps=draw(
                st.lists(st.sampled_from([s.display_name.zh for s in left.steps]), unique=True) if left.steps else st.just([])
            ),
        )
        if left.promised_limit.value > 1 and draw(st.booleans()):
            proposal.promised_limit.unit = elements_pb2.TIME_UNIT_WORKING_DAY
            proposal.promised_limit.value = draw(st.integers(1, left.promised_limit.value - 1))
        made.append(proposal)
        left = applied(left, proposal)
    return made


@given(cuts_of_much())
def test_effects_of_changes_that_follow_one_another_add_up(proposals: list[streamlining_pb2.Proposal]) -> None:
    versions = [much()]
    for proposal in proposals:
        versions.append(applied(versions[-1], proposal))
    steps = [rules.between(a, b) for a, b in pairwise(versions)]
    whole = rules.between(versions[0], versions[-1])
    assert astuple(sum(steps, rules.NOTHING))[2:] == astuple(whole)[2:]


# who must agree


def a_set(state: int = State.IN_REVIEW, **fields: Any) -> Any:
    return SimpleNamespace(name="set", state=state, **{"units": ["units/a", "units/b"], "reviews": [], **fields})


def answer(change_set: Any, approved: bool, *by: Reviewer) -> list[Reviewer]:
    spoken = rules.review(change_set, approved, by)
    change_set.reviews += [SimpleNamespace(kind=one.kind, unit=one.unit, approved=approved) for one in spoken]
    return spoken


def reason(call: Any) -> str:
    with pytest.raises(Refusal) as refused:
        call()
    return refused.value.reason


def test_every_unit_that_is_touched_and_the_legal_office_are_asked() -> None:
    change_set = a_set(State.DRAFT)
    rules.submit(change_set)
    assert rules.awaited(change_set) == {LEGAL, EDUCATION, AUDIT}
    assert answer(change_set, True, EDUCATION) == [EDUCATION]
    assert answer(change_set, True, LEGAL, AUDIT) == [AUDIT, LEGAL]
    rules.adopt(change_set)


def test_one_refusal_rejects_the_set() -> None:
    change_set = a_set()
    answer(change_set, True, LEGAL)
    answer(change_set, False, AUDIT)
    assert change_set.state == State.REJECTED
    assert reason(lambda: answer(change_set, True, EDUCATION)) == "CHANGE_SET_NOT_IN_REVIEW"
    assert reason(lambda: rules.adopt(change_set)) == "CHANGE_SET_NOT_IN_REVIEW"


def test_a_verdict_is_given_once_and_by_those_who_are_asked() -> None:
    change_set = a_set()
    answer(change_set, True, EDUCATION)
    assert reason(lambda: answer(change_set, True, EDUCATION)) == "ALREADY_REVIEWED"
    assert reason(lambda: answer(change_set, True, Reviewer(Kind.UNIT, "units/c"))) == "REVIEW_NOT_ASKED"
    assert reason(lambda: rules.adopt(change_set)) == "REVIEW_INCOMPLETE"
    assert reason(lambda: rules.submit(change_set)) == "CHANGE_SET_NOT_DRAFT"


# how long a chain takes


def test_a_chain_takes_as_long_as_its_longest_path() -> None:
    links = rules.critical_path(
        [
            Task("plan", 10),
            Task("survey", 4),
            Task("land", 20, frozenset({"plan"})),
            Task("design", 12, frozenset({"plan", "survey"})),
            Task("permit", 5, frozenset({"land", "design", "of-another-chain"})),
        ]
    )
    assert [(link.task.name, link.start, link.finish, link.critical) for link in links] == [
        ("survey", 0, 4, False),
        ("plan", 0, 10, True),
        ("design", 10, 22, False),
        ("land", 10, 30, True),
        ("permit", 30, 35, True),
    ]
    assert rules.length(links) == 35
    assert rules.length(rules.critical_path([])) == 0


def test_matters_that_wait_for_one_another_are_named() -> None:
    tasks = [Task("a", 1, frozenset({"c"})), Task("b", 1, frozenset({"a"})), Task("c", 1, frozenset({"b"})), Task("d", 1)]
    with pytest.raises(rules.ChainHasCycle, match="a"):
        rules.critical_path(tasks)


@st.composite
def chains(draw: st.DrawFn) -> list[Task]:
    """Chains without a cycle: each task waits for earlier ones alone."""
    count = draw(st.integers(1, 9))
    return [
        Task(
            f"t{n}",
            draw(st.integers(0, 30)),
            frozenset(draw(st.sets(st.sampled_from([f"t{m}" for m in range(n)]))) if n else ()),
        )
        for n in range(count)
    ]


@given(chains(), st.randoms(use_true_random=False))
def test_the_critical_path_is_the_longest_of_all_paths(tasks: list[Task], chance: Any) -> None:
    by_name = {task.name: task for task in tasks}

    def longest(task: Task) -> int:
        return task.days + max((longest(by_name[name]) for name in task.after), default=0)

    expected = max(map(longest, tasks))
    links = rules.critical_path(chance.sample(tasks, len(tasks)))
    assert rules.length(links) == expected
    for link in links:
        longer = [Task(t.name, t.days + (t.name == link.task.name), t.after) for t in tasks]
        assert (rules.length(rules.critical_path(longer)) > expected) == link.critical
