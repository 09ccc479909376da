"""What an application must contain, and what of it is signed."""

import json
from typing import Any

import pytest

from services.chassis.errors import InvalidFields, Refusal, ResourceUnknown
from services.intake import rules
from services.intake.rules import form, materials, numbers, states
from tests.intake.builders import (
    FORM_SCHEMA,
    a_draft,
    a_file,
    a_material,
    a_matter,
    a_submitted_case,
    an_accepted_case,
    at,
)

PDF = b"%PDF-1.4\n1 0 obj\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00"


def refused(kind: type[Refusal], call: Any) -> Refusal:
    with pytest.raises(kind) as refusal:
        call()
    assert refusal.value.message("zh") != refusal.value.message("en")
    return refusal.value


@pytest.mark.parametrize(("head", "expected"), [(PDF, "application/pdf"), (JPEG, "image/jpeg"), (PNG, "image/png")])
def test_a_file_is_what_its_content_is(head: bytes, expected: str) -> None:
    assert materials.media_type(head, a_material("m")) == expected


@pytest.mark.parametrize("head", [PROGRAM, b"plain text", b"%PD", b"<html><script>"])
def test_a_file_of_another_content_is_refused_whatever_it_is_called(head: bytes) -> None:
    refused(materials.FileTypeRefused, lambda: materials.media_type(head, a_material("m")))


def test_a_material_may_narrow_what_it_is_taken_in() -> None:
    only_pdf = a_material("m", media_types=("application/pdf",))
    wrong = refused(materials.FileTypeRefused, lambda: materials.media_type(PNG, only_pdf))
    assert "只接受 PDF" in wrong.message("zh")


def test_an_empty_file_is_refused() -> None:
    refused(materials.FileEmpty, lambda: materials.media_type(b"", a_material("m")))


def test_twenty_megabytes_are_taken_and_one_byte_more_is_not() -> None:
    materials.require_size(20 * 1024 * 1024)
    refused(materials.FileTooLarge, lambda: materials.require_size(20 * 1024 * 1024 + 1))


def test_nothing_outside_the_list_is_taken() -> None:
    refused(materials.MaterialUnlisted, lambda: materials.require_place(a_draft(), "passport"))


def test_what_arises_during_the_handling_is_not_asked_of_the_applicant() -> None:
    case = a_draft(a_matter(materials=[a_material("report", 4)]))
    refused(materials.MaterialNotAsked, lambda: materials.require_place(case, "report"))


def test_a_material_has_twenty_files_at_most() -> None:
    case = a_draft(files=[a_file(file_id=f"f{n}") for n in range(20)])
    refused(materials.TooManyFiles, lambda: materials.require_place(case, "identity-card"))


def test_after_acceptance_only_what_may_follow_is_taken() -> None:
    case = an_accepted_case()
    materials.require_place(case, "bank-account")
    refused(states.WrongState, lambda: materials.require_place(case, "identity-card"))


def test_what_was_once_handed_in_is_kept_as_evidence() -> None:
    case = a_submitted_case()
    rules.request_correction(case, [("identity-card", "不清晰")], by=rules.Actor("people/w"), at=at("2015-03-03"))
    assert materials.remove(case, "f1") is False
    assert materials.current(case) == []
    assert len(case.files) == 1


def test_what_was_never_handed_in_may_go() -> None:
    case = a_draft()
    assert materials.remove(case, "f1") is True
    assert case.files == []


def test_a_file_that_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(ResourceUnknown):
        materials.remove(a_draft(), "f9")


def test_everything_that_is_wrong_is_said_at_once_in_both_languages() -> None:
    case = a_draft(form={"age": 79.5, "pays": "week", "since": "yesterday", "more": 1}, files=[])
    with pytest.raises(InvalidFields) as refusal:
        rules.require_complete(case)
    said = {v.field: (v.rule, v.zh, v.en) for v in refusal.value.violations}
    assert set(said) == {
        "case.form.age", "case.form.pays", "case.form.since", "case.form.more", "case.materials.identity-card",
    }  # fmt: skip
    assert said["case.form.since"] == (
        "form.format",
        "“户籍登记日期”格式不符，应为日期（年-月-日）",
        "“Registered since” must be a date (year-month-day)",
    )
    assert said["case.materials.identity-card"][1] == "缺少材料：材料identity-card"


def test_a_missing_field_is_named_by_its_own_path_and_title() -> None:
    (missing,) = form.violations({}, FORM_SCHEMA)
    assert (missing.field, missing.zh, missing.en) == ("case.form.age", "“年龄”必填", "“Age” is required")


def test_messages_never_repeat_what_a_person_wrote() -> None:
    wrong = form.violations({"age": 12345, "pays": "secret-word"}, FORM_SCHEMA)
    assert wrong == [] or all("secret-word" not in v.zh + v.en and "12345" not in v.zh + v.en for v in wrong)


def test_whole_numbers_that_come_as_doubles_are_integers() -> None:
    assert form.violations({"age": 81.0}, FORM_SCHEMA) == []


def test_a_schema_that_points_elsewhere_fetches_nothing() -> None:
    schema = {"$ref": "http://127.0.0.1:1/schema.json"}
    with pytest.raises(Exception, match=r"schema\.json"):
        form.violations({}, schema)


def test_a_form_of_more_than_64_kilobytes_is_refused() -> None:
    refused(form.FormTooLarge, lambda: rules.revise(a_draft(), {"age": "x" * 65536}))


def test_a_number_that_json_cannot_say_is_refused() -> None:
    refused(form.FormNotJson, lambda: rules.revise(a_draft(), {"age": float("nan")}))


def test_the_signed_content_is_the_same_bytes_in_whatever_order_things_came() -> None:
    one = a_draft(form={"age": 81, "pays": "month"}, files=[a_file(file_id="a"), a_file(file_id="b", sha256="bb")])
    other = a_draft(form={"pays": "month", "age": 81.0}, files=[a_file(file_id="b", sha256="bb"), a_file(file_id="a")])
    assert rules.content(one) == rules.content(other)


def test_the_signed_content_names_what_is_applied_for_by_whom_and_with_what() -> None:
    said = json.loads(rules.content(a_draft()))
    assert said == {
        "format": "yimen-application:1",
        "case": "halls/440307003002/cases/c1",
        "matter": "halls/440307/matters/old-age-allowance",
        "matterDisplayName": "高龄老人津贴",
        "matterVersion": 1,
        "applicant": "people/lin",
        "organisation": "",
        "form": {"age": 81},
        "materials": [{"material": "identity-card", "sha256": "aa", "size": 3}],
    }


def test_removed_files_are_not_signed() -> None:
    case = a_draft()
    case.files[0].removed = True
    assert json.loads(rules.content(case))["materials"] == []


def test_a_number_is_the_implementation_code_the_date_and_a_serial() -> None:
    series = numbers.series("11440307PL000005X94440590033000", at("2015-03-02").date())
    assert numbers.number(series, 7) == "11440307PL000005X9444059003300020150302000007"
    assert len(numbers.number(series, 999_999)) <= numbers.WIDTH
    refused(numbers.NumbersExhausted, lambda: numbers.number(series, 1_000_000))
    refused(numbers.MatterHasNoCode, lambda: numbers.series("", at("2015-03-02").date(), matter="x"))
