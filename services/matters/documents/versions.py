"""A version of a matter as it is stored, within its matter."""

from typing import Any, Self

from mongoengine import BinaryField, DateTimeField, DictField, EmbeddedDocument, IntField, ListField, StringField

from services.matters import rules
from services.matters.rules import VersionState
from yimen.matters.v1 import matter_pb2, versions_pb2

# What callers who are no staff of the list read of a version's history.
_PUBLIC = frozenset({VersionState.PUBLISHED, VersionState.SUPERSEDED, VersionState.CANCELLED})


class Version(EmbeddedDocument):
    """One version. Its content is absent while it is the head of its matter: there it is kept once."""

    number = IntField(required=True)
    state = IntField(default=int(VersionState.DRAFT))
    effective_time = DateTimeField()
    end_time = DateTimeField()
    end_state = IntField(default=0)
    change_set = StringField(default="")
    entries: list[dict[str, Any]] = ListField(DictField())
    # elements and provenance of the API's Matter.
    content = BinaryField()

    @classmethod
    def of(cls, message: matter_pb2.Matter) -> Self:
        """A version with the elements and the provenance of a message, not part of any matter yet."""
        return cls(content=encoded(message))

    def to_proto(self, matter: str, content: bytes, *, at: Any, for_staff: bool) -> versions_pb2.Version:
        """The version as its API message; `content` is what its matter keeps of it."""
        kept = matter_pb2.Matter.FromString(content)
        entries = [entry for entry in self.entries if for_staff or entry["to"] in _PUBLIC]
        return versions_pb2.Version(
            name=f"{matter}/versions/{self.number}",
            elements=kept.elements,
            provenance=kept.provenance,
            state=versions_pb2.VersionState.ValueType(rules.state_of(self, at)),
            effective_time=self.effective_time,
            end_time=self.end_time,
            entries=[_entry(entry, for_staff) for entry in entries],
            change_set=self.change_set,
        )


def encoded(message: matter_pb2.Matter) -> bytes:
    """What is kept of a message: the same bytes for the same elements and provenance."""
    kept = matter_pb2.Matter(elements=message.elements, provenance=message.provenance)
    return kept.SerializeToString(deterministic=True)


def _entry(entry: dict[str, Any], for_staff: bool) -> versions_pb2.VersionEntry:
    return versions_pb2.VersionEntry(
        to=entry["to"],
        time=entry["time"],
        person=entry["person"] if for_staff else "",
        reason=entry["reason"],
        change_set=entry["change_set"],
    )
