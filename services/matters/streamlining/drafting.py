"""Making a change-set of what an editor proposes."""

from dataclasses import dataclass

from services.chassis.errors import InvalidFields, ResourceUnknown, Violation
from services.matters.documents import Head
from services.matters.rules import State
from services.matters.streamlining import rules
from services.matters.streamlining.proposing import applied
from services.matters.streamlining.rules import CUT, NOTHING, Effect
from yimen.matters.v1 import streamlining_pb2

FIELD = "change_set.proposals"


@dataclass
class Drafted:
    """A message whose proposals name their base versions, the units that they touch, and the effect that they would have."""

    message: streamlining_pb2.ChangeSet
    units: list[str]
    effect: Effect


def drafted(message: streamlining_pb2.ChangeSet) -> Drafted:
    """The set as it is kept; InvalidFields with everything that is wrong with its proposals."""
    wrong = rules.set_flaws(message.proposals, FIELD)
    units, effect = set(), NOTHING
    for i, proposal in enumerate(message.proposals):
        at = f"{FIELD}[{i}]"
        matter = _on_the_list(proposal.matter)
        if matter is None:
            wrong.append(_not_on_the_list(at, proposal.matter))
            continue
        in_force = matter.matter_version
        if (proposal.base_version or in_force) != in_force:
            wrong.append(_not_in_force(at, proposal.base_version, in_force))
            continue
        elements = matter.elements
        if flaws := rules.flaws(proposal, elements, at):
            wrong += flaws
            continue
        proposal.base_version = in_force
        units.add(elements.unit)
        effect += CUT if proposal.cut else rules.between(elements, applied(elements, proposal))
    if wrong:
        raise InvalidFields(wrong)
    return Drafted(message, sorted(units), effect)


def _on_the_list(name: str) -> Head | None:
    try:
        matter = Head.load(name)
    except ResourceUnknown:
        return None
    return matter if matter.state == State.PUBLISHED else None


def _not_on_the_list(at: str, name: str) -> Violation:
    zh, en = f"{name} 不在清单上", f"{name} is not on the list"
    return Violation(f"{at}.matter", "MATTER_ON_THE_LIST", zh, en)


def _not_in_force(at: str, proposed: int, in_force: int) -> Violation:
    zh = f"提案所依据的第 {proposed} 版不是现行的第 {in_force} 版"
    en = f"version {proposed} is not the one in force, which is {in_force}"
    return Violation(f"{at}.base_version", "BASE_VERSION_IN_FORCE", zh, en)
