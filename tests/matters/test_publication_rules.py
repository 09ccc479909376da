"""Each rule of publication, alone and together."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matters.rules import RULES, violations
from stack.platform import REPOSITORY
from tests.matters.builders import BASIC, UNIT_CODE, a_candidate

_MATERIAL = {
    "id": "form",
    "display_name": {"zh": "申请表"},
    "material_class": "MATERIAL_CLASS_A",
    "originals": 1,
    "issued_by": "申请人自备",
}
_STEP = {"display_name": {"zh": "审查"}, "who": "审批人员", "working_days": 1}
_CONTACTS = {"consultation_telephone": "0755-00000001", "complaint_telephone": "0755-00000002"}
# Elements that a rule judges together.
_SUBJECTS = {
    **dict.fromkeys(["case_type", "promised_limit", "statutory_limit", "steps"], "time"),
    **dict.fromkeys(["matter_type", "basic_code", "implementation_code", "legal_basis", "unit_code"], "nature"),
    **dict.fromkeys(["gbt39046_basic_code", "gbt39046_implementation_code", "guangdong_code"], "nature"),
    **dict.fromkeys(["visits", "visits_reason"], "visits"),
}


def _days(value: int, unit: str = "WORKING_DAY", **more: str) -> dict[str, Any]:
    return {"value": value, "unit": f"TIME_UNIT_{unit}", **more}


def _of_type(code: str, name: str) -> dict[str, Any]:
    basic = f"44{code}90001000"
    return {
        "matter_type": f"MATTER_TYPE_{name}",
        "basic_code": basic,
        "implementation_code": f"{UNIT_CODE}4{basic}",
    }


# Rule → (what breaks it and nothing else, the fields that are wrong).
MISTAKES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "ELEMENTS_COMPLETE": ({"channels": [], "results": []}, ["elements.results", "elements.channels"]),
    "UNIT_KNOWN": ({"unit_code": None}, ["elements.unit"]),
    "CODE_WELL_FORMED": (
        {"implementation_code": f"{UNIT_CODE[:-1]}G4{BASIC}"},
        ["elements.implementation_code"],
    ),
    "CODE_AGREES": (
        {"implementation_code": f"{UNIT_CODE}3440790001000"},
        # level, basic code and type
        ["elements.implementation_code"] * 3,
    ),
    "CODE_UNIQUE": ({"live": "halls/440307/matters/other"}, ["elements.implementation_code"]),
    "CODE_NEVER_REUSED": ({"former": "halls/440307/matters/old"}, ["elements.implementation_code"]),
    "EARLIER_CODES_AGREE": (
        {
            "gbt39046_basic_code": "0190001001",
            "gbt39046_implementation_code": f"PL00000413{BASIC[2:]}0000",
            # a code of the second generation, which is no code of the first
            "guangdong_code": f"PL00000414{BASIC[2:]}0000",
        },
        ["elements.gbt39046_basic_code", "elements.gbt39046_implementation_code", "elements.guangdong_code"],
    ),
    "JOINT_UNITS_KNOWN": ({"strangers": ["units/440307-nobody"]}, ["elements.joint_units"]),
    "LEGAL_BASIS_RANKED": (
        {"legal_basis": [{"title": "民办教育促进法", "rank": "LEGAL_RANK_LAW"}, {"title": "某通知"}]},
        ["elements.legal_basis[1].rank"],
    ),
    "LICENCE_HAS_STATUTORY_BASIS": (
        {"legal_basis": [{"title": "某办法", "rank": "LEGAL_RANK_DEPARTMENT_RULE"}]},
        ["elements.legal_basis"],
    ),
    "PENALTY_HAS_LEGAL_BASIS": (
        _of_type("02", "PENALTY") | {"legal_basis": [{"title": "某通知", "rank": "LEGAL_RANK_NORMATIVE_DOCUMENT"}]},
        ["elements.legal_basis"],
    ),
    "COERCION_HAS_LEGAL_BASIS": (
        _of_type("03", "COERCION") | {"legal_basis": [{"title": "某办法", "rank": "LEGAL_RANK_DEPARTMENT_RULE"}]},
        ["elements.legal_basis"],
    ),
    "LICENCE_IS_ANNOUNCED": ({"conditions": [], "materials": []}, ["elements.conditions", "elements.materials"]),
    "PREREQUISITES_DEFINITE": (
        {
            "name": "halls/440307/matters/this",
            "prerequisites": [
                {"matter": "halls/440307/matters/this", "display_name": "办学许可"},
                {"display_name": "消防验收"},
                {"display_name": "消防验收"},
            ],
        },
        ["elements.prerequisites[0]", "elements.prerequisites[2]"],
    ),
    "LICENCE_LIMIT_EXPLAINED": ({"statutory_limit": _days(30)}, ["elements.statutory_limit.explanation"]),
    "IMMEDIATE_IS_IMMEDIATE": ({"case_type": "CASE_TYPE_IMMEDIATE"}, ["elements.promised_limit"]),
    "PROMISE_IS_A_PROMISE": (
        {"promised_limit": _days(0), "steps": [_STEP | {"working_days": 0}]},
        ["elements.promised_limit"],
    ),
    "PROMISED_WITHIN_STATUTORY": ({"statutory_limit": _days(9)}, ["elements.promised_limit"]),
    "STEPS_WITHIN_PROMISE": ({"steps": [_STEP | {"working_days": 11}]}, ["elements.steps"]),
    "STEPS_NAME_WHO": ({"steps": [_STEP, _STEP | {"who": ""}]}, ["elements.steps[1].who"]),
    "STOPPED_CLOCK_IS_ANNOUNCED": (
        {"steps": [_STEP | {"special_procedure": "SPECIAL_PROCEDURE_HEARING"}]},
        ["elements.steps[0].special_procedure"],
    ),
    "FEES_HAVE_BASIS": ({"fees": [{}]}, ["elements.fees[0]"] * 3),
    "VISITS_HAVE_REASONS": ({"visits_reason": ""}, ["elements.visits_reason"]),
    "WHOLLY_ONLINE_NEEDS_NO_VISIT": (
        {"online_depth": "ONLINE_DEPTH_WHOLE", "channels": ["CHANNEL_WEB"]},
        ["elements.visits"],
    ),
    "ONLINE_HAS_A_CHANNEL": ({"online_depth": "ONLINE_DEPTH_WHOLE", "visits": 0}, ["elements.channels"]),
    "HANDLED_IS_ACCEPTED": ({"handled_at": ["TIER_COMMUNITY"]}, ["elements.accepted_at"]),
    "LISTS_DEFINITE": (
        {
            "service_objects": ["SERVICE_OBJECT_ENTERPRISE", "SERVICE_OBJECT_ENTERPRISE"],
            "channels": ["CHANNEL_COUNTER", "CHANNEL_UNSPECIFIED"],
        },
        ["elements.service_objects", "elements.channels"],
    ),
    "TEXTS_FIT": (
        {"display_name": {"zh": "证" * 201}, "results": [{"display_name": "明" * 101, "type": "RESULT_TYPE_DOCUMENT"}]},
        ["elements.display_name.zh", "elements.results[0].display_name"],
    ),
    "QUESTIONS_ANSWERED": ({"questions": [{"question": "几年有效？"}]}, ["elements.questions[0]"]),
    "TELEPHONES_GIVEN": ({"contacts": {}}, ["elements.contacts"] * 2),
    "COMPLAINT_GOES_ELSEWHERE": (
        {"contacts": _CONTACTS | {"complaint_telephone": "0755-00000001"}},
        ["elements.contacts.complaint_telephone"],
    ),
    "MATERIALS_NAME_ISSUER": (
        {"materials": [_MATERIAL | {"issued_by": ""}]},
        ["elements.materials[0].issued_by"],
    ),
    "MATERIALS_DEFINITE": (
        {
            "materials": [
                _MATERIAL,
                _MATERIAL | {"originals": 0, "material_class": "MATERIAL_CLASS_D", "required": True},
            ]
        },
        # its id again, no copies, required though it arises later
        ["elements.materials[1]"] * 3,
    ),
    "CERTIFICATE_IS_ISSUED_AS_LICENCE": (
        {"results": [{"display_name": "办学许可证", "type": "RESULT_TYPE_DOCUMENT"}]},
        ["elements.results[0].type"],
    ),
    "FORM_IS_JSON_SCHEMA": ({"form_schema": {"type": "objekt"}}, ["elements.form_schema"]),
}


def test_a_sound_matter_breaks_no_rule() -> None:
    assert violations(a_candidate()) == []


def test_every_rule_is_named_once_and_tested() -> None:
    assert [rule.id for rule in RULES] == list(MISTAKES)


def test_the_page_names_every_rule_and_no_other() -> None:
    page = (REPOSITORY / "docs/matters.md").read_text(encoding="utf-8")
    table = page.partition("## What publication demands")[2].partition("\n## ")[0]
    assert set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", table)) - {"INVALID_ARGUMENT"} == {rule.id for rule in RULES}
    assert f"{len(RULES)} named rules" in table


@pytest.mark.parametrize("rule", MISTAKES)
def test_a_mistake_breaks_its_own_rule_alone(rule: str) -> None:
    mistake, fields = MISTAKES[rule]
    found = violations(a_candidate(**mistake))
    assert [(v.rule, v.field) for v in found] == [(rule, field) for field in fields]


@pytest.mark.parametrize("rule", MISTAKES)
def test_a_violation_cites_its_law_in_both_languages(rule: str) -> None:
    law = next(r.law for r in RULES if r.id == rule)
    for violation in violations(a_candidate(**MISTAKES[rule][0])):
        assert law in violation.zh
        assert law in violation.en
        assert violation.zh != violation.en


@given(st.sets(st.sampled_from(sorted(MISTAKES))))
def test_all_mistakes_are_heard_at_once(rules: set[str]) -> None:
    changes: dict[str, Any] = {}
    made, touched = set(), set[str]()
    for rule in sorted(rules):
        mistake, _ = MISTAKES[rule]
        elements = {_SUBJECTS.get(element, element) for element in mistake}
        if "nature" in elements:
            # What a licence owes, a penalty does not.
            elements |= {"conditions", "materials", "time"}
        # Two mistakes in one subject may mend each other.
        if not touched & elements:
            changes |= mistake
            touched |= elements
            made.add(rule)
    assert made <= {violation.rule for violation in violations(a_candidate(**changes))}


@given(st.integers(1, 400), st.integers(1, 400))
def test_a_promise_in_calendar_days_is_compared_in_working_days(promised: int, statutory: int) -> None:
    candidate = a_candidate(
        promised_limit=_days(promised, "CALENDAR_DAY"),
        statutory_limit=_days(statutory, explanation="法律另有规定"),
        steps=[_STEP],
    )
    is_beyond = "PROMISED_WITHIN_STATUTORY" in {v.rule for v in violations(candidate)}
    # Seven calendar days hold five working days.
    assert is_beyond == (promised * 5 > statutory * 7)


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_shorter_promise_never_breaks_the_limit_that_a_longer_one_keeps(one: int, other: int) -> None:
    def is_kept(days: int) -> bool:
        found = violations(a_candidate(promised_limit=_days(days), steps=[_STEP]))
        return "PROMISED_WITHIN_STATUTORY" not in {v.rule for v in found}

    assert is_kept(min(one, other)) or not is_kept(max(one, other))


def test_thirty_working_days_are_beyond_thirty_calendar_days() -> None:
    limits: dict[str, Any] = {
        "promised_limit": _days(30),
        "statutory_limit": _days(30, "CALENDAR_DAY", explanation="条例另有规定"),
    }
    (violation,) = violations(a_candidate(**limits))
    assert violation.zh == "承诺时限 30 个工作日超过法定时限 30 个自然日（GB/T 39046-2020 表 4-15、4-18）"


def test_steps_in_parallel_count_by_the_longest() -> None:
    beside = [_STEP | {"working_days": days, "parallel_group": 1} for days in (9, 4)]
    assert violations(a_candidate(steps=[_STEP, *beside])) == []
    one_after_another = [step | {"parallel_group": 0} for step in beside]
    assert [v.rule for v in violations(a_candidate(steps=one_after_another))] == ["STEPS_WITHIN_PROMISE"]


@pytest.mark.parametrize("hours", [0, 4, 8])
def test_an_immediate_matter_may_take_hours(hours: int) -> None:
    limit: dict[str, Any] = {"promised_limit": _days(hours, "HOUR"), "steps": [_STEP | {"working_days": 0}]}
    assert violations(a_candidate(case_type="CASE_TYPE_IMMEDIATE", **limit)) == []


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ({}, "an object with properties"),
        ({"type": "array"}, "an object with properties"),
        ({"type": "object", "properties": {"age": {"type": "integer"}}}, "$.properties.age: no title"),
        (
            {"type": "object", "properties": {"age": {"title": "年龄"}}, "required": ["name"]},
            "name is no property",
        ),
        ({"type": "object", "properties": {"age": {"title": "年龄", "$ref": "http://a/b"}}}, "$ref"),
    ],
)
def test_a_form_that_cannot_be_filled_is_refused(form: dict[str, Any], fault: str) -> None:
    (violation,) = violations(a_candidate(form_schema=form))
    assert violation.rule == "FORM_IS_JSON_SCHEMA"
    assert fault in violation.en
