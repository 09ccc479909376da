"""What the rules take: any object of these shapes. The stored case and the contract's messages have them."""

from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.intake.rules.history import Entry


class Text(Protocol):
    """A text in both languages; `en` may be empty."""

    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


class Limit(Protocol):
    """A limit of the matter; unit 0 where it has none."""

    @property
    def value(self) -> int: ...
    @property
    def unit(self) -> int: ...


class ListedMaterial(Protocol):
    """A material of the matter's list."""

    @property
    def id(self) -> str: ...
    @property
    def display_name(self) -> Text: ...
    @property
    def material_class(self) -> int: ...
    @property
    def required(self) -> bool: ...
    @property
    def media_types(self) -> Sequence[str]: ...


class Result(Protocol):
    """What a granted case ends in."""

    @property
    def type(self) -> int: ...


class Terms(Protocol):
    """The elements of the matter, in the version that the case is handled under."""

    @property
    def display_name(self) -> Text: ...
    @property
    def implementation_code(self) -> str: ...
    @property
    def service_objects(self) -> Sequence[int]: ...
    @property
    def materials(self) -> Sequence[ListedMaterial]: ...
    @property
    def statutory_limit(self) -> Limit: ...
    @property
    def promised_limit(self) -> Limit: ...
    @property
    def special_procedures(self) -> Sequence[int]: ...
    @property
    def results(self) -> Sequence[Result]: ...
    @property
    def handled_at(self) -> Sequence[int]: ...
    @property
    def accepted_at(self) -> Sequence[int]: ...


class File(Protocol):
    """A file that the applicant put to a material. `submission` is the first one that it was part of; 0 for none."""

    id: str
    material: str
    media_type: str
    size: int
    sha256: str
    submission: int
    removed: bool


class Case(Protocol):
    """A case."""

    name: str
    matter: str
    matter_version: int
    matter_display_name: str
    terms: Terms
    form_schema: dict[str, Any]
    state: int
    number: str
    applicant: str
    organisation: str
    form: dict[str, Any]
    files: MutableSequence[Any]
    corrections: list[dict[str, str]]
    outcome: int
    reasons: list[str]
    result_number: str
    ratings: list[dict[str, Any]]
    submit_time: datetime | None
    history: list[Entry]


@dataclass(frozen=True)
class Actor:
    """Who does a step, and in which role; the applicant acts in none."""

    person: str
    role: str = ""
