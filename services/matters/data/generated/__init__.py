"""Matters made by a program, which complete the list to the reference deployment's totals: deterministic, each complete by the
standard, each marked as generated in its provenance.

`totals.yaml` says how many there are, and what of that is sourced. `units/*.yaml` are the terms of each unit's work,
`acts.yaml` what is done about a term, `sheets.yaml` the information sheet of each act, `forms.yaml` the forms.
A term's number is part of codes and names: new terms go to the end of their file, new acts to the end of their type.
"""

from collections.abc import Iterable, Iterator, Sequence

from services.matters.data.generated.planning import Planned, plan
from services.matters.data.generated.sheets import Sheets
from services.matters.data.generated.terms import read
from yimen.matters.v1 import matter_pb2, units_pb2

__all__ = ["matters", "total"]


def total() -> int:
    """How many matters the whole list has."""
    return int(read("totals.yaml")["matters"])


def matters(
    units: Sequence[units_pb2.CreateUnitRequest], kept: Iterable[matter_pb2.CreateMatterRequest]
) -> Iterator[matter_pb2.CreateMatterRequest]:
    """What creates each generated matter, in the order of types: with `kept`, which it does not give, they make the totals.

    The same units and kept matters always give the same. ValueError where the terms do not suffice for a total.
    """
    sheets = Sheets(units)
    for planned in plan(units, list(kept)):
        yield matter_pb2.CreateMatterRequest(parent=Planned.PARENT, matter_id=planned.matter_id, matter=sheets.matter(planned))
