"""Whether a row may be taken: the contract, the codes, the rules of publication, and what the list has already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from services.chassis import validation
from services.chassis.errors import InvalidFields, Refusal, Violation
from services.matters import issuing, rules
from services.matters.documents import Matter, Unit, Version, form_of
from services.matters.documents.versions import encoded
from services.matters.exchange.rows import Row
from services.matters.rules import Act, Candidate, State, VersionState
from services.matters.rules.codes import issued_by
from yimen.matters.v1 import matters_pb2


class Outcome(Enum):
    """What becomes of a row on the list."""

    CREATED = "created"
    REVISED = "revised"
    UNCHANGED = "unchanged"


@dataclass
class Judge:
    """Judges the rows of one file for one hall's list; it remembers what the file has said so far."""

    hall: str
    publish: bool
    # Ids and codes of the file so far, with their rows.
    _seen: dict[str, int] = field(default_factory=dict)
    _units: dict[str, str | None] = field(default_factory=dict)

    def judge(self, batch: Sequence[Row]) -> None:
        """Adds to each row of a batch what is wrong with it, and the codes that it lacks."""
        for row in batch:
            if row.matter is not None:
                self._read(row, row.matter)
        stored = on_list(self.hall, [row for row in batch if row.matter is not None])
        for row in batch:
            if row.matter is not None and self.publish:
                row.wrong += rules.violations(self._candidate(row.matter_id, row.matter, stored))

    def _read(self, row: Row, matter: matters_pb2.Matter) -> None:
        elements = matter.elements
        try:
            validation.check(matter)
        except InvalidFields as error:
            row.wrong += error.violations
        if elements.unit and self._unit_code(elements.unit) is None and not self.publish:
            # A draft may lack much, but nobody could ever complete what an unknown unit answers for.
            zh, en = f"实施主体 {elements.unit} 不在单位名录中", f"the unit {elements.unit} is not known"
            row.wrong.append(Violation("elements.unit", "UNIT_KNOWN", zh, en))
        if not row.wrong:
            issuing.complete_elements(self.hall, elements)
        self._claim(row, f"matters/{row.matter_id}", "id", "ID_TWICE", row.matter_id)
        code = elements.implementation_code
        self._claim(row, code, "elements.implementation_code", "CODE_TWICE", code)

    def _claim(self, row: Row, key: str, where: str, rule: str, shown: str) -> None:
        if shown and (first := self._seen.setdefault(key, row.number)) != row.number:
            zh, en = f"“{shown}”已在第 {first} 行出现", f"“{shown}” was in row {first} already"
            row.wrong.append(Violation(where, rule, zh, en))

    def _candidate(self, matter_id: str, matter: matters_pb2.Matter, stored: "OnList") -> Candidate:
        elements = matter.elements
        others = stored.others(matter_id, issued_by(elements))
        return Candidate(
            elements,
            form_of(elements),
            self._unit_code(elements.unit),
            live=next((one.name for one in others if one.state != State.CANCELLED), ""),
            former=next((one.name for one in others if one.state == State.CANCELLED), ""),
            name=f"halls/{self.hall}/matters/{matter_id}",
            strangers=[unit for unit in elements.joint_units if self._unit_code(unit) is None],
        )

    def _unit_code(self, unit: str) -> str | None:
        if unit not in self._units:
            self._units[unit] = Unit.credit_code_of(unit)
        return self._units[unit]


@dataclass(frozen=True)
class OnList:
    """What the list has of the ids and codes of a batch."""

    by_id: Mapping[str, Matter]
    by_code: Mapping[str, Matter]

    def others(self, matter_id: str, codes: Sequence[str]) -> list[Matter]:
        """The other matters that any of these codes was issued to."""
        found = [self.by_code[code] for code in codes if code in self.by_code]
        return [matter for matter in found if matter.slug != matter_id]


def on_list(hall: str, batch: Sequence[Row]) -> OnList:
    """Asks the store once for all of a batch."""
    asked = [f"matters/{row.matter_id}" for row in batch if row.matter_id]
    asked += [code for row in batch if row.matter for code in issued_by(row.matter.elements)]
    found = list(Matter.across_halls("the import's own list").filter(hall=hall, issued__in=asked)) if asked else []
    return OnList({one.slug: one for one in found}, {code: one for one in found for code in one.issued})


def take(
    stored: Matter | None, hall: str, matter_id: str, message: matters_pb2.Matter, act: Act, *, publish: bool
) -> tuple[Outcome, Matter | None]:
    """What becomes of a row, and the matter to be saved for it, if any; nothing is saved. Refusals of the matter's state.

    A row that this act's import took already, before it was killed, counts as the first time.
    """
    if stored is None:
        make = Matter.published if publish else Matter.draft
        return Outcome.CREATED, make(hall, matter_id, message, act)
    last: Version = stored.versions[-1]
    if _says(stored, last, message) and any(entry["reason"] == act.reason for entry in last.entries):
        return (Outcome.CREATED if last.number == 1 else Outcome.REVISED), None
    change = _publish if publish else _propose
    if not change(stored, message, act):
        return Outcome.UNCHANGED, None
    stored.settle(act.at)
    return Outcome.REVISED, stored


def _publish(stored: Matter, message: matters_pb2.Matter, act: Act) -> bool:
    if stored.at(act.at).version is not None:
        return stored.republish(message, act)
    # A draft that was never published becomes what the row says, and is in force.
    stored.edit(message, act)
    rules.submit(stored, act)
    rules.publish(stored, act)
    return True


def _propose(stored: Matter, message: matters_pb2.Matter, act: Act) -> bool:
    stands = stored.at(act.at)
    last: Version = stored.versions[-1]
    shown = last if last.state == VersionState.DRAFT else stands.version
    if shown is not None and _says(stored, shown, message):
        return False
    if stands.version is None:
        stored.edit(message, act)
    else:
        stored.propose(message, act)
    return True


def _says(stored: Matter, version: Version, message: matters_pb2.Matter) -> bool:
    return stored.content_of(version) == encoded(message)


def refused(refusal: Refusal) -> Violation:
    """A refusal of the matter's state, as what is wrong with the row."""
    return Violation("state", refusal.reason, refusal.message("zh"), refusal.message("en"))
