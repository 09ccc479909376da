"""The reference programme: change-sets over a whole list that together take away what Longgang did in 2014.

Only what is proposed is made here. What it takes away is computed by the service from the versions, as for any change-set.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.matters.rules import limits
from services.matters.streamlining import data
from services.matters.streamlining.rules.parts import days
from services.matters.streamlining.rules.sharing import shared_out, spread
from yimen.api.v1 import text_pb2
from yimen.matters.v1 import elements_pb2, matter_pb2, streamlining_pb2

# What people apply for: a penalty or an inspection is not streamlined by asking less of an applicant.
_APPLIED_FOR = frozenset(
    {
        elements_pb2.MATTER_TYPE_LICENCE,
        elements_pb2.MATTER_TYPE_BENEFIT,
        elements_pb2.MATTER_TYPE_CONFIRMATION,
        elements_pb2.MATTER_TYPE_OTHER,
        elements_pb2.MATTER_TYPE_PUBLIC_SERVICE,
    }
)
# A matter that loses a condition or a material keeps at least one less than these.
_LEAST_CONDITIONS, _LEAST_MATERIALS = 3, 3


@dataclass
class _Choice:
    """A matter of the list and what is proposed for it."""

    matter: str
    elements: elements_pb2.Elements
    proposal: streamlining_pb2.Proposal
    is_generated: bool

    @property
    def slug(self) -> str:
        return self.matter.rpartition("/")[2]

    def room(self) -> int:
        """How many working days its promise can lose while its steps still fit and one day is left."""
        return days(self.elements.promised_limit) - max(limits.days_of(self.elements.steps), 1)

    def steps_of(self, names: Iterable[str]) -> list[str]:
        """Its steps of these names."""
        return [step.display_name.zh for step in self.elements.steps if step.display_name.zh in names]

    def shared_materials(self) -> list[str]:
        """The ids of its materials that the hall can read from a shared record."""
        return [m.id for m in self.elements.materials if m.material_class == elements_pb2.MATERIAL_CLASS_C]

    def promise(self, working_days: int) -> None:
        """Proposes a promise of so many working days, and shorter steps where they do not fit into it."""
        limit = elements_pb2.Limit(value=working_days, unit=elements_pb2.TIME_UNIT_WORKING_DAY)
        self.proposal.promised_limit.CopyFrom(limit)
        dropped = set(self.proposal.drop_steps)
        steps = [step for step in self.elements.steps if step.display_name.zh not in dropped]
        taken = limits.days_of(steps)
        for step in steps:
            if taken > working_days and step.working_days:
                fitting = step.working_days * working_days // taken
                self.proposal.shorten_steps.add(step=step.display_name.zh, working_days=fitting)


class _Planning:
    """One list with the programme for it."""

    def __init__(self, matters: Iterable[matter_pb2.Matter], kept: Mapping[str, Any]) -> None:
        self._kept, self._figures = kept, kept["figures"]
        in_order = sorted(matters, key=lambda matter: matter.elements.implementation_code)
        choices = [_choice(matter) for matter in in_order if matter.elements.matter_type in _APPLIED_FOR]
        self._chain = [choice for choice in choices if choice.slug in kept["chain"]]
        self._rest = [choice for choice in choices if choice.is_generated and choice.slug not in kept["chain"]]

    def chosen(self) -> list[_Choice]:
        """The matters of the programme, each with its proposal; OutOfReach for a list too small."""
        for choice in self._chain:
            self._link(choice)
        cut = self._cut()
        optimised = self._optimise([choice for choice in self._rest if not choice.proposal.cut])
        return [*self._chain, *cut, *optimised]

    def _link(self, choice: _Choice) -> None:
        change = self._kept["chain"][choice.slug]
        freed = set(change.get("waits_no_more_for", ()))
        choice.proposal.reason = self._kept["reasons"]["chain"]
        choice.proposal.drop_prerequisites.extend(
            before.display_name for before in choice.elements.prerequisites if before.matter.rpartition("/")[2] in freed
        )
        choice.promise(change["working_days"])

    def _cut(self) -> list[_Choice]:
        words = self._kept["cut_words"]
        may = [choice for choice in self._rest if any(word in choice.elements.display_name.zh for word in words)]
        cut = spread(may, self._figures["matters_cut"])
        for choice in cut:
            choice.proposal.cut, choice.proposal.reason = True, self._kept["reasons"]["cut"]
        return cut

    def _optimise(self, may: Sequence[_Choice]) -> list[_Choice]:
        figures = self._figures
        with_fees = spread([choice for choice in may if choice.elements.fees and choice.room() > 0], figures["fees"])
        taken = {choice.matter for choice in with_fees}
        roomy = [c for c in may if c.matter not in taken and c.room() >= self._kept["least_room"]]
        count = figures["matters_optimised"] - len(self._chain) - len(with_fees)
        optimised = [*with_fees, *spread(roomy, count)]
        self._drop_parts(optimised, with_fees)
        saved = sum(days(c.elements.promised_limit) - days(c.proposal.promised_limit) for c in self._chain)
        faster = shared_out(figures["working_days"] - saved, [choice.room() for choice in optimised])
        for choice, by in zip(optimised, faster, strict=True):
            choice.proposal.reason = self._kept["reasons"]["optimised"]
            if by:
                choice.promise(days(choice.elements.promised_limit) - by)
        return optimised

    def _drop_parts(self, optimised: Sequence[_Choice], with_fees: Sequence[_Choice]) -> None:
        internal = self._kept["internal_steps"]
        for choice in with_fees:
            choice.proposal.drop_fees.append(choice.elements.fees[0].item)
        for choice in self._some(optimised, "conditions", lambda c: len(c.elements.conditions) >= _LEAST_CONDITIONS):
            choice.proposal.drop_conditions.append(choice.elements.conditions[-1])
        for choice in self._some(
            optimised, "materials", lambda c: len(c.elements.materials) >= _LEAST_MATERIALS and bool(c.shared_materials())
        ):
            choice.proposal.drop_materials.append(choice.shared_materials()[0])
        for choice in self._some(optimised, "steps", lambda c: bool(c.steps_of(internal))):
            choice.proposal.drop_steps.append(choice.steps_of(internal)[0])

    def _some(self, optimised: Sequence[_Choice], part: str, can: Callable[[_Choice], bool]) -> list[_Choice]:
        return spread([choice for choice in optimised if can(choice)], self._figures[part])


def planned(matters: Iterable[matter_pb2.Matter], units: Mapping[str, str]) -> list[streamlining_pb2.ChangeSet]:
    """The programme's change-sets for a list, one for each unit, in the order of units.

    `units`: units/… to what they are called. The same list in any order gives the same sets; OutOfReach for a list too small.
    """
    kept = data.programme()
    by_unit: dict[str, list[streamlining_pb2.Proposal]] = {}
    for choice in _Planning(matters, kept).chosen():
        by_unit.setdefault(choice.elements.unit, []).append(choice.proposal)
    return [
        streamlining_pb2.ChangeSet(
            display_name=text_pb2.Text(
                zh=f"{kept['display_name']['zh']}：{units[unit]}", en=f"{kept['display_name']['en']}: {units[unit]}"
            ),
            programme=kept["programme"],
            proposals=by_unit[unit],
        )
        for unit in sorted(by_unit)
    ]


def _choice(matter: matter_pb2.Matter) -> _Choice:
    made = any(row.field_path == "*" and row.kind == elements_pb2.PROVENANCE_KIND_GENERATED for row in matter.provenance)
    return _Choice(matter.name, matter.elements, streamlining_pb2.Proposal(matter=matter.name), made)
