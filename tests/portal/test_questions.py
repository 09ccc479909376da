"""A matter's JSON Schema as questions: what is asked, how it is read, what is wrong with it."""

from typing import Any

import pytest
from starlette.datastructures import FormData, UploadFile

from gateway.portal.questions import answers, questions, read, rows, said_wrong, shown, typed
from gateway.portal.templating import environment
from gateway.portal.texts import speaking

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["mobile", "area", "declaration"],
    "properties": {
        "declaration": {"const": True, "title": "本人承诺属实"},
        "mobile": {"type": "string", "title": "联系手机", "x-title-en": "Mobile number", "pattern": "^1[3-9][0-9]{9}$"},
        "area": {"type": "number", "title": "面积", "minimum": 1.0, "maximum": 500.0},
        "born": {"type": "string", "format": "date", "title": "出生日期"},
        "reason": {"type": "string", "title": "理由", "maxLength": 1000.0},
        "level": {
            "title": "等级",
            "oneOf": [{"const": 1.0, "title": "一级", "x-title-en": "First"}, {"const": 2.0, "title": "二级"}],
        },
        "heated": {"type": "boolean", "title": "有无供暖"},
        "uses": {"type": "array", "title": "用途", "items": {"enum": ["住宅", "商铺"]}},
        "names": {"type": "array", "title": "曾用名", "items": {"type": "string"}},
        "place": {
            "type": "object",
            "title": "场所",
            "required": ["street"],
            "properties": {"street": {"type": "string", "title": "街道"}, "floor": {"type": "integer", "title": "楼层"}},
        },
        "staff": {
            "type": "array",
            "title": "从业人员",
            "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "title": "姓名"}}},
        },
    },
}  # fmt: skip
ASKED = questions(SCHEMA)
POSTED: list[tuple[str, str | UploadFile]] = [
    ("mobile", " 138 0000-0000 "), ("area", "１，２３０．５"), ("born", "1950-02-28"), ("reason", "第一行\r\n第二行"),
    ("level", "2.0"), ("heated", "false"), ("uses", "住宅"), ("uses", "商铺"), ("names", "甲\r\n\r\n乙"),
    ("place.street", "平湖"), ("place.floor", "3"), ("staff.count", "3"), ("staff.0.name", "丙"),
    ("staff.1.name", ""), ("staff.2.name", "丁"), ("declaration", "true"),
]  # fmt: skip
FORM = {
    "mobile": "13800000000", "area": 1230.5, "born": "1950-02-28", "reason": "第一行\n第二行", "level": 2.0, "heated": False,
    "uses": ["住宅", "商铺"], "names": ["甲", "乙"], "place": {"street": "平湖", "floor": 3},
    "staff": [{"name": "丙"}, {"name": "丁"}], "declaration": True,
}  # fmt: skip


def test_what_is_required_comes_first_and_the_declaration_last() -> None:
    names = [question.name for question in ASKED]
    assert names[:2] == ["mobile", "area"]
    assert names[-1] == "declaration"


def test_each_kind_of_question_is_read_as_the_schema_has_it() -> None:
    assert read(ASKED, FormData(POSTED)) == FORM


def test_what_is_left_empty_is_not_in_the_form() -> None:
    assert read(ASKED, FormData([(name, "") for name, _ in POSTED])) == {}


def test_what_is_no_number_is_kept_as_it_was_typed() -> None:
    assert read(ASKED, FormData([("area", "很大"), ("mobile", "12 34"), ("level", "9")])) == {
        "area": "很大", "mobile": "12 34", "level": "9",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1,234.5", 1234.5),
        ("12 000", 12_000),
        ("１，０００", 1000),
        ("-3.25", -3.25),
        ("12,5", "12,5"),
        ("3 5", "3 5"),
        ("３，５", "３，５"),
    ],
)
def test_thousands_may_be_parted_and_a_comma_is_no_point(typed: str, meant: Any) -> None:
    assert read(ASKED, FormData([("area", typed)])) == {"area": meant}


def test_what_is_read_can_be_shown_again_and_read_again() -> None:
    fields: list[tuple[str, str | UploadFile]] = [("staff.count", "2")]

    def put(asked: Any, form: dict[str, Any]) -> None:
        for question in asked:
            value = form.get(question.name.rpartition(".")[2])
            if question.kind == "group":
                put(question.parts, value or {})
            elif question.kind == "rows":
                for row, one in enumerate(value or []):
                    put(question.at(row), one)
            else:
                field = typed(question, value)
                fields.extend((question.name, one) for one in (field if isinstance(field, list) else [field]))

    put(ASKED, FORM)
    assert read(ASKED, FormData(fields)) == FORM


def test_answers_are_said_in_words() -> None:
    said = {question.name: text for question, text in answers(ASKED, FORM)}
    assert said["level"] == "二级"
    assert (said["heated"], said["declaration"]) == ("否", "是")
    assert said["born"] == "1950年2月28日"
    assert said["uses"] == "住宅、商铺"
    assert (said["place.floor"], said["staff.1.name"], said["area"]) == ("3", "丁", "1230.5")
    with speaking("en"):
        [level] = [question for question in questions(SCHEMA) if question.name == "level"]
        assert shown(level, 1.0) == "First"


@pytest.mark.parametrize(
    ("path", "name", "sentence"),
    [
        ("case.form.mobile", "mobile", "“联系手机”应为 11 位手机号码"),
        ("case.form.area", "area", "“面积”应为数字"),
        ("case.form.born", "born", "请填写“出生日期”"),
        ("case.form.level", "level", "请选择“等级”"),
        ("case.form.declaration", "declaration", "请确认：本人承诺属实"),
        ("case.form.staff[1].name", "staff.1.name", "请填写“姓名”"),
        ("case.form.place.street", "place.street", "请填写“街道”"),
        ("case.form.unheard", "unheard", "as the service says"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(path: str, name: str, sentence: str) -> None:
    form = {"mobile": "12", "area": "很大", "staff": [{"name": "丙"}, {}]}
    assert said_wrong(ASKED, {path: "as the service says"}, form) == {name: sentence}


def test_what_is_wrong_with_a_material_is_not_the_forms() -> None:
    assert said_wrong(ASKED, {"case.materials.identity-card": "missing"}, {}) == {}


def test_a_list_shows_a_row_more_where_one_is_asked_for() -> None:
    [staff] = [question for question in ASKED if question.name == "staff"]
    assert [rows(staff, value) for value in (None, [], FORM["staff"])] == [1, 1, 2]
    assert rows(staff, FORM["staff"], FormData([("go", "more:staff")])) == 3
    assert rows(staff, [{}] * 80) == 50


def test_every_kind_of_question_has_a_field_with_a_label() -> None:
    source = '{% import "resident/parts.html" as parts %}{{ parts.fields(asked, form, errors, typed, rows_of) }}'
    page = environment().from_string(source)
    html = page.render(
        asked=ASKED, form=FORM, errors={"staff.1.name": "请填写", "place.street": "请填写"}, typed=typed, rows_of=rows,
        csrf=lambda: "", new_request_id=lambda: "", visit=None,
    )  # fmt: skip
    for name in ("mobile", "born", "reason", "names", "place.floor", "staff.1.name", "declaration"):
        assert f'id="f-{name}"' in html
        assert f'for="f-{name}"' in html or name == "declaration"
    assert html.count('aria-invalid="true"') == 2
    assert 'name="staff.count" value="2"' in html
    assert html.count(" checked") == 5
