"""The steps of a case (行政许可法 ch. 4): each changes the case and its history, or raises and changes nothing."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any

from services.chassis.errors import (
    FailedPrecondition,
    InvalidArgument,
    InvalidFields,
    PermissionDenied,
    Violation,
)
from services.intake.rules import form, history, limits, materials, states, timing
from services.intake.rules.calendar import STATE_COUNCIL, Calendar, day_of
from services.intake.rules.shapes import Actor, Case, File
from services.intake.rules.states import State, Step

MAX_EXTENSION_WORKING_DAYS = 10
# A result that is a licence, as yimen.matters.v1.ResultType numbers it.
RESULT_IS_LICENCE = 1


class Outcome(IntEnum):
    """决定, numbered as yimen.intake.v1.Outcome."""

    GRANTED = 1
    REFUSED = 2


class RatingStage(IntEnum):
    """When a rating is given, numbered as yimen.intake.v1.RatingStage."""

    ACCEPTANCE = 1
    COMPLETION = 2


class Procedure(IntEnum):
    """特别程序 (行政许可法 art. 45), numbered as yimen.matters.v1.SpecialProcedure."""

    HEARING = 1
    TENDER = 2
    AUCTION = 3
    INSPECTION = 4
    TEST = 5
    QUARANTINE = 6
    APPRAISAL = 7
    EXPERT_REVIEW = 8
    PUBLIC_NOTICE = 9
    SITE_INSPECTION = 10


# Art. 45 does not name these: their time is free only where the matter says that a law frees it.
NAMED_BY_THE_MATTER_ALONE = frozenset({Procedure.PUBLIC_NOTICE, Procedure.SITE_INSPECTION})


class OwnCase(PermissionDenied):
    """回避: nobody in office handles their own application."""

    zh = "不得办理本人的申请，应当回避"
    en = "nobody handles their own application"


class NotTheApplicant(PermissionDenied):
    """Only the applicant may."""

    zh = "只有申请人可以{step_zh}"
    en = "only the applicant may do this"


class NoticeTooLate(FailedPrecondition):
    """Five working days after receipt the case counts as accepted (行政许可法 art. 32(4))."""

    zh = "自 {received} 收到申请材料已逾五个工作日，视为受理，不能再{step_zh}"
    en = "received on {received}, more than five working days ago, the case counts as accepted: it cannot be {step_en}"


class NotToldAtOnce(FailedPrecondition):
    """一次性告知: what could be seen at the first notice cannot be asked for in a later one (行政许可法 art. 32(4))."""

    zh = "{items} 在此前补正告知时未提出且未作变动，依法应一次告知，不能再要求补正"
    en = "{items} was not named in the earlier notice and has not changed since: all must be told at once"


class ProcedureNotNamed(FailedPrecondition):
    """Neither 行政许可法 art. 45 nor the matter takes the procedure's time off the limit."""

    zh = "{procedure} 不属于该事项可以扣除时限的特别程序"
    en = "the time of {procedure} is not taken off the limit of this matter"


class ExtendedAlready(FailedPrecondition):
    """A limit is extended once (行政许可法 art. 42)."""

    zh = "审批期限已延长过一次，不能再次延长"
    en = "the limit was extended once, and can be only once"


class ExtensionOutOfRange(InvalidArgument):
    """An extension takes one to ten working days (行政许可法 art. 42)."""

    zh = "延长期限应为 1 至 {limit} 个工作日"
    en = "an extension takes 1 to {limit} working days"


class LimitPassed(FailedPrecondition):
    """A limit that has passed cannot be extended any more."""

    zh = "期限已于 {due} 届满，不能再延长"
    en = "the limit ended on {due}: it cannot be extended any more"


class ReasonsMissing(InvalidArgument):
    """A refusal gives its reasons (行政许可法 art. 38)."""

    zh = "不予许可的决定应当说明理由"
    en = "a refusal gives its reasons"


class ResultNumberMissing(InvalidArgument):
    """A granted case that ends in a licence names it."""

    zh = "准予的办件应填写结果证照编号"
    en = "a granted case names the number of its licence"


