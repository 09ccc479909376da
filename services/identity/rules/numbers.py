"""Numbers of people and organisations: GB 11643 resident ids, GB 32100 credit codes, GB 11714 organisation codes.

No message here repeats a resident id.
"""

from datetime import date

from stdnum import numdb
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength, ValidationError

from services.chassis.errors import InvalidFields, Violation

_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class BadResidentId(InvalidFields):
    """A resident id that GB 11643 does not allow."""

    def __init__(self, field: str, zh: str, en: str) -> None:
        super().__init__([Violation(field, "resident_id", f"公民身份号码{zh}", f"the resident id {en}")])


class BadOrganisationCode(InvalidFields):
    """Neither a unified social credit code nor an organisation code."""

    def __init__(self, field: str) -> None:
        zh = "不是有效的统一社会信用代码或组织机构代码"
        en = "this is neither a unified social credit code (GB 32100) nor an organisation code (GB 11714)"
        super().__init__([Violation(field, "organisation_code", zh, en)])


def resident_id(text: str, today: date, *, field: str = "resident_id") -> str:
    """The number in its canonical form (18 characters, no spaces, capital X); BadResidentId says what is wrong with it."""
    number = "".join(text.split()).upper()
    try:
        ric.validate(number)
    except InvalidLength:
        raise BadResidentId(field, "应为 18 位", "must have 18 characters") from None
    except InvalidFormat:
        raise BadResidentId(field, "含有不允许的字符", "has characters that are not allowed") from None
    except InvalidChecksum:
        raise BadResidentId(field, "校验码不正确", "has a wrong check character") from None
    except ValidationError:
        # stdnum wants the county to have had its code in the year of birth, but the number is given at the first registration:
        # people older than Longgang District (1992) hold numbers that begin with 440307.
        _checked_parts(number, field)
    if ric.get_birth_date(number) > today:
        raise BadResidentId(field, "出生日期在将来", "has a birth date in the future")
    return number


def _checked_parts(number: str, field: str) -> None:
    try:
        ric.get_birth_date(number)
    except ValidationError:
        raise BadResidentId(field, "出生日期不存在", "has a birth date that does not exist") from None
    if not any("county" in facts for _, facts in numdb.get("cn/loc").info(number[:6])):
        raise BadResidentId(field, "地址码不存在", "has an address code that does not exist")


def masked(number: str) -> str:
    """A resident id with all but its first six and last two characters masked."""
    return f"{number[:6]}{'*' * 10}{number[-2:]}"


def organisation_code(text: str, *, field: str = "organisation.code") -> str:
    """The canonical form: 18 characters by GB 32100, or 9 by GB 11714 without the hyphen; else BadOrganisationCode."""
    code = text.replace("-", "").replace(" ", "").upper()
    if len(code) == 9 and _is_organisation_code(code):
        return code
    # The characters 9 to 17 of a credit code are the organisation code.
    if uscc.is_valid(code) and _is_organisation_code(code[8:17]):
        return code
    raise BadOrganisationCode(field)


def _is_organisation_code(code: str) -> bool:
    """GB 11714: eight digits or letters and a check character, modulo 11."""
    if any(character not in _ORGANISATION_CHARACTERS for character in code):
        return False
    total = sum(_ORGANISATION_CHARACTERS.index(c) * weight for c, weight in zip(code, _ORGANISATION_WEIGHTS, strict=False))
    return code[8] == "0123456789X0"[11 - total % 11]
