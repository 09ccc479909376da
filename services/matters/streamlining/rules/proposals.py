"""What is wrong with a proposal, by named rules; everything at once."""

from collections import Counter
from collections.abc import Iterator, Sequence

from services.chassis.errors import Violation
from services.matters.rules import limits
from services.matters.streamlining.rules.parts import PARTS
from services.matters.streamlining.rules.shape import Elements, Proposal


def flaws(proposal: Proposal, elements: Elements, field: str) -> list[Violation]:
    """What is wrong with a proposal for a matter of these elements; `field` is where it stands in the request."""
    return [
        Violation(f"{field}{at}", rule, zh, en)
        for at, rule, zh, en in (
            *_empty_or_both(proposal),
            *_parts_unknown(proposal, elements),
            *_limit_not_shorter(proposal, elements),
            *_steps_not_shorter(proposal, elements),
        )
    ]


def set_flaws(proposals: Sequence[Proposal], field: str) -> list[Violation]:
    """What is wrong with the proposals of a set as a whole."""
    first: dict[str, int] = {}
    found = []
    for i, proposal in enumerate(proposals):
        if first.setdefault(proposal.matter, i) != i:
            zh = f"{proposal.matter} 在本方案中重复出现"
            en = f"{proposal.matter} is in this set already"
            found.append(Violation(f"{field}[{i}].matter", "MATTER_ONCE_IN_A_SET", zh, en))
    return found


_Flaw = tuple[str, str, str, str]


def _empty_or_both(proposal: Proposal) -> Iterator[_Flaw]:
    optimises = any(part.dropped(proposal) for part in PARTS) or proposal.shorten_steps or proposal.promised_limit.unit
    if not proposal.cut and not optimises:
        yield "", "PROPOSES_SOMETHING", "未提出任何精简内容", "nothing is proposed"
    if proposal.cut and optimises:
        yield ".cut", "CUT_STANDS_ALONE", "事项整项取消时不得再列其他精简内容", "a matter that is cut has nothing else to drop"


def _parts_unknown(proposal: Proposal, elements: Elements) -> Iterator[_Flaw]:
    for part in PARTS:
        left = Counter(part.keys(elements))
        for i, key in enumerate(part.dropped(proposal)):
            left[key] -= 1
            if left[key] < 0:
                zh = f"事项没有{part.zh}“{key}”"
                yield f".{part.drop}[{i}]", "PART_OF_THE_MATTER", zh, f"the matter has no {part.en} “{key}”"


def _limit_not_shorter(proposal: Proposal, elements: Elements) -> Iterator[_Flaw]:
    proposed, kept = proposal.promised_limit, elements.promised_limit
    if not limits.is_kept(proposed):
        return
    if not limits.is_kept(kept) or limits.working_days(proposed) >= limits.working_days(kept):
        zh, en = "承诺时限应短于现行承诺时限", "the promised limit must be shorter than the one in force"
        yield ".promised_limit", "LIMIT_IS_SHORTER", zh, en


def _steps_not_shorter(proposal: Proposal, elements: Elements) -> Iterator[_Flaw]:
    dropped = set(proposal.drop_steps)
    kept = {step.display_name.zh: step.working_days for step in elements.steps if step.display_name.zh not in dropped}
    for i, shorter in enumerate(proposal.shorten_steps):
        at = f".shorten_steps[{i}]"
        if shorter.step not in kept:
            yield at, "PART_OF_THE_MATTER", f"事项没有办理环节“{shorter.step}”", f"the matter keeps no step “{shorter.step}”"
        elif shorter.working_days >= kept[shorter.step]:
            zh = f"环节“{shorter.step}”现为 {kept[shorter.step]} 个工作日，应当缩短"
            en = f"the step “{shorter.step}” takes {kept[shorter.step]} working days: it must become shorter"
            yield at, "STEP_IS_SHORTER", zh, en
