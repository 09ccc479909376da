"""Codes and states."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matters.rules import State, VersionState, difference, shape
from services.matters.rules.codes import BasicCode, ImplementationCode
from tests.matters.builders import UNIT_CODE
from yimen.matters.v1 import elements_pb2, matter_pb2, versions_pb2

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
digits = st.text("0123456789", min_size=12, max_size=12)


@given(digits, st.sampled_from("1234567"))
def test_a_code_is_what_its_parts_say(basic: str, level: str) -> None:
    code = f"{UNIT_CODE}{level}{basic}"
    parts = ImplementationCode.parse(code)
    assert parts
    assert str(parts) == code
    assert (parts.subject, parts.level, str(parts.basic)) == (UNIT_CODE, level, basic)


@given(digits, st.integers(0, 17), st.sampled_from(_ALPHABET))
def test_one_wrong_character_of_the_credit_code_is_found(basic: str, at: int, wrong: str) -> None:
    code = f"{UNIT_CODE}4{basic}"
    typo = code[:at] + wrong + code[at + 1 :]
    assert typo == code or ImplementationCode.parse(typo) is None


@pytest.mark.parametrize("code", ["", "44019000100", "4401900010000", "44019000100x", "４４０１９０００１０００"])
def test_what_has_not_twelve_digits_is_no_basic_code(code: str) -> None:
    assert BasicCode.parse(code) is None


def test_a_real_code_of_shenzhen_is_read() -> None:
    # A guide of 坪山 at gdzwfw.gov.cn, without the two digits of its business item.
    code = ImplementationCode.parse("1144030069395366354440114024003")
    assert code
    assert code.basic == BasicCode("44", "01", "14024", "003")


@pytest.mark.parametrize(
    "values",
    [
        State,
        VersionState,
        difference.Kind,
        shape.MatterType,
        shape.CaseType,
        shape.TimeUnit,
        shape.LegalRank,
        shape.ResultType,
        shape.OnlineDepth,
        shape.Channel,
        shape.MaterialClass,
    ],
)
def test_the_rules_count_as_the_contract_does(values: type[State]) -> None:
    name = {"State": "MatterState", "Kind": "ChangeKind"}.get(values.__name__, values.__name__)
    files = (elements_pb2, matter_pb2, versions_pb2)
    enum = next(found for file in files if (found := file.DESCRIPTOR.enum_types_by_name.get(name)))
    prefix = "".join(f"_{c}" if c.isupper() else c for c in name).strip("_").upper()
    assert {f"{prefix}_{value.name}": value.value for value in values}.items() <= {
        value.name: value.number for value in enum.values
    }.items()
