"""The steps of a case, and what each of them refuses."""

import copy
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from services.chassis.errors import InvalidFields, Refusal
from services.intake import rules
from services.intake.rules import State, states, steps
from services.intake.rules.materials import MaterialsMissing
from services.intake.rules.states import STEPS, WrongState
from tests.intake.builders import (
    APPLICANT,
    APPROVER,
    CLERK,
    HEAD,
    a_case_in_review,
    a_draft,
    a_file,
    a_material,
    a_matter,
    a_submitted_case,
    an_accepted_case,
    at,
    submit,
)

LATER = at("2015-03-03")

# Each step as the applicant or an officer would take it where its own conditions are met.
TAKE: dict[str, Callable[[Any], Any]] = {
    "renew": lambda case: rules.renew(case, by=APPLICANT, at=LATER),
    "submit": lambda case: submit(case, "2015-03-03"),
    "passPreReview": lambda case: rules.pass_pre_review(case, by=CLERK, at=LATER),
    "requestCorrection": lambda case: rules.request_correction(case, [("", "年龄有误")], by=CLERK, at=LATER),
    "refuseAcceptance": lambda case: rules.refuse_acceptance(case, "不属于本机关职权", by=CLERK, at=LATER),
    "accept": lambda case: rules.accept(case, by=CLERK, at=LATER),
    "supplement": lambda case: rules.supplement(case, a_file("bank-account", file_id="f2"), by=APPLICANT, at=LATER),
    "startReview": lambda case: rules.start_review(case, by=APPROVER, at=LATER),
    "suspend": lambda case: rules.suspend(case, steps.Procedure.HEARING, "听证", by=APPROVER, at=LATER),
    "resume": lambda case: rules.resume(case, "", by=APPROVER, at=LATER),
    "extend": lambda case: rules.extend(case, 5, "案情复杂", by=HEAD, at=LATER),
    "decide": lambda case: rules.decide(case, steps.Outcome.REFUSED, ["不符合条件"], by=APPROVER, at=LATER),
    "complete": lambda case: rules.complete(case, "", by=APPROVER, at=LATER),
    "deliver": lambda case: rules.deliver(case, "居民甲", "", counters=[], by=CLERK, at=LATER),
    "rate": lambda case: rules.rate(case, 5, "", by=APPLICANT, at=LATER),
    "withdraw": lambda case: rules.withdraw(case, "", by=APPLICANT, at=LATER),
    "terminate": lambda case: rules.terminate(case, "申请人死亡", by=CLERK, at=LATER),
}


def a_case_in(state: State) -> Any:
    """A case that came to a state by its shortest way."""
    match state:
        case State.DRAFT:
            return a_draft()
        case State.SUBMITTED:
            return a_submitted_case()
        case State.ACCEPTED:
            return an_accepted_case()
        case State.IN_REVIEW:
            return a_case_in_review()
    before, action = {
        State.PRE_REVIEWED: (State.SUBMITTED, "passPreReview"),
        State.CORRECTION_REQUESTED: (State.SUBMITTED, "requestCorrection"),
        State.NOT_ACCEPTED: (State.SUBMITTED, "refuseAcceptance"),
        State.SUSPENDED: (State.IN_REVIEW, "suspend"),
        State.DECIDED: (State.IN_REVIEW, "decide"),
        State.COMPLETED: (State.DECIDED, "complete"),
        State.DELIVERED: (State.COMPLETED, "deliver"),
        State.WITHDRAWN: (State.SUBMITTED, "withdraw"),
        State.TERMINATED: (State.SUBMITTED, "terminate"),
    }[state]
    found = a_case_in(before)
    TAKE[action](found)
    return found


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.action)
def test_a_step_leads_where_the_table_says_or_is_refused_and_changes_nothing(state: State, step: states.Step) -> None:
    case = a_case_in(state)
    if step is states.SUPPLEMENT and state in states.EDITABLE:
        return  # The same call puts a material to a draft: no step of the procedure.
    before = copy.deepcopy(case)
    if state in step.begins:
        TAKE[step.action](case)
        assert case.state == (step.to or state)
        assert case.history[:-1] == before.history
        assert case.history[-1]["action"] == step.action
    else:
        with pytest.raises(WrongState) as refused:
            TAKE[step.action](case)
        assert refused.value.facts["state"] == state.name
        assert case == before


def refused(call: Callable[[], Any], case: Any) -> Refusal:
    """How a call is refused; the case must be as before."""
    before = copy.deepcopy(case)
    with pytest.raises(Refusal) as refusal:
        call()
    assert case == before
    assert refusal.value.message("zh")
    assert refusal.value.message("en")
    return refusal.value


def test_nobody_in_office_handles_their_own_application() -> None:
    case = a_submitted_case()
    own = rules.Actor(APPLICANT.person, "ROLE_CLERK")
    assert isinstance(refused(lambda: rules.accept(case, by=own, at=LATER), case), steps.OwnCase)


def test_only_the_applicant_withdraws() -> None:
    case = a_submitted_case()
    assert isinstance(refused(lambda: rules.withdraw(case, "", by=CLERK, at=LATER), case), steps.NotTheApplicant)


