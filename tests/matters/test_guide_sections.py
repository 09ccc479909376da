"""A guide says every element of its matter, in both languages where both are known."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from services.matters import data
from services.matters.guide import composing, words
from tests.matters.builders import some_elements
from yimen.halls.v1 import halls_pb2
from yimen.matters.v1 import elements_pb2, guide_pb2, matter_pb2

ENUMS = [
    elements_pb2.MatterType,
    elements_pb2.ExerciseLevel,
    elements_pb2.SubjectNature,
    elements_pb2.ServiceObject,
    elements_pb2.Channel,
    elements_pb2.CaseType,
    elements_pb2.TimeUnit,
    elements_pb2.ResultType,
    elements_pb2.OnlineDepth,
    elements_pb2.MaterialClass,
    elements_pb2.SpecialProcedure,
    elements_pb2.LegalRank,
    elements_pb2.ProvenanceKind,
    halls_pb2.Tier,
]


def guide_of(elements: elements_pb2.Elements, *provenance: elements_pb2.Provenance, **units: str) -> guide_pb2.Guide:
    matter = matter_pb2.Matter(elements=elements, provenance=provenance)
    return composing.composed("halls/440307/matters/a", matter.SerializeToString(), tuple(units.items()))


def rows(guide: guide_pb2.Guide, section: str) -> dict[str, str]:
    """The rows of a section in English, or in Chinese where there is none."""
    (found,) = (one for one in guide.sections if one.id == section)
    return {row.label.en or row.label.zh: row.value.en or row.value.zh for row in found.rows}


def leaves(message: Descriptor, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every field of the elements that holds a value, by its path."""
    for field in message.fields:
        inner = field.message_type
        if inner is not None and inner.full_name.startswith("yimen."):
            yield from leaves(inner, (*path, field.name))
        else:
            yield *path, field.name


def changed(elements: elements_pb2.Elements, path: tuple[str, ...]) -> elements_pb2.Elements:
    """The elements with another value at a path, whose parents are there already."""
    elements = elements_pb2.Elements.FromString(elements.SerializeToString())
    parent: Any = elements
    for name in path[:-1]:
        parent = getattr(parent, name)
        parent = parent[0] if hasattr(parent, "add") else parent
    field = parent.DESCRIPTOR.fields_by_name[path[-1]]
    if field.message_type is not None:
        parent.form_schema.update({"type": "object", "properties": {"other": {"title": "另一项"}}})
        return elements
    now = getattr(parent, field.name)
    values: dict[int, Any] = {
        FieldDescriptor.CPPTYPE_STRING: "七四一",
        FieldDescriptor.CPPTYPE_BOOL: not now,
    }
    if field.enum_type is not None:
        values[field.cpp_type] = next(v.number for v in field.enum_type.values if v.number and v.number != now)
    value = values.get(field.cpp_type, 17)
    if hasattr(now, "append"):
        now.append(value)
    else:
        setattr(parent, field.name, value)
    return elements


WHOLE = some_elements(
    joint_units=["units/440307-public-security"],
    fees=[{"item": "工本费", "standard": "每证 5 元", "basis": "粤价〔2011〕42 号"}],
    prerequisites=[{"display_name": "环境影响评价"}],
    questions=[{"question": "要多久？", "answer": "十天。"}],
    steps=[
        {"display_name": {"zh": "受理"}, "who": "窗口人员", "working_days": 1},
        {"display_name": {"zh": "审查"}, "who": "审批人员", "working_days": 8, "parallel_group": 17},
    ],
    contacts={"address": "某大厅", "opening_hours": "全天", "consultation_telephone": "1", "complaint_telephone": "2"},
)


@pytest.mark.parametrize("path", [*leaves(elements_pb2.Elements.DESCRIPTOR)], ids=".".join)
def test_a_change_of_any_element_is_seen_in_the_guide(path: tuple[str, ...]) -> None:
    assert guide_of(changed(WHOLE, path)) != guide_of(WHOLE)


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.DESCRIPTOR.name)
def test_every_code_has_words_in_both_languages(enum: Any) -> None:
    for value in enum.values():
        assert bool(value) == bool(words.code(enum, value).zh) == bool(words.code(enum, value).en), enum.Name(value)


