"""The demo's people, as people.yaml has them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

# What a bank prints on the envelope of a new U-key of this stack.
FIRST_PIN = "123456"

KeyKind = Literal["rsa-2048", "p-256", "p-384", "p-521"]


@dataclass(frozen=True)
class DemoPost:
    """A post as the role's enum name, the hall's code and, for a unit's roles, units/{unit}."""

    role: str
    hall: str
    unit: str = ""
    covers_subtree: bool = False


@dataclass(frozen=True)
class DemoPerson:
    """Someone with a U-key; the label is the token's, and how commands name the person."""

    label: str
    name: str
    resident_id: str
    key: KeyKind
    post: DemoPost | None = None


def people() -> tuple[DemoPerson, ...]:
    """Everyone of people.yaml, in its order."""
    rows: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("people.yaml").read_text("utf-8"))
    return tuple(DemoPerson(**{**row, "post": DemoPost(**row["post"]) if "post" in row else None}) for row in rows)


def person(label: str) -> DemoPerson:
    """The person with this label; KeyError names those there are."""
    everyone = {someone.label: someone for someone in people()}
    if label not in everyone:
        raise KeyError(f"no demo person {label!r}; there are {', '.join(everyone)}")
    return everyone[label]
