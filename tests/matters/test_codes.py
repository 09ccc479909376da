"""The three generations of codes: taken apart, completed, held to the numbers within them."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from services.matters.rules import codes
from services.matters.rules.codes import BasicCode, EarlierCode, ImplementationCode
from tests.matters.builders import BASIC, UNIT_CODE, some_elements

DIVISION = "440307"
# A code as Shenzhen's online hall gave it (wsbs.sz.gov.cn/shenzhen/project/phoneGuide?code=…): the passport.
OF_SHENZHEN = "00754268901001650013440300"
_OF_CREDIT_CODES = "0123456789ABCDEFGHJKLMNPQRTUWXY"

digits = st.text("0123456789", min_size=12, max_size=12)
levels = st.sampled_from("1234567")


def organisation(body: str) -> str:
    """An organisation code of eight characters and their check character."""
    return next(code for check in "0123456789X" if codes.is_organisation_code(code := body + check))


organisations = st.text(_OF_CREDIT_CODES, min_size=8, max_size=8).map(organisation)
# X alone of the check characters is one of GB 32100's letters too, so every organisation code fits into a credit code.
units = organisations.map(lambda code: (body := f"11{DIVISION}{code}") + uscc.calc_check_digit(body))


@given(units, levels, digits)
def test_a_code_of_each_generation_is_what_its_parts_say(unit: str, level: str, basic: str) -> None:
    code = ImplementationCode.parse(f"{unit}{level}{basic}")
    assert code is not None
    assert str(code) == f"{unit}{level}{basic}"
    for earlier, length in ((code.gbt39046(), 24), (code.guangdong(DIVISION), 26)):
        assert len(str(earlier)) == length
        assert EarlierCode.parse(str(earlier)) == earlier
        assert (earlier.organisation, earlier.level, earlier.ten) == (unit[8:17], level, basic[2:])


@given(units, st.integers(0, 17), st.sampled_from(_OF_CREDIT_CODES))
def test_a_slip_in_the_credit_code_is_seen(unit: str, place: int, other: str) -> None:
    wrong = unit[:place] + other + unit[place + 1 :]
    assert (ImplementationCode.parse(f"{wrong}4{BASIC}") is None) == (wrong != unit)


@given(st.text("0123456789", min_size=8, max_size=8).map(organisation), st.integers(0, 7), st.sampled_from("0123456789"))
def test_a_slip_in_the_organisation_code_is_seen(code: str, place: int, other: str) -> None:
    wrong = code[:place] + other + code[place + 1 :]
    assert (EarlierCode.parse(f"{wrong}4{BASIC[2:]}0000") is None) == (wrong != code)


def test_the_code_of_shenzhens_online_hall_is_read() -> None:
    code = EarlierCode.parse(OF_SHENZHEN)
    assert code == EarlierCode("007542689", level="3", ten="0100165001", division="440300")
    assert str(code) == OF_SHENZHEN


@pytest.mark.parametrize(
    "code",
    [
        "",
        BASIC,
        f"{UNIT_CODE}8{BASIC}",
        f"{UNIT_CODE}4{BASIC[:-1]}",
        f"{UNIT_CODE}4{BASIC}0",
        f"{UNIT_CODE}4{BASIC[:-1]}x",
        f"{UNIT_CODE}4{BASIC[:-1]}٣",  # a digit, not one of ours
        f"{UNIT_CODE.lower()}4{BASIC}",
        f" {UNIT_CODE}4{BASIC}",
        f"{UNIT_CODE}4{BASIC}\n",
    ],
)
def test_what_only_looks_like_a_code_is_none(code: str) -> None:
    assert ImplementationCode.parse(code) is None


@pytest.mark.parametrize(
    "code", ["", OF_SHENZHEN[:-1], f"{OF_SHENZHEN}\n", OF_SHENZHEN.replace("3440300", "0440300"), "x" * 24]
)
def test_what_only_looks_like_an_earlier_code_is_none(code: str) -> None:
    assert EarlierCode.parse(code) is None


_CODES = ("basic_code", "implementation_code", "gbt39046_basic_code", "gbt39046_implementation_code", "guangdong_code")
_NO_CODES = dict.fromkeys(_CODES, "")


def _codes(elements: codes.Coded) -> dict[str, str]:
    return {field: getattr(elements, field) for field in _CODES}


def test_absent_codes_follow_from_the_basic_code_and_the_unit() -> None:
    elements = some_elements(**_NO_CODES | {"basic_code": BASIC})
    codes.complete(elements, UNIT_CODE, DIVISION)
    assert _codes(elements) == {
        "basic_code": "440190001000",
        "implementation_code": "11440307PL0000041H4440190001000",
        "gbt39046_basic_code": "0190001000",
        "gbt39046_implementation_code": "PL000004140190001000" + "0000",
        "guangdong_code": "PL0000041" + "0190001000" + "4" + "440307",
    }


def test_a_new_basic_code_is_taken_only_where_there_is_none() -> None:
    new = BasicCode("44", "01", "90777")
    without, with_one = some_elements(**_NO_CODES), some_elements(**_NO_CODES | {"basic_code": BASIC})
    for elements in (without, with_one):
        codes.complete(elements, UNIT_CODE, DIVISION, new)
    assert (without.basic_code, with_one.basic_code) == ("440190777000", BASIC)


@given(st.fixed_dictionaries({field: st.sampled_from(["", "as it was"]) for field in _CODES}), st.booleans())
def test_no_code_that_is_there_is_changed_and_a_second_time_changes_nothing(stated: dict[str, str], is_known: bool) -> None:
    elements = SimpleNamespace(matter_type=1, exercise_level=4, **stated)
    unit = UNIT_CODE if is_known else ""
    codes.complete(elements, unit, DIVISION, BasicCode("44", "01", "90777"))
    once = _codes(elements)
    assert {field: code for field, code in stated.items() if code}.items() <= once.items()
    codes.complete(elements, unit, DIVISION, BasicCode("44", "01", "90778"))
    assert _codes(elements) == once


def test_the_code_that_becomes_a_matters_own_is_the_one_that_names_who_carries_it_out() -> None:
    elements = some_elements(**_NO_CODES | {"basic_code": BASIC})
    assert codes.issued_by(elements) == []
    codes.complete(elements, UNIT_CODE, DIVISION)
    assert codes.issued_by(elements) == [f"{UNIT_CODE}4{BASIC}"]
