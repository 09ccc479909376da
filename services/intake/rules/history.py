"""The append-only history of a case.

An entry is the JSON that the API returns for it. Its `hash` is the SHA-256 over its canonical form (RFC 8785)
with the hash before it as `previous`; the first one's `previous` is the SHA-256 of the case's name, so that no
chain fits another case. Whoever holds the reply of ListHistory can recompute the chain.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import rfc8785

Entry: TypeAlias = dict[str, Any]


def instant(at: datetime) -> str:
    """An aware time as protobuf's JSON writes it: UTC, milliseconds only where there are any."""
    precision = "milliseconds" if at.microsecond // 1000 else "seconds"
    return at.astimezone(UTC).isoformat(timespec=precision).removesuffix("+00:00") + "Z"


def time_of(entry: Mapping[str, Any]) -> datetime:
    """When the entry was made, in UTC."""
    return datetime.fromisoformat(entry["time"])


def entry(*, at: datetime, actor: str, role: str, action: str, before: str, after: str, details: Mapping[str, Any]) -> Entry:
    """An entry that is not in a history yet. As in protobuf's JSON, what is empty is left out."""
    fields = {
        "time": instant(at), "actor": actor, "role": role, "action": action,
        "from": before, "to": after, "details": {k: v for k, v in details.items() if v not in ("", None, [])},
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value}


def append(history: list[Entry], new: Entry, *, case: str) -> None:
    """Puts the entry at the end of the case's history, chained to the one before it."""
    numbered = {"sequence": len(history) + 1, **new}
    history.append({**numbered, "hash": digest(numbered, history[-1]["hash"] if history else root(case))})


def first_wrong(history: Sequence[Mapping[str, Any]], *, case: str, state: str) -> int | None:
    """The sequence of the first entry that was altered, removed, added or moved; None where the chain is whole.

    Entries cut off the end show by the state of the case, which the last entry must have led to.
    """
    previous = root(case)
    for sequence, one in enumerate(history, start=1):
        told = {name: value for name, value in one.items() if name != "hash"}
        if one.get("sequence") != sequence or one.get("hash") != digest(told, previous):
            return sequence
        previous = one["hash"]
    if not history or history[-1].get("to") != state:
        return len(history) + 1
    return None


def root(case: str) -> str:
    """What the chain of a case begins with: the SHA-256 of its name, hexadecimal."""
    return hashlib.sha256(case.encode()).hexdigest()


def digest(told: Mapping[str, Any], previous: str) -> str:
    """The hash of an entry (without its `hash`) after the hash before it, hexadecimal."""
    return hashlib.sha256(rfc8785.dumps({**told, "previous": previous})).hexdigest()
