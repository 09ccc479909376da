"""What a hall does with a matter of the district's list: within the matter's tiers and the standard of its own, by its word.

The district owns every element. A hall may do less than the standard has it do, at counters that it names; never more.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from services.chassis.errors import FailedPrecondition, InvalidFields, Violation

# As yimen.halls.v1.Tier numbers them.
TIERS = {1: "district", 2: "street", 3: "community"}
# What is done at a counter that takes cases: 综合受理, 专窗.
_TAKES_CASES = ("comprehensive", "special")


class Terms(Protocol):
    """Where a matter is handled to its end and where it is accepted, as numbers of tiers."""

    @property
    def handled_at(self) -> Collection[int]: ...
    @property
    def accepted_at(self) -> Collection[int]: ...


class Counter(Protocol):
    """A counter 窗口."""

    @property
    def function(self) -> str: ...


class Hall(Protocol):
    """A hall as it is configured: its tier, and by its standard the tiers whose matters it handles and accepts."""

    @property
    def code(self) -> str: ...
    @property
    def tier(self) -> str: ...
    @property
    def counters(self) -> Mapping[str, Counter]: ...
    def handles(self, tier: str) -> bool: ...
    def accepts(self, tier: str) -> bool: ...


class Word(Protocol):
    """What a hall itself says of one matter."""

    @property
    def handles(self) -> bool: ...
    @property
    def accepts(self) -> bool: ...
    @property
    def counters(self) -> Collection[str]: ...


@dataclass(frozen=True)
class Said:
    """A word that can be kept and compared."""

    handles: bool
    accepts: bool
    counters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """What a hall does with a matter. `counters` is empty for every comprehensive one; `own`: the hall has said so itself."""

    handles: bool
    accepts: bool
    counters: tuple[str, ...] = ()
    own: bool = False

    @property
    def is_offered(self) -> bool:
        """Whether an applicant can come to this hall with it."""
        return self.handles or self.accepts


class BeyondStandard(FailedPrecondition):
    """A hall wants to do more than the standard of its tier and the matter's own tiers allow."""

    zh = "{hall} 不能{what_zh}事项 {matter}：超出本级大厅的标准或该事项规定的层级"
    en = "{hall} cannot {what_en} {matter}: that is beyond the standard of its tier or the tiers of the matter"


class ListIsTheDistricts(FailedPrecondition):
    """A street or a community wants a list of its own."""

    zh = "权责清单由区统一管理，{hall} 不能自立事项"
    en = "the list is the district's: {hall} cannot have matters of its own"


def require_district(hall: Hall) -> None:
    """Passes the hall that owns a list; ListIsTheDistricts for every other."""
    if hall.tier != TIERS[1]:
        raise ListIsTheDistricts(hall=f"halls/{hall.code}")


def standard(terms: Terms, hall: Hall, area: str) -> Standing:
    """What the hall does with a matter as long as it does not say otherwise: all that it may.

    `area` is the code of the division that the matter's unit belongs to: what a street's office answers for is done in that
    street alone.
    """
    if not hall.code.startswith(area):
        return Standing(handles=False, accepts=False)
    taken = {TIERS.get(tier) for tier in (*terms.accepted_at, *terms.handled_at)}
    handled = [TIERS[tier] for tier in terms.handled_at if tier in TIERS]
    accepts = hall.tier in taken and any(hall.accepts(tier) for tier in handled)
    return Standing(handles=accepts and any(hall.handles(tier) for tier in handled), accepts=accepts)


def standing(terms: Terms, hall: Hall, area: str, word: Word | None) -> Standing:
    """What the hall does now: its word counts as far as the standard still allows it, at counters that it still has."""
    allowed = standard(terms, hall, area)
    if word is None:
        return allowed
    return Standing(
        handles=word.handles and allowed.handles,
        accepts=word.accepts and allowed.accepts,
        counters=tuple(counter for counter in word.counters if counter in hall.counters),
        own=True,
    )


def require_within(terms: Terms, hall: Hall, area: str, word: Word, *, matter: str) -> None:
    """Passes a word that keeps the standard: InvalidFields names every field that is wrong, else BeyondStandard."""
    if wrong := list(_violations(hall, word)):
        raise InvalidFields(wrong)
    allowed = standard(terms, hall, area)
    if word.handles and not allowed.handles:
        raise BeyondStandard(hall=f"halls/{hall.code}", matter=matter, what_zh="办理", what_en="handle")
    if word.accepts and not allowed.accepts:
        raise BeyondStandard(hall=f"halls/{hall.code}", matter=matter, what_zh="受理", what_en="accept")


def _violations(hall: Hall, word: Word) -> Iterator[Violation]:
    if word.handles and not word.accepts:
        zh, en = "办理的事项也须受理", "what is handled must be accepted too"
        yield Violation("offer.accepts", "HANDLED_IS_ACCEPTED", zh, en)
    seen = set[str]()
    for index, name in enumerate(word.counters):
        counter = hall.counters.get(name)
        for is_wrong, rule, zh, en in (
            (counter is None, "COUNTER_UNKNOWN", f"本大厅没有窗口 {name}", f"the hall has no counter {name}"),
            (
                counter is not None and counter.function not in _TAKES_CASES,
                "COUNTER_TAKES_CASES",
                f"窗口 {name} 不受理事项",
                f"no case is taken at the counter {name}",
            ),
            (name in seen, "COUNTER_NAMED_ONCE", f"窗口 {name} 重复", f"the counter {name} is named twice"),
        ):
            if is_wrong:
                yield Violation(f"offer.counters[{index}]", rule, zh, en)
        seen.add(name)