def test_a_notice_after_five_working_days_is_too_late_and_the_case_counts_as_accepted_on_receipt() -> None:
    case = a_submitted_case("2015-03-02")
    too_late = refused(lambda: rules.request_correction(case, [("", "缺项")], by=CLERK, at=at("2015-03-10")), case)
    assert isinstance(too_late, steps.NoticeTooLate)
    assert isinstance(
        refused(lambda: rules.refuse_acceptance(case, "超出范围", by=CLERK, at=at("2015-03-10")), case),
        steps.NoticeTooLate,
    )
    seen = rules.clock(case, at=at("2015-03-10"))
    assert seen
    assert str(seen.accept_date) == "2015-03-02"
    rules.accept(case, by=CLERK, at=at("2015-03-12"))
    seen = rules.clock(case, at=at("2015-03-12"))
    assert seen
    assert (str(seen.accept_date), str(seen.due)) == ("2015-03-02", "2015-03-16")
    assert rules.due_date_told(case) == "2015-03-16"


@pytest.mark.parametrize("on", ["2026-03-14", "2026-03-15"])
def test_a_day_off_after_the_fifth_working_day_is_too_late_as_well(on: str) -> None:
    # Received on a Friday: the fifth working day is the next one, and then comes a weekend.
    case = a_submitted_case("2026-03-06")
    late = refused(lambda: rules.request_correction(case, [("", "缺项")], by=CLERK, at=at(on)), case)
    assert isinstance(late, steps.NoticeTooLate)
    assert rules.notice_due(case, at=at(on)) is None
    rules.accept(case, by=CLERK, at=at(on))
    seen = rules.clock(case, at=at(on))
    assert seen
    assert str(seen.accept_date) == "2026-03-06"


def test_on_the_fifth_working_day_a_notice_is_in_time() -> None:
    case = a_submitted_case("2015-03-02")
    rules.request_correction(case, [("", "缺项")], by=CLERK, at=at("2015-03-09", "17:59"))
    assert rules.clock(case, at=at("2015-04-09")) is None


@pytest.mark.parametrize(
    ("on", "due"), [("2015-03-02", ("2015-03-09", 5)), ("2015-03-09", ("2015-03-09", 0)), ("2015-03-10", None)]
)
def test_the_last_day_for_a_notice_is_the_fifth_working_day_after_receipt(on: str, due: tuple[str, int] | None) -> None:
    seen = rules.notice_due(a_submitted_case("2015-03-02"), at=at(on))
    assert (seen and (str(seen[0]), seen[1])) == due


def test_no_notice_is_due_before_the_submission_nor_after_the_acceptance() -> None:
    case = a_submitted_case("2015-03-02")
    rules.accept(case, by=CLERK, at=at("2015-03-03"))
    assert rules.notice_due(case, at=at("2015-03-03")) is None
    assert rules.notice_due(a_draft(), at=at("2015-03-03")) is None


def test_the_time_that_a_correction_takes_does_not_count() -> None:
    case = a_submitted_case("2015-03-02")
    rules.request_correction(case, [("", "缺项")], by=CLERK, at=at("2015-03-03"))
    submit(case, "2015-04-20")
    rules.accept(case, by=CLERK, at=at("2015-04-21"))
    seen = rules.clock(case, at=at("2015-04-22"))
    assert seen
    assert (str(seen.accept_date), seen.used) == ("2015-04-21", 1)


def test_a_withdrawn_case_is_not_deemed_accepted_later() -> None:
    case = a_submitted_case("2015-03-02")
    rules.withdraw(case, "", by=APPLICANT, at=at("2015-03-04"))
    assert rules.clock(case, at=at("2015-06-01")) is None


def test_a_notice_names_every_material_that_is_not_listed() -> None:
    case = a_submitted_case()
    wrong = refused(lambda: rules.request_correction(case, [("passport", "补"), ("visa", "补")], by=CLERK, at=LATER), case)
    assert isinstance(wrong, InvalidFields)
    assert [v.field for v in wrong.violations] == ["items[0].material", "items[1].material"]


def test_a_later_notice_cannot_ask_for_what_the_first_could_have_named() -> None:
    case = a_submitted_case()
    rules.request_correction(case, [("", "年龄有误")], by=CLERK, at=at("2015-03-02", "15:00"))
    assert rules.settled(case) == []
    case.form = {"age": 82}
    submit(case, "2015-03-03")
    settled = rules.settled(case)
    assert "identity-card" in settled
    assert "" not in settled
    late = refused(lambda: rules.request_correction(case, [("identity-card", "不清晰")], by=CLERK, at=LATER), case)
    assert isinstance(late, steps.NotToldAtOnce)
    rules.request_correction(case, [("", "年龄仍有误")], by=CLERK, at=LATER)


def test_a_later_notice_may_speak_of_what_has_changed_since() -> None:
    case = a_submitted_case()
    rules.request_correction(case, [("", "年龄有误")], by=CLERK, at=at("2015-03-02", "15:00"))
    case.files = [a_file(file_id="f2", sha256="bb")]
    submit(case, "2015-03-03")
    assert "identity-card" not in rules.settled(case)
    rules.request_correction(case, [("identity-card", "新的一份不清晰")], by=CLERK, at=LATER)
    assert case.corrections == [{"material": "identity-card", "reason": "新的一份不清晰"}]


