"""Codes for what has none: a number for a new item, and all that follows from it and the unit."""

from services.matters.documents import ItemSeries, Matter, Unit, Version
from services.matters.rules import codes
from services.matters.rules.codes import BasicCode
from yimen.matters.v1 import elements_pb2

_PROVINCE, _DIVISION = 2, 6


def complete(matter: Matter, version: Version) -> None:
    """Gives a version that has not begun the codes that it lacks: a new item of its own only where it has no basic code.

    Nothing is given where type, level or unit do not say to whom: the rules of publication tell. NumbersUsedUp.
    """
    elements = matter.elements_of(version)
    if complete_elements(matter.hall, elements):
        matter.amend(version, elements)


def complete_elements(hall: str, elements: elements_pb2.Elements) -> bool:
    """The same for elements by themselves, in place; whether any code was lacking and could be given."""
    before = codes.carried(elements)
    if all(before):
        return False
    unit_code = Unit.credit_code_of(elements.unit) or ""
    codes.complete(elements, unit_code, hall[:_DIVISION], None if elements.basic_code else _new(hall, elements, unit_code))
    return codes.carried(elements) != before


def _new(hall: str, elements: elements_pb2.Elements, unit_code: str) -> BasicCode | None:
    if not (elements.matter_type and elements.exercise_level and codes.is_credit_code(unit_code)):
        return None
    matter_type = codes.type_code(elements.matter_type)
    while True:
        basic = BasicCode(hall[:_PROVINCE], matter_type, ItemSeries.next_item(hall, matter_type))
        code = codes.ImplementationCode(unit_code, str(int(elements.exercise_level)), basic)
        if not Matter.holders_of(hall, [str(code)]):
            return basic