class CounterUnknown(InvalidArgument):
    """The hall has no such counter."""

    zh = "本大厅没有窗口 {counter}"
    en = "the hall has no counter {counter}"


class RatedAlready(FailedPrecondition):
    """A stage is rated once."""

    zh = "该环节已评价，不能重复评价"
    en = "this stage has been rated"


def create(case: Case, *, by: Actor, at: datetime) -> None:
    """起草: the history begins with what the case is for."""
    details = {"matter": case.matter, "matterVersion": case.matter_version, "organisation": case.organisation}
    made = history.entry(
        at=at, actor=by.person, role=by.role, action="create", before="", after=State.DRAFT.json, details=details
    )
    case.state = State.DRAFT
    history.append(case.history, made, case=case.name)


def revise(case: Case, filled: Mapping[str, Any]) -> None:
    """Replaces the form; WrongState, FormTooLarge. Drafting leaves no history: what counts is what is signed."""
    states.REVISE.require(case.state)
    form.canonical(filled)
    case.form = dict(filled)


def renew(case: Case, *, by: Actor, at: datetime) -> list[Any]:
    """Goes on with a draft that has taken the terms in force; returns the files that it had to give up. WrongState."""
    _take(case, states.RENEW, by, at, matterVersion=case.matter_version)
    given_up: list[Any] = [*materials.unfit(case)]
    for file in given_up:
        case.files.remove(file)
    return given_up


def supplement(case: Case, file: File, *, by: Actor, at: datetime) -> None:
    """Puts a file to the case; after acceptance, where only what may follow comes, the history says so."""
    materials.require_place(case, file.material)
    case.files.append(file)
    if case.state in states.UNDER_WAY:
        _take(case, states.SUPPLEMENT, by, at, material=file.material, sha256=file.sha256)


def submit(case: Case, signed: bytes, *, number: str, certificate_sha256: str, by: Actor, at: datetime) -> int:
    """提交: hands in what was signed; returns 1 at first, one more each time. The number is kept from the first one."""
    states.SUBMIT.require(case.state)
    submission: int = 1 + sum(one["action"] == states.SUBMIT.action for one in case.history)
    for file in materials.current(case):
        file.submission = file.submission or submission
    case.number = case.number or number
    case.submit_time = at
    case.corrections = []
    _take(
        case, states.SUBMIT, by, at, number=case.number, submission=submission,
        contentSha256=hashlib.sha256(signed).hexdigest(), certificateSha256=certificate_sha256,
    )  # fmt: skip
    return submission


def pass_pre_review(case: Case, *, by: Actor, at: datetime) -> None:
    """预审通过."""
    _take(case, states.PASS_PRE_REVIEW, by, at)


def request_correction(
    case: Case, items: Sequence[tuple[str, str]], *, by: Actor, at: datetime, calendar: Calendar = STATE_COUNCIL
) -> None:
    """补正告知: tells once all that has to be corrected, as (material or "" for the form, reason).

    NoticeTooLate after five working days, NotToldAtOnce for what the first notice should have named (art. 32(4)).
    """
    states.REQUEST_CORRECTION.require(case.state)
    _require_listed(case, items)
    _require_in_time(case, states.REQUEST_CORRECTION, at, calendar)
    _require_told_at_once(case, [material for material, _ in items])
    told = [{"material": material, "reason": reason} for material, reason in items]
    _take(case, states.REQUEST_CORRECTION, by, at, items=told, seen=_seen(case))
    case.corrections = told


def settled(case: Case) -> list[str]:
    """What no notice can ask for any more (art. 32(4)): no earlier one did, and nobody has changed it since the last one.

    Ids of materials, empty for the form.
    """
    notices = [one["details"] for one in case.history if one["action"] == states.REQUEST_CORRECTION.action]
    if not notices or case.state not in states.RECEIVED:
        return []
    told = {item.get("material", "") for notice in notices for item in notice["items"]}
    then = {one["material"]: one["sha256"] for one in notices[-1]["seen"]}
    now = {one["material"]: one["sha256"] for one in _seen(case)}
    return [material for material, mark in now.items() if material not in told and then.get(material) == mark]


