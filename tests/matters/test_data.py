"""The reference list: complete, publishable, and honest about what it knows."""

from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from stdnum.cn import uscc

from services.matters import data, rules
from yimen.matters.v1 import elements_pb2, matter_pb2, units_pb2

UNITS = {f"units/{request.unit_id}": request.unit for request in data.units()}
MATTERS = {request.matter_id: request.matter for request in data.matters()}
every_matter = pytest.mark.parametrize("matter", MATTERS.values(), ids=list(MATTERS))


def test_the_list_has_53_units_and_40_matters() -> None:
    assert (len(UNITS), len(MATTERS)) == (53, 40)


def test_codes_are_those_of_one_unit_and_one_matter() -> None:
    assert len({unit.credit_code for unit in UNITS.values()}) == len(UNITS)
    assert len({matter.elements.implementation_code for matter in MATTERS.values()}) == len(MATTERS)


@every_matter
def test_every_matter_may_be_published(matter: matter_pb2.Matter) -> None:
    form = json_format.MessageToDict(matter.elements.form_schema)
    unit = UNITS[matter.elements.unit]
    assert rules.violations(rules.Candidate(matter.elements, form, unit.credit_code)) == []


@every_matter
def test_every_matter_is_complete_by_the_standard(matter: matter_pb2.Matter) -> None:
    e = matter.elements
    given: list[Any] = [
        e.display_name.zh, e.display_name.en, e.basic_code, e.subject_nature, e.conditions, e.materials,
        e.online_depth, e.contacts.address, e.contacts.opening_hours, e.keywords,
    ]  # fmt: skip
    assert all(given)
    assert e.HasField("statutory_limit")
    assert set(e.joint_units) <= UNITS.keys()
    assert all(m.display_name.en for m in e.materials)
    assert all(s.display_name.en for s in e.steps)


@every_matter
def test_a_form_has_titles_in_both_languages_and_asks_for_no_personal_number(
    matter: matter_pb2.Matter,
) -> None:
    form = json_format.MessageToDict(matter.elements.form_schema)
    assert form["additionalProperties"] is False
    for schema in form["properties"].values():
        for titled in [schema, *schema.get("oneOf", [])]:
            assert titled["title"]
            assert titled["x-title-en"].isascii()
        assert not any(word in schema["title"] for word in ("身份证号", "证件号", "公民身份号码"))
        assert "身份证" not in schema["title"]


@every_matter
def test_provenance_names_fields_of_the_contract_and_covers_the_rest(matter: matter_pb2.Matter) -> None:
    paths = [row.field_path for row in matter.provenance]
    assert paths[-1] == "*"
    assert all(_is_field(matter_pb2.Matter.DESCRIPTOR, path) for path in paths[:-1])
    assert all(row.kind and row.source for row in matter.provenance)


@every_matter
def test_what_stands_in_for_the_unknown_is_marked(matter: matter_pb2.Matter) -> None:
    placeholders = {row.field_path for row in matter.provenance if row.kind == elements_pb2.PROVENANCE_KIND_PLACEHOLDER}
    contacts = matter.elements.contacts
    # No number in China's 0755 area begins with 0.
    is_made_up = contacts.consultation_telephone.startswith("0755-0")
    assert contacts.placeholder == is_made_up == ("elements.contacts" in placeholders)
    if matter.elements.basic_code[4] == "9":
        assert {"elements.basic_code", "elements.implementation_code"} <= placeholders


def test_eighteen_matters_are_backed_in_part_by_public_pages() -> None:
    sourced = [
        matter_id
        for matter_id, matter in MATTERS.items()
        if any(row.kind == elements_pb2.PROVENANCE_KIND_SOURCED for row in matter.provenance)
    ]
    assert len(sourced) == 18


@pytest.mark.parametrize("unit", UNITS.values(), ids=list(UNITS))
def test_a_unit_has_valid_codes_that_are_marked_as_made_up(unit: units_pb2.Unit) -> None:
    assert uscc.is_valid(unit.credit_code)
    assert unit.credit_code[8:17] == unit.organisation_code
    assert _organisation_check(unit.organisation_code[:8]) == unit.organisation_code[8]
    placeholders = {row.field_path for row in unit.provenance if row.kind == elements_pb2.PROVENANCE_KIND_PLACEHOLDER}
    assert placeholders == {"credit_code", "organisation_code", "telephone"}


def _organisation_check(body: str) -> str:
    """The check character of an organisation code (GB 11714)."""
    digits = (int(c, 36) for c in body)
    rest = 11 - sum(w * d for w, d in zip((3, 7, 9, 10, 5, 8, 4, 2), digits, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def _is_field(message: Descriptor | None, path: str) -> bool:
    head, _, rest = path.partition(".")
    field = message.fields_by_name.get(head) if message else None
    return field is not None and (not rest or _is_field(field.message_type, rest))


CODE_SETS = data.code_sets()


@pytest.mark.parametrize("name", [name for name, kept in CODE_SETS.items() if "value" in kept["codes"][-1]])
def test_a_code_set_and_its_enum_name_the_same_values(name: str) -> None:
    enum = elements_pb2.DESCRIPTOR.enum_types_by_name["".join(word.title() for word in name.split("_"))]
    carried = [code["value"] for code in CODE_SETS[name]["codes"] if "value" in code]
    assert carried == [value.name for value in enum.values if value.number]


@pytest.mark.parametrize("name", ["matter_type", "exercise_level", "subject_nature", "service_object", "channel", "case_type"])
def test_the_standards_code_is_the_number_of_the_enum(name: str) -> None:
    enum = elements_pb2.DESCRIPTOR.enum_types_by_name["".join(word.title() for word in name.split("_"))]
    codes = {code["value"]: int(code["code"]) for code in CODE_SETS[name]["codes"] if "value" in code}
    assert codes == {value.name: value.number for value in enum.values if value.number}
