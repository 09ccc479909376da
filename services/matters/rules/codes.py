"""Codes of matters, in their three generations. What each part is, and how sure that is, docs/matters.md says.

| generation | basic code | implementation code |
| Guangdong, 2014 | | organisation code 9, type 2, main item 5, sub-item 3, level 1, division 6: 26 |
| GB/T 39046-2020 | type 2, main item 5, sub-item 3: 10 | organisation code 9, level 1, basic code 10, handling item 4: 24 |
| C0109.1, GB/T 39554.1-2020 | region 2, and the ten: 12 | credit code 18, level 1, basic code 12: 31 |

Organisation codes are those of GB 11714, credit codes those of GB 32100, whose characters 9 to 17 are the organisation code.
"""

import re
from dataclasses import dataclass
from typing import Protocol

from stdnum.cn import uscc

from services.matters.rules.shape import MatterType

_ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_TEN = r"(?P<matter_type>\d{2})(?P<main_item>\d{5})(?P<sub_item>\d{3})"
_BASIC = re.compile(rf"(?P<region>\d{{2}}){_TEN}", re.ASCII)
_IMPLEMENTATION = re.compile(r"(?P<subject>.{18})(?P<level>[1-7])(?P<basic>.{12})", re.ASCII)
_GBT39046 = re.compile(rf"(?P<organisation>.{{9}})(?P<level>[1-7]){_TEN}(?P<handling_item>\d{{4}})", re.ASCII)
_GUANGDONG = re.compile(rf"(?P<organisation>.{{9}}){_TEN}(?P<level>[1-7])(?P<division>\d{{6}})", re.ASCII)
# Main items from here on are this platform's to give: no catalogue above it has them, nor does the data that it comes with.
FIRST_OWN_ITEM, LAST_ITEM = 99_001, 99_999
_WHOLE_ITEM = "000"
_WHOLE_MATTER = "0000"


@dataclass(frozen=True)
class BasicCode:
    """A basic code in its parts; `matter_type` is the standard's code, e.g. 01."""

    region: str
    matter_type: str
    main_item: str
    sub_item: str = _WHOLE_ITEM

    def __str__(self) -> str:
        return f"{self.region}{self.ten}"

    @property
    def ten(self) -> str:
        """The basic code of GB/T 39046: the same without its region."""
        return f"{self.matter_type}{self.main_item}{self.sub_item}"

    @classmethod
    def parse(cls, code: str) -> "BasicCode | None":
        """The parts of `code`, or None where it is no basic code."""
        match = _BASIC.fullmatch(code)
        return cls(**match.groupdict()) if match else None


@dataclass(frozen=True)
class ImplementationCode:
    """The third generation in its parts."""

    subject: str
    level: str
    basic: BasicCode

    def __str__(self) -> str:
        return f"{self.subject}{self.level}{self.basic}"

    @classmethod
    def parse(cls, code: str) -> "ImplementationCode | None":
        """The parts of `code`, or None where its form or a check character of its credit code is wrong."""
        match = _IMPLEMENTATION.fullmatch(code)
        basic = BasicCode.parse(match["basic"]) if match else None
        if not match or basic is None or not is_credit_code(match["subject"]):
            return None
        return cls(match["subject"], match["level"], basic)

    def gbt39046(self) -> "EarlierCode":
        """The same matter's code of the second generation."""
        return EarlierCode(organisation_of(self.subject), self.level, self.basic.ten, handling_item=_WHOLE_MATTER)

    def guangdong(self, division: str) -> "EarlierCode":
        """The same matter's code of the first generation; `division` has six digits."""
        return EarlierCode(organisation_of(self.subject), self.level, self.basic.ten, division=division)


@dataclass(frozen=True)
class EarlierCode:
    """An implementation code of the first generation (it names a division) or the second (it names a handling item)."""

    organisation: str
    level: str
    ten: str
    handling_item: str = ""
    division: str = ""

    def __str__(self) -> str:
        if self.division:
            return f"{self.organisation}{self.ten}{self.level}{self.division}"
        return f"{self.organisation}{self.level}{self.ten}{self.handling_item}"

    @classmethod
    def parse(cls, code: str) -> "EarlierCode | None":
        """The parts of a code of 26 or 24 characters, or None where its form or its organisation code is wrong."""
        match = _GUANGDONG.fullmatch(code) or _GBT39046.fullmatch(code)
        if not match or not is_organisation_code(match["organisation"]):
            return None
        parts = match.groupdict()
        ten = "".join(parts.pop(part) for part in ("matter_type", "main_item", "sub_item"))
        return cls(ten=ten, **parts)


class Coded(Protocol):
    """What carries codes: elements, which may be completed."""

    @property
    def exercise_level(self) -> int: ...

    basic_code: str
    implementation_code: str
    gbt39046_basic_code: str
    gbt39046_implementation_code: str
    guangdong_code: str


def complete(elements: Coded, unit_code: str, division: str, basic: BasicCode | None = None) -> None:
    """Fills the codes that are absent and follow from others, in place; `basic` is taken where there is no basic code yet.

    `unit_code` is the unit's credit code, `division` the six digits of the list's district. A code that is there stays as it
    is, right or wrong: the rules of publication tell. Nothing is filled in where what it would follow from is no code.
    """
    elements.basic_code = elements.basic_code or str(basic or "")
    known = BasicCode.parse(elements.basic_code)
    if known is None or not elements.exercise_level or not is_credit_code(unit_code):
        return
    code = ImplementationCode(unit_code, str(int(elements.exercise_level)), known)
    elements.implementation_code = elements.implementation_code or str(code)
    elements.gbt39046_basic_code = elements.gbt39046_basic_code or known.ten
    elements.gbt39046_implementation_code = elements.gbt39046_implementation_code or str(code.gbt39046())
    elements.guangdong_code = elements.guangdong_code or str(code.guangdong(division))


def issued_by(elements: Coded) -> list[str]:
    """The codes that become the matter's for ever once it is published: its implementation code, where it has one.

    Those of the earlier generations follow from it, and the rules of publication see to that. A basic code is none of them:
    whoever carries out the same item elsewhere has it too.
    """
    return [elements.implementation_code] if elements.implementation_code else []


def carried(elements: Coded) -> tuple[str, ...]:
    """The codes of every generation, empty where one is absent."""
    return (
        elements.basic_code,
        elements.implementation_code,
        elements.gbt39046_basic_code,
        elements.gbt39046_implementation_code,
        elements.guangdong_code,
    )


def type_code(matter_type: MatterType | int) -> str:
    """The standard's two digits for a type: the enum is numbered by them."""
    return f"{int(matter_type):02d}"


def is_credit_code(code: str) -> bool:
    """GB 32100: eighteen characters whose check character is right, as is that of the organisation code within."""
    return len(code) == 18 and uscc.is_valid(code) and is_organisation_code(organisation_of(code))


def organisation_of(credit_code: str) -> str:
    """The organisation code within a credit code."""
    return credit_code[8:17]


def is_organisation_code(code: str) -> bool:
    """GB 11714: eight digits or capitals and a check character, modulo 11."""
    if len(code) != 9 or any(character not in _ORGANISATION for character in code):
        return False
    total = sum(_ORGANISATION.index(c) * weight for c, weight in zip(code, _ORGANISATION_WEIGHTS, strict=False))
    return code[8] == "0123456789X0"[11 - total % 11]