def refuse_acceptance(case: Case, reason: str, *, by: Actor, at: datetime, calendar: Calendar = STATE_COUNCIL) -> None:
    """不予受理, with the reason (art. 32(1), (2)); NoticeTooLate once the case counts as accepted."""
    states.REFUSE_ACCEPTANCE.require(case.state)
    _require_in_time(case, states.REFUSE_ACCEPTANCE, at, calendar)
    _take(case, states.REFUSE_ACCEPTANCE, by, at, reason=reason)
    case.reasons = [reason]


def accept(case: Case, *, by: Actor, at: datetime) -> None:
    """受理: the limit begins; the day is day 0, or the day of receipt where the notice is overdue (art. 32(4))."""
    _take(case, states.ACCEPT, by, at)


def start_review(case: Case, *, by: Actor, at: datetime) -> None:
    """审查: the unit takes the case up."""
    _take(case, states.START_REVIEW, by, at)


def suspend(case: Case, procedure: int, reason: str, *, by: Actor, at: datetime) -> None:
    """特别程序: stops the clock from the next day on; ProcedureNotNamed (art. 45)."""
    named = Procedure(procedure)
    if named in NAMED_BY_THE_MATTER_ALONE and named not in case.terms.special_procedures:
        raise ProcedureNotNamed(procedure=named.name)
    _take(case, states.SUSPEND, by, at, procedure=named.name, reason=reason)


def resume(case: Case, result: str, *, by: Actor, at: datetime) -> None:
    """The special procedure ends today: the clock runs on from the next day."""
    _take(case, states.RESUME, by, at, result=result)


def extend(case: Case, working_days: int, reason: str, *, by: Actor, at: datetime, calendar: Calendar = STATE_COUNCIL) -> None:
    """延长: once, by the head of the unit, at most ten working days, before the statutory limit ends (art. 42)."""
    states.EXTEND.require(case.state)
    if not 1 <= working_days <= MAX_EXTENSION_WORKING_DAYS:
        raise ExtensionOutOfRange(limit=MAX_EXTENSION_WORKING_DAYS)
    if any(one["action"] == states.EXTEND.action for one in case.history):
        raise ExtendedAlready
    now = timing.clock(case, at=at, calendar=calendar)
    last = (now.statutory_due if now.statutory else now.due) if now else None
    if last and day_of(at) > last:
        raise LimitPassed(due=last)
    _take(case, states.EXTEND, by, at, workingDays=working_days, reason=reason)


def decide(case: Case, outcome: int, reasons: Sequence[str], *, by: Actor, at: datetime) -> None:
    """决定: stops the clock. A refusal gives reasons (art. 38); a grant needs every material that was to follow."""
    states.DECIDE.require(case.state)
    decided = Outcome(outcome)
    if decided is Outcome.REFUSED and not any(reason.strip() for reason in reasons):
        raise ReasonsMissing
    if decided is Outcome.GRANTED:
        materials.require_all_followed(case)
    _take(case, states.DECIDE, by, at, outcome=f"OUTCOME_{decided.name}", reasons=list(reasons))
    case.outcome = decided
    case.reasons = list(reasons)


def complete(case: Case, result_number: str, *, by: Actor, at: datetime) -> None:
    """办结: the result can be collected; ResultNumberMissing for a licence without its number."""
    states.COMPLETE.require(case.state)
    is_licence = any(result.type == RESULT_IS_LICENCE for result in case.terms.results)
    if case.outcome == Outcome.GRANTED and is_licence and not result_number:
        raise ResultNumberMissing
    _take(case, states.COMPLETE, by, at, resultNumber=result_number)
    case.result_number = result_number


