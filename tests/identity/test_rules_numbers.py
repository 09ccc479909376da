"""Numbers of people and organisations, by the standards' own examples."""

from datetime import date

import pytest

from services.identity.rules import numbers
from services.identity.rules.numbers import BadOrganisationCode, BadResidentId
from stack.ukey import people

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("11010519491231002X", "11010519491231002X"),  # GB 11643-1999, its example
        ("11010519491231002x", "11010519491231002X"),
        (" 110105 19491231 002X ", "11010519491231002X"),
        # Born before Longgang District (1992), first registered in it.
        ("440307198501010020", "440307198501010020"),
    ],
)
def test_a_right_resident_id_is_brought_into_its_canonical_form(text: str, canonical: str) -> None:
    assert numbers.resident_id(text, TODAY) == canonical


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "18"),
        ("110105491231002", "18"),
        ("110105194912310021", "check character"),
        ("11010519491231ABCX", "characters"),
        ("110105194902300020", "birth date that does not exist"),
        ("999999194912310025", "address code"),
        ("110105203012310026", "future"),
    ],
)
def test_a_wrong_resident_id_is_refused_with_its_fault_and_not_repeated(text: str, wrong: str) -> None:
    with pytest.raises(BadResidentId) as refused:
        numbers.resident_id(text, TODAY)
    assert wrong in refused.value.message("en")
    assert "公民身份号码" in refused.value.message("zh")
    assert refused.value.violations[0].field == "resident_id"
    assert not text or text not in refused.value.message("en") + refused.value.message("zh")


def test_a_masked_number_shows_six_and_two_characters() -> None:
    assert numbers.masked("11010519491231002X") == "110105**********2X"


def test_the_people_of_the_demo_have_right_numbers_that_can_belong_to_nobody() -> None:
    ids = [someone.resident_id for someone in people()]
    assert [numbers.resident_id(number, TODAY) for number in ids] == ids
    assert all(number[6:14] == "18000101" for number in ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("D2143569-X", "D2143569X"),  # GB 11714-1997, its example
        ("192203821", "192203821"),
        ("007543331", "007543331"),
        ("91110000600037341L", "91110000600037341L"),
        ("914403001922038216", "914403001922038216"),
        ("12441500196720244t", "12441500196720244T"),
    ],
)
def test_right_organisation_codes(text: str, canonical: str) -> None:
    assert numbers.organisation_code(text) == canonical


@pytest.mark.parametrize("text", ["192203822", "914403001922038217", "", "12345", "440300192203821", "9144030019220382161"])
def test_wrong_organisation_codes_are_refused(text: str) -> None:
    with pytest.raises(BadOrganisationCode) as refused:
        numbers.organisation_code(text)
    assert refused.value.violations[0].field == "organisation.code"
