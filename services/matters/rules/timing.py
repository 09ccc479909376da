"""How long a matter may take, and what stops the clock."""

from collections.abc import Iterable

from services.matters.rules import limits
from services.matters.rules.rule import Candidate, Facts, rule
from services.matters.rules.shape import CaseType, MatterType

_LICENCE_DAYS = 20


@rule(
    "行政许可法第四十二条",
    "statutory_limit.explanation",
    "行政许可的法定时限为 {zh}，超过 20 个工作日，须说明法律、法规的另行规定",
    "a licence's statutory limit of {en} is beyond 20 working days: state what law provides otherwise",
)
def licence_limit_explained(c: Candidate) -> Iterable[Facts]:
    """20 working days, unless a law or regulation provides otherwise."""
    limit = c.elements.statutory_limit
    if c.elements.matter_type != MatterType.LICENCE or limit.explanation:
        return
    if limits.is_beyond(limit, _LICENCE_DAYS):
        yield limits.in_words(limit)


@rule(
    "GB/T 39046-2020 A.6",
    "promised_limit",
    "即办件应当场办结，承诺时限 {zh}超过 1 个工作日",
    "an immediate matter is done on the spot: a promised limit of {en} is beyond one working day",
)
def immediate_is_immediate(c: Candidate) -> Iterable[Facts]:
    """即办 means at once, or within the day."""
    limit = c.elements.promised_limit
    if c.elements.case_type == CaseType.IMMEDIATE and limits.is_beyond(limit, 1):
        yield limits.in_words(limit)


@rule(
    "GB/T 39046-2020 A.6",
    "promised_limit",
    "承诺件的承诺时限须大于 0",
    "a matter with a promise must promise more than 0 days",
)
def promise_is_a_promise(c: Candidate) -> Iterable[Facts]:
    """What takes no time is an immediate matter."""
    limit = c.elements.promised_limit
    if c.elements.case_type == CaseType.PROMISED and limits.is_kept(limit) and limit.value == 0:
        yield {}


@rule(
    "GB/T 39046-2020 表 4-15、4-18",
    "promised_limit",
    "承诺时限 {promised_zh}超过法定时限 {statutory_zh}",
    "the promised limit of {promised_en} is beyond the statutory limit of {statutory_en}",
)
def promised_within_statutory(c: Candidate) -> Iterable[Facts]:
    """A promise may shorten what the law allows, never lengthen it; compared in working days."""
    promised, statutory = c.elements.promised_limit, c.elements.statutory_limit
    if not (limits.is_kept(promised) and limits.is_kept(statutory)):
        return
    if limits.working_days(promised) > limits.working_days(statutory):
        yield {**limits.in_words(promised, "promised_"), **limits.in_words(statutory, "statutory_")}


@rule(
    "GB/T 39046-2020 表 4-22",
    "steps",
    "各环节合计 {days} 个工作日，超过承诺时限 {zh}",
    "the steps take {days} working days, beyond the promised limit of {en}",
)
def steps_within_promise(c: Candidate) -> Iterable[Facts]:
    """The steps fit into the promise; those that run in parallel count by their longest."""
    limit, days = c.elements.promised_limit, limits.days_of(c.elements.steps)
    if limits.is_kept(limit) and days > limits.working_days(limit):
        yield {"days": days, **limits.in_words(limit)}


@rule(
    "GB/T 39046-2020 表 4-22",
    "steps[{index}].who",
    "环节“{step}”未写明由谁办理",
    "the step “{step}” does not say who does it",
)
def steps_name_who(c: Candidate) -> Iterable[Facts]:
    """Somebody answers for each step."""
    return ({"index": i, "step": s.display_name.zh} for i, s in enumerate(c.elements.steps) if not s.who)


@rule(
    "行政许可法第四十五条",
    "steps[{index}].special_procedure",
    "环节“{step}”停止计时，但其特别程序未列入事项的特别程序",
    "the step “{step}” stops the clock by a special procedure that the matter does not list",
)
def stopped_clock_is_announced(c: Candidate) -> Iterable[Facts]:
    """What does not count is told to the applicant beforehand."""
    listed = set(c.elements.special_procedures)
    for i, step in enumerate(c.elements.steps):
        if step.special_procedure and step.special_procedure not in listed:
            yield {"index": i, "step": step.display_name.zh}
