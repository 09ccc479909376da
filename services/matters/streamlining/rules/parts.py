"""The parts of a matter that can be dropped, each by the key that people name it by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from services.matters.rules import limits
from services.matters.rules.shape import Limit
from services.matters.streamlining.rules.shape import Elements, Proposal


@dataclass(frozen=True)
class Part:
    """One kind of part: its element, the proposal's field that drops it, its name in both languages, and the keys."""

    element: str
    drop: str
    zh: str
    en: str
    keys: Callable[[Elements], list[str]]

    def dropped(self, proposal: Proposal) -> Sequence[str]:
        """The keys of what a proposal drops."""
        named: Sequence[str] = getattr(proposal, self.drop)
        return named


PARTS = (
    Part("conditions", "drop_conditions", "受理条件", "condition", lambda e: list(e.conditions)),
    Part("materials", "drop_materials", "申请材料", "material", lambda e: [material.id for material in e.materials]),
    Part("fees", "drop_fees", "收费项目", "fee", lambda e: [fee.item for fee in e.fees]),
    Part(
        "prerequisites", "drop_prerequisites", "前置条件", "prerequisite", lambda e: [p.display_name for p in e.prerequisites]
    ),
    Part("steps", "drop_steps", "办理环节", "step", lambda e: [step.display_name.zh for step in e.steps]),
)


def days(limit: Limit) -> int:
    """A limit in whole nominal working days, a part of a day counting as one; 0 where none is kept."""
    return ceil(limits.working_days(limit)) if limits.is_kept(limit) else 0