def test_a_resubmission_takes_the_corrections_away_and_keeps_the_number() -> None:
    case = a_submitted_case()
    rules.request_correction(case, [("", "年龄有误")], by=CLERK, at=LATER)
    assert rules.submit(case, b"", number="N2", certificate_sha256="", by=APPLICANT, at=LATER) == 2
    assert (case.corrections, case.number) == ([], "N1")


def test_art_45_names_the_procedures_that_stop_the_clock() -> None:
    case = a_case_in_review()
    unnamed = refused(lambda: rules.suspend(case, steps.Procedure.PUBLIC_NOTICE, "公示", by=APPROVER, at=LATER), case)
    assert isinstance(unnamed, steps.ProcedureNotNamed)
    named = a_case_in_review(terms=a_matter(special_procedures=[steps.Procedure.PUBLIC_NOTICE]))
    rules.suspend(named, steps.Procedure.PUBLIC_NOTICE, "公示", by=APPROVER, at=LATER)
    assert named.state == State.SUSPENDED


def test_a_limit_is_extended_once_and_by_ten_working_days_at_most() -> None:
    case = an_accepted_case()
    out = refused(lambda: rules.extend(case, 11, "复杂", by=HEAD, at=LATER), case)
    assert isinstance(out, steps.ExtensionOutOfRange)
    rules.extend(case, 10, "复杂", by=HEAD, at=LATER)
    assert rules.due_date_told(case) == "2015-03-30"
    assert isinstance(refused(lambda: rules.extend(case, 1, "复杂", by=HEAD, at=LATER), case), steps.ExtendedAlready)


def test_a_limit_that_has_passed_is_not_extended() -> None:
    case = an_accepted_case("2015-03-02")
    # The statutory twenty working days end on 30 March.
    passed = refused(lambda: rules.extend(case, 1, "复杂", by=HEAD, at=at("2015-03-31")), case)
    assert isinstance(passed, steps.LimitPassed)
    rules.extend(case, 1, "复杂", by=HEAD, at=at("2015-03-30"))


def test_a_refusal_gives_its_reasons() -> None:
    case = a_case_in_review()
    bare = refused(lambda: rules.decide(case, steps.Outcome.REFUSED, [" "], by=APPROVER, at=LATER), case)
    assert isinstance(bare, steps.ReasonsMissing)


def test_a_grant_waits_for_what_was_let_follow() -> None:
    case = a_case_in_review()
    missing = refused(lambda: rules.decide(case, steps.Outcome.GRANTED, [], by=APPROVER, at=LATER), case)
    assert isinstance(missing, MaterialsMissing)
    rules.supplement(case, a_file("bank-account", file_id="f2", sha256="bb"), by=APPLICANT, at=LATER)
    assert case.history[-1]["details"] == {"material": "bank-account", "sha256": "bb"}
    rules.decide(case, steps.Outcome.GRANTED, [], by=APPROVER, at=LATER)
    assert case.outcome == steps.Outcome.GRANTED


def test_a_granted_licence_names_its_number_at_completion() -> None:
    licence = a_matter(materials=[a_material("identity-card")], results=[SimpleNamespace(type=1)])
    case = a_case_in_review(terms=licence)
    rules.decide(case, steps.Outcome.GRANTED, [], by=APPROVER, at=LATER)
    assert isinstance(refused(lambda: rules.complete(case, "", by=APPROVER, at=LATER), case), steps.ResultNumberMissing)
    rules.complete(case, "龙民证2015-1", by=APPROVER, at=LATER)
    assert case.result_number == "龙民证2015-1"


def test_a_result_is_handed_over_at_a_counter_of_the_hall() -> None:
    case = a_case_in(State.COMPLETED)
    elsewhere = refused(lambda: rules.deliver(case, "居民甲", "9", counters=["1"], by=CLERK, at=LATER), case)
    assert isinstance(elsewhere, steps.CounterUnknown)
    rules.deliver(case, "居民甲", "1", counters=["1"], by=CLERK, at=LATER)


def test_acceptance_and_completion_are_rated_once_each_and_never_by_default() -> None:
    case = an_accepted_case()
    assert case.ratings == []
    assert rules.rate(case, 4, "", by=APPLICANT, at=LATER) == steps.RatingStage.ACCEPTANCE
    assert isinstance(refused(lambda: rules.rate(case, 5, "", by=APPLICANT, at=LATER), case), steps.RatedAlready)
    done = a_case_in(State.DELIVERED)
    assert rules.rate(done, 1, "慢", by=APPLICANT, at=LATER) == steps.RatingStage.COMPLETION


def test_the_history_tells_the_due_date_that_the_applicant_was_told() -> None:
    case = an_accepted_case("2015-03-02")
    assert case.history[-1]["details"] == {"dueDate": "2015-03-16"}
    seen = rules.clock(case, at=LATER)
    assert seen
    assert str(seen.entries[0].due) == "2015-03-16"