def test_a_value_that_no_contract_names_is_shown_as_it_is() -> None:
    assert rows(guide_of(some_elements(channels=[1, 77])), "channels")["Ways to apply"] == "At a counter, 77"


def test_every_class_of_materials_is_explained() -> None:
    for value in elements_pb2.MaterialClass.values():
        assert bool(value) == bool(words.class_meaning(value).en)


def test_a_limit_is_said_as_people_say_it() -> None:
    def said(value: int, unit: str) -> tuple[str, str]:
        limit = words.limit(json_format.ParseDict({"value": value, "unit": f"TIME_UNIT_{unit}"}, elements_pb2.Limit()))
        return limit.zh, limit.en

    assert said(1, "WORKING_DAY") == ("1 个工作日", "1 working day")
    assert said(20, "CALENDAR_DAY") == ("20 个自然日", "20 calendar days")
    assert said(2, "MONTH") == ("2 个月", "2 months")
    assert said(0, "WORKING_DAY") == ("当场办结", "On the spot")
    assert words.limit(elements_pb2.Limit()).en == "not stated"


def test_the_glossary_translates_lists_and_choices_part_by_part() -> None:
    assert words.english("公安机关、开户银行") == "public security, bank of the account"
    assert words.english("不动产登记机关或出租人") == "real-estate registry or lessor"
    assert words.english("10 年") == "10 years"
    assert words.english("公安机关、某某机构") == ""


def test_the_whole_list_can_be_read_in_english_but_for_some_conditions_and_results() -> None:
    said, conditions, results = set[str](), Counter[bool](), Counter[bool]()
    for request in data.everything():
        elements = request.matter.elements
        assert elements.display_name.en
        assert all(step.display_name.en for step in elements.steps)
        assert all(material.display_name.en for material in elements.materials)
        said |= {step.who for step in elements.steps} | {elements.visits_reason}
        said |= {phrase for material in elements.materials for phrase in (material.issued_by, material.notes)}
        conditions.update(bool(words.english(condition)) for condition in elements.conditions)
        results.update(bool(words.english(result.display_name)) for result in elements.results)
    assert {phrase for phrase in said if phrase and not words.english(phrase)} == set()
    assert conditions[True] > 0.9 * conditions.total()
    assert results[True] > 0.7 * results.total()


def test_the_reference_list_is_in_english_but_for_the_law_codes_sources_and_names() -> None:
    for request in [*data.matters(), *data.urban_renewal()]:
        sections = [s for s in guide_of(request.matter.elements).sections if s.id not in ("basis", "codes", "sources")]
        chinese_alone = {row.label.en for section in sections for row in section.rows if not row.value.en}
        assert chinese_alone <= {"Also called", "Unit in charge"}


def test_units_are_called_by_their_names() -> None:
    guide = guide_of(WHOLE, **{WHOLE.unit: "区教育局", "units/440307-public-security": "公安分局"})
    assert rows(guide, "basics")["Unit in charge"] == "区教育局"
    assert rows(guide, "basics")["Together with"] == "公安分局"


def test_what_stands_in_for_the_unknown_is_marked_in_both_languages() -> None:
    contacts = {"consultation_telephone": "0755-00000001", "placeholder": True}
    (section,) = (s for s in guide_of(some_elements(contacts=contacts)).sections if s.id == "contacts")
    assert (section.rows[0].value.zh, section.rows[0].value.en) == (
        "0755-00000001（待核实）",
        "0755-00000001 (to be confirmed)",
    )


def test_no_fee_and_no_condition_are_said_rather_than_left_open() -> None:
    guide = guide_of(some_elements(conditions=[]))
    assert list(rows(guide, "fees").values()) == ["No fee"]
    assert list(rows(guide, "conditions").values()) == ["No particular condition"]


