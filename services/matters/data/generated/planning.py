"""Which matters there are: acts upon terms, until the totals are reached."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, ClassVar

from services.matters.data.generated.terms import Term, Vocabulary, read, vocabularies
from yimen.matters.v1 import elements_pb2, matter_pb2, units_pb2

# What a person or an enterprise applies for: these can be online.
_APPLIED_FOR = (
    elements_pb2.MATTER_TYPE_LICENCE,
    elements_pb2.MATTER_TYPE_CONFIRMATION,
    elements_pb2.MATTER_TYPE_BENEFIT,
    elements_pb2.MATTER_TYPE_OTHER,
    elements_pb2.MATTER_TYPE_PUBLIC_SERVICE,
)
_ENFORCED = (elements_pb2.MATTER_TYPE_PENALTY, elements_pb2.MATTER_TYPE_COERCION)


@dataclass(frozen=True)
class Planned:
    """A matter to be made: an act of a unit upon a term, whether online, and the matter that must come before it, if any."""

    PARENT: ClassVar[str] = "halls/440307"

    slug: str
    matter_type: int
    term: Term
    act: dict[str, Any]
    number: int
    laws: tuple[tuple[str, str], ...]
    street: tuple[str, str]
    online: bool = False
    after: str = ""

    @property
    def matter_id(self) -> str:
        """Its id: unit, type and the number that its codes have."""
        kind = elements_pb2.MatterType.Name(elements_pb2.MatterType.ValueType(self.matter_type))
        kind = kind.removeprefix("MATTER_TYPE_").lower().replace("_", "-")
        return f"{self.slug}-{kind}-{self.term.number}{self.number:03d}"

    @property
    def name(self) -> tuple[str, str]:
        """Its name in Chinese and English; that of a street office says which street's."""
        called = self.term.called()
        zh, en = self.act["zh"].format(**called), self.act["en"].format(**called)
        return (f"{zh}（{self.street[0]}）", f"{en} ({self.street[1]})") if self.street[0] else (zh, en)


def plan(units: Sequence[units_pb2.CreateUnitRequest], kept: Sequence[matter_pb2.CreateMatterRequest]) -> Iterator[Planned]:
    """Every matter that the totals need beyond the kept ones, in the order of types and acts."""
    totals, acts = read("totals.yaml"), read("acts.yaml")
    counted = Counter(request.matter.elements.matter_type for request in kept)
    names = {request.matter.elements.display_name.zh: request.matter_id for request in kept}
    by_slug = {request.unit_id.partition("-")[2]: request.unit for request in units}
    words = vocabularies(list(by_slug))
    planned: list[Planned] = []
    for kind, total in totals["types"].items():
        matter_type = elements_pb2.MatterType.Value(kind)
        wanted = total - counted[matter_type]
        made = list(islice(_of_type(matter_type, acts[kind], by_slug, words, names), wanted))
        if len(made) < wanted:
            raise ValueError(f"the terms give {len(made)} of {wanted} matters of {kind}")
        planned += made
    approving = [unit.removeprefix("units/440307-") for unit in totals["approving_units"]]
    kept_online = sum(is_online(request.matter.elements) for request in kept)
    online = set(_online(planned, approving, totals["online"] - kept_online))
    return (replace(matter, online=matter.matter_id in online) for matter in planned)


def is_online(elements: elements_pb2.Elements) -> bool:
    """Whether a matter can be applied for on the net: more than advice is to be had there."""
    return elements.online_depth >= elements_pb2.ONLINE_DEPTH_RECEIPT


def _of_type(
    matter_type: int,
    acts: Sequence[dict[str, Any]],
    units: dict[str, units_pb2.Unit],
    words: Any,
    names: dict[str, str],
) -> Iterator[Planned]:
    """The matters of a type; one whose name is on the list already stands for the first act upon its term."""
    first: dict[tuple[str, int], str] = {}
    for number, act in enumerate(acts, start=1):
        for slug, unit in units.items():
            vocabulary: Vocabulary = words[slug]
            if matter_type in _ENFORCED and not vocabulary.enforces:
                continue
            for term in vocabulary.of(act["of"]):
                if not _fits(act, term):
                    continue
                street = _street(slug, unit)
                made = Planned(slug, matter_type, term, act, number, vocabulary.laws, street)
                known = names.setdefault(made.name[0], made.matter_id)
                after = first.setdefault((slug, term.number), known)
                if known == made.matter_id:
                    yield replace(made, after=after if after != made.matter_id else "")


def _fits(act: dict[str, Any], term: Term) -> bool:
    if act.get("first") and term.first_is_kept:
        return False
    return term.is_activity or "从事" not in act["zh"]


def _street(slug: str, unit: units_pb2.Unit) -> tuple[str, str]:
    if not slug.endswith("-street"):
        return "", ""
    return unit.display_name.partition("龙岗区")[2].removesuffix("办事处"), slug.replace("-", " ").title()


def _online(planned: Iterable[Planned], approving: Sequence[str], wanted: int) -> Iterator[str]:
    """The ids of so many matters of the approving units, one of each unit in turn."""
    waiting = {slug: deque[str]() for slug in approving}
    for matter in planned:
        if matter.matter_type in _APPLIED_FOR and matter.slug in waiting:
            waiting[matter.slug].append(matter.matter_id)
    turn = deque(waiting.values())
    for _ in range(wanted):
        while not turn[0]:
            turn.popleft()
        yield turn[0].popleft()
        turn.rotate(-1)
