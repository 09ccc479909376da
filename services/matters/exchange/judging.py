"""Whether a row may be taken: the contract, the codes, the rules of publication, and what the list has already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from services.chassis import validation
from services.chassis.errors import InvalidFields, Refusal, Violation
from services.matters import issuing, rules
from services.matters.documents import Matter, Unit, Version, form_of
from services.matters.documents.versions import encoded
from services.matters.exchange.rows import Row
from services.matters.rules import Act, Candidate, State, VersionState
from services.matters.rules.codes import issued_by
from yimen.matters.v1 import matter_pb2


class Outcome(Enum):
    """What becomes of a row on the list."""

    CREATED = "created"
    REVISED = "revised"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class OnList:
    """What the list has of the ids and codes of a batch, as it is stored: without the cost of documents that nobody changes."""

    hall: str
    by_id: Mapping[str, Mapping[str, Any]]
    by_code: Mapping[str, Mapping[str, Any]]

    def others(self, matter_id: str, codes: Sequence[str]) -> list[Mapping[str, Any]]:
        """The other matters that any of these codes was issued to."""
        found = [self.by_code[code] for code in codes if code in self.by_code]
        return [stored for stored in found if stored["slug"] != matter_id]

    def says(self, matter_id: str, message: matter_pb2.Matter) -> bool:
        """Whether a matter is in force just so, with nothing prepared and nothing to come."""
        stored = self.by_id.get(matter_id)
        return (
            stored is not None
            and stored["state"] == State.PUBLISHED
            and not stored.get("next_version")
            and stored.get("due") is None
            and stored["content"] == encoded(message)
        )

    def matter(self, matter_id: str) -> Matter | None:
        """The matter of this id, to be changed; None where there is none."""
        if matter_id not in self.by_id:
            return None
        found: Matter | None = Matter.across_halls("the import's own list").filter(hall=self.hall, slug=matter_id).first()
        return found


_READ = dict.fromkeys(("hall", "slug", "state", "content", "issued", "next_version", "due"), True)


def on_list(hall: str, batch: Sequence[Row]) -> OnList:
    """Asks the store once for all of a batch."""
    asked = [f"matters/{row.matter_id}" for row in batch if row.matter_id]
    asked += [code for row in batch if row.matter for code in issued_by(row.matter.elements)]
    wanted = {"hall": hall, "issued": {"$in": asked}}
    found = list(Matter._get_collection().find(wanted, _READ)) if asked else []
    return OnList(hall, {one["slug"]: one for one in found}, {code: one for one in found for code in one["issued"]})


@dataclass
class Judge:
    """Judges the rows of one file for one hall's list; it remembers what the file has said so far."""

    hall: str
    publish: bool
    # Ids and codes of the file so far, with their rows.
    _seen: dict[str, int] = field(default_factory=dict)
    _units: dict[str, str | None] = field(default_factory=dict)

    def judge(self, batch: Sequence[Row]) -> OnList:
        """Adds to each row of a batch what is wrong with it, and the codes that it lacks; gives what the list has of it."""
        for row in batch:
            if row.matter is not None:
                self._read(row, row.matter)
        stored = on_list(self.hall, [row for row in batch if row.matter is not None])
        for row in batch:
            if row.matter is not None and self.publish:
                row.wrong += rules.violations(self._candidate(row.matter_id, row.matter, stored))
        return stored

    def _read(self, row: Row, matter: matter_pb2.Matter) -> None:
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

    def _candidate(self, matter_id: str, matter: matter_pb2.Matter, stored: "OnList") -> Candidate:
        elements = matter.elements
        others = stored.others(matter_id, issued_by(elements))
        return Candidate(
            elements,
            form_of(elements),
            self._unit_code(elements.unit),
            live=next((self._name(one["slug"]) for one in others if one["state"] != State.CANCELLED), ""),
            former=next((self._name(one["slug"]) for one in others if one["state"] == State.CANCELLED), ""),
            name=self._name(matter_id),
            strangers=[unit for unit in elements.joint_units if self._unit_code(unit) is None],
        )

    def _name(self, matter_id: str) -> str:
        return f"halls/{self.hall}/matters/{matter_id}"

    def _unit_code(self, unit: str) -> str | None:
        if unit not in self._units:
            self._units[unit] = Unit.credit_code_of(unit)
        return self._units[unit]


def take(
    stored: OnList, matter_id: str, message: matter_pb2.Matter, act: Act, *, publish: bool
) -> tuple[Outcome, Matter | None]:
    """What becomes of a row, and the matter to be saved for it, if any; nothing is saved. Refusals of the matter's state.

    A row that this act's import took already, before it was killed, counts as the first time.
    """
    known = stored.matter(matter_id)
    if known is None:
        make = Matter.published if publish else Matter.draft
        return Outcome.CREATED, make(stored.hall, matter_id, message, act)
    last: Version = known.versions[-1]
    if _says(known, last, message) and any(entry["reason"] == act.reason for entry in last.entries):
        return (Outcome.CREATED if last.number == 1 else Outcome.REVISED), None
    change = _publish if publish else _propose
    if not change(known, message, act):
        return Outcome.UNCHANGED, None
    known.settle(act.at)
    return Outcome.REVISED, known


def foresee(stored: OnList, matter_id: str, message: matter_pb2.Matter, act: Act, *, publish: bool) -> Outcome:
    """The same before anything is changed, and without the cost of making what is new or left as it is."""
    if matter_id not in stored.by_id:
        return Outcome.CREATED
    if publish and stored.says(matter_id, message):
        return Outcome.UNCHANGED
    return take(stored, matter_id, message, act, publish=publish)[0]


def _publish(stored: Matter, message: matter_pb2.Matter, act: Act) -> bool:
    if stored.at(act.at).version is not None:
        return stored.republish(message, act)
    # A draft that was never published becomes what the row says, and is in force.
    stored.edit(message, act)
    rules.submit(stored, act)
    rules.publish(stored, act)
    return True


def _propose(stored: Matter, message: matter_pb2.Matter, act: Act) -> bool:
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


def _says(stored: Matter, version: Version, message: matter_pb2.Matter) -> bool:
    return stored.content_of(version) == encoded(message)


def refused(refusal: Refusal) -> Violation:
    """A refusal of the matter's state, as what is wrong with the row."""
    return Violation("state", refusal.reason, refusal.message("zh"), refusal.message("en"))
