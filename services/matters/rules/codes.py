"""Codes of matters: the second and third generation of 事项编码 (C0109.1, GB/T 39554.1-2020).

A basic code has 12 digits: region 2, type 2, main item 5, sub-item 3. An implementation code has 31
characters: the unified social credit code of the implementer (GB 32100), the exercise level, the basic code.
"""

from dataclasses import dataclass

from stdnum.cn import uscc

from services.matters.rules.shape import MatterType

_SUBJECT, _LEVEL, _BASIC = 18, 1, 12


@dataclass(frozen=True)
class BasicCode:
    """A basic code in its parts; `matter_type` is the standard's code, e.g. 01."""

    region: str
    matter_type: str
    main_item: str
    sub_item: str

    def __str__(self) -> str:
        return f"{self.region}{self.matter_type}{self.main_item}{self.sub_item}"

    @classmethod
    def parse(cls, code: str) -> "BasicCode | None":
        """The parts of `code`, or None where it is no basic code."""
        if len(code) != _BASIC or not (code.isascii() and code.isdigit()):
            return None
        return cls(code[:2], code[2:4], code[4:9], code[9:])


@dataclass(frozen=True)
class ImplementationCode:
    """An implementation code in its parts."""

    subject: str
    level: str
    basic: BasicCode

    def __str__(self) -> str:
        return f"{self.subject}{self.level}{self.basic}"

    @classmethod
    def parse(cls, code: str) -> "ImplementationCode | None":
        """The parts of `code`, or None where its form or the check character of its credit code is wrong."""
        if len(code) != _SUBJECT + _LEVEL + _BASIC:
            return None
        subject, level, basic = code[:_SUBJECT], code[_SUBJECT], BasicCode.parse(code[_SUBJECT + _LEVEL :])
        if basic is None or level not in "1234567" or not uscc.is_valid(subject):
            return None
        return cls(subject, level, basic)


def type_code(matter_type: MatterType | int) -> str:
    """The standard's two digits for a type: the enum is numbered by them."""
    return f"{int(matter_type):02d}"
