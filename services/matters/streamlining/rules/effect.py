"""What streamlining takes away, computed from what a matter was and what it became."""

from collections import Counter
from dataclasses import astuple, dataclass, replace

from services.matters.streamlining.rules.parts import PARTS, days
from services.matters.streamlining.rules.shape import Elements


@dataclass(frozen=True)
class Effect:
    """What was taken away. Effects of changes that follow one another add up to the effect of the whole."""

    matters_cut: int = 0
    matters_optimised: int = 0
    working_days: int = 0
    conditions: int = 0
    materials: int = 0
    fees: int = 0
    prerequisites: int = 0
    steps: int = 0

    def __add__(self, other: "Effect") -> "Effect":
        """Both together."""
        return Effect(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


NOTHING = Effect()
# A matter that is cut is counted as that alone: its parts are gone with it.
CUT = Effect(matters_cut=1)


def between(before: Elements, after: Elements) -> Effect:
    """What an optimised matter lost from one version to a later one; what was added or lengthened takes nothing away."""
    removed = {part.element: (Counter(part.keys(before)) - Counter(part.keys(after))).total() for part in PARTS}
    faster = max(days(before.promised_limit) - days(after.promised_limit), 0)
    effect = Effect(working_days=faster, **removed)
    return replace(effect, matters_optimised=1) if effect != NOTHING else effect