def test_a_fee_is_said_in_yuan_with_its_basis() -> None:
    fee = {"item": "工本费", "standard": "每证", "basis": "粤价〔2011〕42 号", "amount_fen": 123456}
    (section,) = (s for s in guide_of(some_elements(fees=[fee])).sections if s.id == "fees")
    assert section.rows[0].value.zh == "1,234.56 元；每证；依据：粤价〔2011〕42 号"


def test_the_form_is_asked_in_the_order_of_what_is_required_and_ends_with_the_declaration() -> None:
    schema = {
        "type": "object",
        "required": ["promise", "zone", "area"],
        "properties": {
            "area": {"title": "面积", "x-title-en": "Area"},
            "extra": {"title": "备注", "x-title-en": "Remark"},
            "promise": {"title": "承诺", "x-title-en": "Declaration", "const": True},
            "zone": {
                "title": "区域",
                "oneOf": [{"const": "a", "title": "甲", "x-title-en": "A"}, {"const": "b", "title": "乙"}],
            },
        },
    }
    asked = rows(guide_of(some_elements(form_schema=schema)), "form")
    assert list(asked.items()) == [
        ("区域", "required; A, 乙"),
        ("Area", "required"),
        ("Remark", "optional"),
        ("Declaration", "required"),
    ]


def test_a_prerequisite_of_the_list_can_be_followed() -> None:
    before = [
        {"matter": "halls/440307/matters/drainage", "display_name": "排水许可"},
        {"display_name": "土地批准"},
    ]
    (section,) = (s for s in guide_of(some_elements(prerequisites=before)).sections if s.id == "prerequisites")
    assert [row.resource for row in section.rows] == ["halls/440307/matters/drainage", ""]
    assert section.rows[1].value.zh == "土地批准；其他机关的决定"


def test_a_material_says_how_many_from_whom_and_what_its_class_means() -> None:
    material = {
        "id": "card", "display_name": {"zh": "身份证"}, "material_class": "MATERIAL_CLASS_C", "required": True,
        "originals": 1, "copies": 2, "issued_by": "公安机关", "notes": "验原件", "sample": "https://example.org/card.png",
    }  # fmt: skip
    (said,) = guide_of(some_elements(materials=[material])).materials
    assert (said.asked_for.zh, said.asked_for.en) == ("必须提交；原件 1 份、复印件 2 份", "required; 1 original, 2 copies")
    assert (said.issued_by.en, said.notes.en) == ("public security", "The original is shown.")
    assert said.class_meaning.zh.startswith("C 类（共享核验）：由大厅从共享信息中查得")
    assert said.sample == "https://example.org/card.png"


def test_what_the_applicant_fills_in_has_the_matters_form_for_its_sample() -> None:
    (said,) = guide_of(some_elements()).materials
    assert said.material.display_name.zh == "申请表"
    assert said.sample == "/v1/halls/440307/matters/a/form"
    (without,) = guide_of(some_elements(form_schema={})).materials
    assert without.sample == ""


def test_a_guide_says_where_what_it_tells_comes_from() -> None:
    generated = elements_pb2.Provenance(field_path="*", kind=elements_pb2.PROVENANCE_KIND_GENERATED, source="list 2")
    one = elements_pb2.Provenance(
        field_path="elements.materials[card].copies", kind=elements_pb2.PROVENANCE_KIND_SOURCED, source="p. 3"
    )
    assert rows(guide_of(some_elements(), generated, one), "sources") == {
        "All other elements": "Made by a program; list 2",
        "Materials: copies": "A public source; p. 3",
    }


def test_sources_that_many_matters_name_are_said_in_both_languages() -> None:
    kept = "best knowledge; to be checked against the official list before use"
    best = elements_pb2.Provenance(field_path="*", kind=elements_pb2.PROVENANCE_KIND_BEST_KNOWLEDGE, source=kept)
    row = guide_of(some_elements(), best).sections[-1].rows[0]
    assert (row.value.zh, row.value.en) == (
        "据现有了解，待核实；使用前须对照官方清单核实",
        f"Best knowledge, to be checked; {kept}",
    )


def test_a_guide_belongs_to_whoever_asked_for_it() -> None:
    first = guide_of(some_elements())
    first.places.add(hall="halls/440307")
    assert not guide_of(some_elements()).places
