"""How the head of a matter follows its versions."""

from collections.abc import MutableSequence, Sequence
from datetime import datetime

from google.protobuf.message import Message

from services.chassis.errors import ResourceUnknown
from services.matters import rules
from services.matters.documents.versions import Version, encoded
from services.matters.rules import Preparation, Standing, State, VersionState
from services.matters.rules.codes import issued_by
from yimen.matters.v1 import elements_pb2, events_pb2, matter_pb2

# Begins the shelves of what is being prepared; no unit is called so.
_PREPARED = "prepared/"


class Settling:
    """The part of a stored matter that brings its head to what is in force: no query, no clock."""

    name: str
    slug: str
    versions: MutableSequence[Version]
    content: bytes
    state: int
    matter_version: int
    effective_time: datetime | None
    publish_time: datetime | None
    cancel_time: datetime | None
    cancel_reason: str
    next_version: int
    next_state: int
    due: datetime | None
    code: str
    unit: str
    shelves: list[str]
    issued: list[str]

    def at(self, when: datetime) -> Standing[Version]:
        """Where it stood, stands or will stand at an instant."""
        return rules.standing(self.versions, when)

    def numbered(self, number: int) -> Version:
        """The version of this number; ResourceUnknown."""
        if not 1 <= number <= len(self.versions):
            raise ResourceUnknown(name=f"{self.name}/versions/{number}")
        version: Version = self.versions[number - 1]
        return version

    def content_of(self, version: Version) -> bytes:
        """elements and provenance of a version of it, encoded."""
        return bytes(self.content if version.content is None else version.content)

    def elements_of(self, version: Version) -> elements_pb2.Elements:
        """The elements of a version of it; a copy."""
        return matter_pb2.Matter.FromString(self.content_of(version)).elements

    def settle(self, at: datetime) -> list[Message]:
        """Brings the head to what is in force at an instant; returns what is to be told of it, in order."""
        # What was before the head began has been told.
        since = self.cancel_time if self.state == State.CANCELLED else self.effective_time
        # Each access to the stored list costs mongoengine's checks again.
        versions = list(self.versions)
        turns = rules.turns(versions)
        passed = [turn for turn in turns if turn <= at and (since is None or turn >= since)]
        told = [fact for turn in passed for fact in self._turn(versions, turn)]
        if not self.matter_version:
            self._show(versions, versions[0])
        coming = rules.coming(versions, at)
        self.next_version, self.next_state = (coming.number, coming.state) if coming else (0, 0)
        self.due = next((turn for turn in turns if turn > at), None)
        self.publish_time = versions[0].effective_time
        shown = rules.standing(versions, at).version
        is_ending = shown is not None and shown.end_state == VersionState.CANCELLED
        self.cancel_time = shown.end_time if shown and is_ending else None
        self.cancel_reason = _reason(shown, VersionState.CANCELLED) if shown and is_ending else ""
        self._shelve(at)
        self._issue(versions)
        return told

    def _issue(self, versions: Sequence[Version]) -> None:
        """What is published, from whatever time on, has its codes for ever."""
        published = (self.elements_of(version) for version in versions if version.state == VersionState.PUBLISHED)
        codes = {code for elements in published for code in issued_by(elements)}
        # Never empty: an empty list would be one value for all that have none.
        self.issued = sorted({*self.issued, *codes}) or [f"matters/{self.slug}"]

    def _turn(self, versions: Sequence[Version], at: datetime) -> list[Message]:
        stands = rules.standing(versions, at)
        if stands.version is None or (self.state, self.matter_version) == (stands.state, stands.version.number):
            return []
        self.state, self.matter_version = int(stands.state), stands.version.number
        self.effective_time = stands.version.effective_time
        self._show(versions, stands.version)
        if stands.state == State.CANCELLED:
            reason = _reason(stands.version, VersionState.CANCELLED)
            return [events_pb2.MatterCancelled(matter=self.name, reason=reason)]
        return [
            events_pb2.MatterPublished(
                matter=self.name,
                matter_version=self.matter_version,
                display_name=self.elements_of(stands.version).display_name.zh,
                unit=self.unit,
            )
        ]

    def _show(self, versions: Sequence[Version], version: Version) -> None:
        """Makes a version the head: its content moves there, and that of the head before goes back to its version."""
        if version.content is None:
            return
        for other in versions:
            if other.content is None:
                other.content = self.content
        self.content, version.content = version.content, None
        self._derive()

    def _write(self, version: Version, message: matter_pb2.Matter) -> Version:
        if version.content is None:
            self.content = encoded(message)
            self._derive()
        else:
            version.content = encoded(message)
        return version

    def _derive(self) -> None:
        """What is looked for follows from the head's elements."""
        elements = matter_pb2.Matter.FromString(self.content).elements
        self.code, self.unit = elements.implementation_code, elements.unit
        self.shelves = [shelf_of(unit, kind) for unit in ("", elements.unit) for kind in (0, elements.matter_type)]

    def _shelve(self, at: datetime) -> None:
        """Puts what is being prepared on shelves of its own, beside those of the head."""
        is_ending = self.cancel_time is not None and self.cancel_time > at
        preparations = [*([self.next_state] if self.next_state else []), *([Preparation.ENDING] if is_ending else [])]
        own = [shelf for shelf in self.shelves if not shelf.startswith(_PREPARED)]
        self.shelves = [*own, *(_prepared(shelf, one) for one in preparations for shelf in own)]


def shelf_of(unit: str, matter_type: int, preparation: int = 0) -> str:
    """Where a matter of a unit and a type stands, and one of which something is prepared; empty and 0 for whichever."""
    return _prepared(f"{unit} {matter_type or ''}".strip(), preparation)


def _prepared(shelf: str, preparation: int) -> str:
    return f"{_PREPARED}{preparation} {shelf}".strip() if preparation else shelf


def _reason(version: Version, to: VersionState) -> str:
    """Why a version was moved there last."""
    return next((str(entry["reason"]) for entry in reversed(version.entries) if entry["to"] == to), "")