def deliver(case: Case, receiver: str, counter: str, *, counters: Sequence[str], by: Actor, at: datetime) -> None:
    """送达: handed over at one of the hall's counters (art. 44)."""
    states.DELIVER.require(case.state)
    if counter and counter not in counters:
        raise CounterUnknown(counter=counter)
    _take(case, states.DELIVER, by, at, receiver=receiver, counter=counter)


def rate(case: Case, stars: int, comment: str, *, by: Actor, at: datetime) -> RatingStage:
    """评价 (好差评): by the applicant, once for acceptance and once after completion; 1 to 5 stars, never defaulted."""
    state = states.RATE.require(case.state)
    stage = RatingStage.COMPLETION if state in (State.COMPLETED, State.DELIVERED) else RatingStage.ACCEPTANCE
    if any(rating["stage"] == stage for rating in case.ratings):
        raise RatedAlready(stage=stage.name)
    _take(case, states.RATE, by, at, stage=f"RATING_STAGE_{stage.name}", stars=stars, comment=comment)
    case.ratings.append({"stage": int(stage), "stars": stars, "comment": comment, "time": at})
    return stage


def withdraw(case: Case, reason: str, *, by: Actor, at: datetime) -> None:
    """撤回: by the applicant, before the decision."""
    if by.person != case.applicant:
        raise NotTheApplicant(step_zh=states.WITHDRAW.zh)
    _take(case, states.WITHDRAW, by, at, reason=reason)


def terminate(case: Case, reason: str, *, by: Actor, at: datetime) -> None:
    """终止: by the hall or the unit, before the decision."""
    _take(case, states.TERMINATE, by, at, reason=reason)
    case.reasons = [reason]


def due_date_told(case: Case) -> str:
    """The last day that the newest entry told the applicant, YYYY-MM-DD; empty where the calendar did not know it."""
    return str(case.history[-1].get("details", {}).get("dueDate", ""))


def _take(case: Case, step: Step, by: Actor, at: datetime, **details: Any) -> None:
    """Takes a step whose own conditions are met: state and history change together, or WrongState, OwnCase."""
    before = step.require(case.state)
    if by.role and by.person == case.applicant:
        raise OwnCase
    after = before if step.to is None else step.to

    def entry(**told: Any) -> history.Entry:
        return history.entry(
            at=at, actor=by.person, role=by.role, action=step.action,
            before=before.json, after=after.json, details={**details, **told},
        )  # fmt: skip

    book = timing.ledger([*case.history, entry()], on=day_of(at))
    due = limits.project(timing.budget(case.terms), book, on=day_of(at)).entries[-1].due if book else None
    moves = step in (states.ACCEPT, states.RESUME, states.EXTEND)
    history.append(case.history, entry(dueDate=due.isoformat()) if moves and due else entry(), case=case.name)
    case.state = after


def _require_listed(case: Case, items: Sequence[tuple[str, str]]) -> None:
    known = {"", *(one.id for one in case.terms.materials)}
    wrong = [
        Violation(
            f"items[{n}].material", "material_unlisted",
            f"材料清单中没有 {material}", f"the list of materials has no {material}",
        )
        for n, (material, _) in enumerate(items)
        if material not in known
    ]  # fmt: skip
    if wrong:
        raise InvalidFields(wrong)


def _require_in_time(case: Case, step: Step, at: datetime, calendar: Calendar) -> None:
    received = timing.received_on(case.history)
    if received and timing.told_too_late(received, day_of(at), calendar):
        raise NoticeTooLate(received=received, step_zh=step.zh, step_en=step.en)


def _require_told_at_once(case: Case, asked: Sequence[str]) -> None:
    if late := [material for material in settled(case) if material in asked]:
        raise NotToldAtOnce(items=", ".join(material or "form" for material in late))


def _seen(case: Case) -> list[dict[str, str]]:
    """What the form and each material were when a notice was written."""
    seen = [{"material": "", "sha256": hashlib.sha256(form.canonical(case.form)).hexdigest()}]
    return seen + [
        {"material": one.id, "sha256": materials.fingerprint(materials.of(case, one.id))} for one in case.terms.materials
    ]
