"""Codes and states."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import FailedPrecondition
from services.matters import rules
from services.matters.rules import State, shape
from services.matters.rules.codes import BasicCode, ImplementationCode
from services.matters.rules.states import MatterNotDraft, MatterNotPublished
from tests.matters.builders import UNIT_CODE
from yimen.matters.v1 import elements_pb2, matters_pb2

_NOW = datetime(2015, 3, 2, 9, tzinfo=UTC)
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


def a_stored_matter(state: State = State.DRAFT) -> SimpleNamespace:
    return SimpleNamespace(
        name="halls/440307/matters/a",
        state=state,
        matter_version=0,
        publish_time=None,
        cancel_time=None,
        cancel_reason="",
    )


def test_a_draft_is_published_and_then_cancelled() -> None:
    matter = a_stored_matter()
    rules.publish(matter, at=_NOW)
    assert (matter.state, matter.matter_version, matter.publish_time) == (State.PUBLISHED, 1, _NOW)
    rules.cancel(matter, "并入其他事项", at=_NOW)
    assert (matter.state, matter.cancel_reason, matter.cancel_time) == (
        State.CANCELLED,
        "并入其他事项",
        _NOW,
    )


@pytest.mark.parametrize("state", [State.PUBLISHED, State.CANCELLED])
def test_what_was_published_is_not_edited(state: State) -> None:
    with pytest.raises(MatterNotDraft) as refused:
        rules.edit(a_stored_matter(state))
    assert "不是草稿" in refused.value.message("zh")


@pytest.mark.parametrize("state", [State.DRAFT, State.CANCELLED])
def test_only_what_is_on_the_list_is_taken_off(state: State) -> None:
    with pytest.raises(MatterNotPublished):
        rules.cancel(a_stored_matter(state), "reason", at=_NOW)


@given(st.lists(st.sampled_from(["edit", "publish", "cancel"])))
def test_no_history_leaves_the_one_path(acts: list[str]) -> None:
    matter = a_stored_matter()
    seen = [matter.state]
    for act in acts:
        before = vars(matter).copy()
        try:
            {
                "edit": lambda: rules.edit(matter),
                "publish": lambda: rules.publish(matter, at=_NOW),
                "cancel": lambda: rules.cancel(matter, "reason", at=_NOW),
            }[act]()
        except FailedPrecondition:
            assert vars(matter) == before
        if matter.state != seen[-1]:
            seen.append(matter.state)
    assert seen == [State.DRAFT, State.PUBLISHED, State.CANCELLED][: len(seen)]
    assert matter.matter_version == (len(seen) > 1)


@pytest.mark.parametrize(
    "values",
    [
        State,
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
    name = "MatterState" if values is State else values.__name__
    enum = {**elements_pb2.DESCRIPTOR.enum_types_by_name, **matters_pb2.DESCRIPTOR.enum_types_by_name}[name]
    prefix = "".join(f"_{c}" if c.isupper() else c for c in name).strip("_").upper()
    assert {f"{prefix}_{value.name}": value.value for value in values}.items() <= {
        value.name: value.number for value in enum.values
    }.items()
