"""Bad input: each is refused clearly in both languages, and changes nothing."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from mongoengine.connection import get_db

from services.chassis.caller import Post
from tests.intake.counter import (
    FORM,
    HALL,
    MATTER,
    OTHER_HALL,
    OTHER_UNIT,
    PDF,
    Counter,
    a_request_id,
    an_item,
    in_parts,
)
from tests.serving import Refused, refusal
from yimen.intake.v1 import accepting_pb2, applying_pb2, cases_pb2, delivering_pb2, listing_pb2, reviewing_pb2
from yimen.matters.v1 import elements_pb2

pytestmark = pytest.mark.usefixtures("monday")

INVALID = grpc.StatusCode.INVALID_ARGUMENT
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
NOT_FOUND = grpc.StatusCode.NOT_FOUND
DENIED = grpc.StatusCode.PERMISSION_DENIED
ABORTED = grpc.StatusCode.ABORTED


def stored() -> dict[str, list[Any]]:
    """Everything that intake keeps, but for access records."""
    database = get_db("intake")
    kept = ("cases", "series", "incoming", "materials.files", "materials.chunks")
    return {name: sorted(database[name].find({}), key=lambda one: str(one["_id"])) for name in kept}


def within(seconds: float, holds: Callable[[], bool]) -> None:
    """Returns as soon as it holds; fails when it does not in time."""
    patience = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < patience
        time.sleep(0.05)


def refused(call: Callable[[], Any], code: grpc.StatusCode, reason: str) -> Refused:
    """The refusal; it speaks both languages and nothing was stored or taken away."""
    before = stored()
    found = refusal(call)
    assert (found.code, found.reason) == (code, reason)
    assert found.zh
    assert found.en
    assert found.zh != found.en
    assert stored() == before
    return found


@pytest.mark.parametrize("matter", ["halls/440307/matters/flying-carpet", "halls/440306/matters/old-age-allowance"])
def test_an_unlisted_matter_cannot_be_applied_for(counter: Counter, matter: str) -> None:
    refused(lambda: counter.applicant.draft(matter=matter), PRECONDITION, "MATTER_NOT_PUBLISHED")


def test_a_matter_is_applied_for_where_it_is_taken(counter: Counter) -> None:
    # Handled and accepted by the district alone.
    matter = "halls/440307/matters/accounting-certificate"
    refused(lambda: counter.applicant.draft(matter=matter), PRECONDITION, "HALL_DOES_NOT_ACCEPT")
    counter.applicant.draft(matter=matter, hall="440307", form={})


def test_a_matter_is_not_applied_for_where_the_hall_itself_says_that_it_does_not_take_it(counter: Counter) -> None:
    counter.say(OTHER_HALL, MATTER, accepts=False)
    refused(lambda: counter.applicant.draft(hall=OTHER_HALL), PRECONDITION, "HALL_DOES_NOT_ACCEPT")
    counter.applicant.draft()
    counter.say(OTHER_HALL, MATTER, accepts=True)
    counter.applicant.draft(hall=OTHER_HALL)


def test_a_matter_for_organisations_is_not_open_to_a_person(counter: Counter) -> None:
    matter = "halls/440307/matters/labour-dispatch"
    call = lambda: counter.applicant.draft(matter=matter, hall="440307", form={})  # noqa: E731
    assert "个人" in refused(call, PRECONDITION, "APPLICANT_NOT_SERVED").zh


def test_nobody_applies_for_an_organisation_that_they_do_not_represent(counter: Counter) -> None:
    matter = "halls/440307/matters/labour-dispatch"
    found = refusal(lambda: counter.applicant.draft(matter=matter, hall="440307", organisation="organisations/of-others"))
    assert found.code is NOT_FOUND
    assert found.zh


def test_an_unknown_hall_is_not_found(counter: Counter) -> None:
    refused(lambda: counter.applicant.draft(hall="440307999"), NOT_FOUND, "HALL_UNKNOWN")


def test_who_is_not_signed_in_opens_no_case(counter: Counter) -> None:
    request = applying_pb2.CreateCaseRequest(parent=f"halls/{HALL}", case=cases_pb2.Case(matter="halls/440307/matters/x"))
    refused(lambda: counter.by("").CreateCase(request), grpc.StatusCode.UNAUTHENTICATED, "NOT_SIGNED_IN")


def test_a_missing_material_and_every_wrong_field_are_named_at_once(counter: Counter) -> None:
    case = counter.applicant.draft(form={**FORM, "age": 79, "household": "elsewhere", "mobile": ""})
    counter.applicant.upload(case, "identity-card")
    request = applying_pb2.SubmitCaseRequest(name=case.name, signature=b"x")
    found = refused(lambda: counter.applicant.intake.SubmitCase(request), INVALID, "INVALID_FIELDS")
    assert found.violations == {
        "case.form.age": "form.minimum",
        "case.form.household": "form.oneOf",
        "case.form.mobile": "form.pattern",
        "case.materials.application-form": "material_missing",
        "case.materials.household-register": "material_missing",
    }


def test_a_file_is_judged_by_its_content_and_not_by_its_name(counter: Counter) -> None:
    case = counter.applicant.draft()
    call = lambda: counter.applicant.upload(case, "identity-card", b"MZ\x90\x00" + bytes(99), filename="身份证.pdf")  # noqa: E731
    assert "身份证" in refused(call, INVALID, "FILE_TYPE_REFUSED").zh


def test_a_file_of_21_megabytes_is_refused_and_leaves_nothing_behind(counter: Counter) -> None:
    case = counter.applicant.draft()
    large = PDF + bytes(21_000_000)
    found = refused(lambda: counter.applicant.upload(case, "identity-card", large), INVALID, "FILE_TOO_LARGE")
    assert (found.zh, found.en) == ("文件超过 20 MB，请压缩后上传", "the file is larger than 20 MB")


def test_a_file_of_20_megabytes_is_taken_whole(counter: Counter) -> None:
    case = counter.applicant.draft()
    data = PDF + bytes(20 * 1024 * 1024 - len(PDF))
    put = counter.applicant.upload(case, "identity-card", data)
    assert (put.size, put.media_type) == (len(data), "application/pdf")
    request = applying_pb2.DownloadMaterialRequest(name=put.name)
    assert b"".join(part.data for part in counter.applicant.intake.DownloadMaterial(request)) == data
    counter.applicant.intake.DeleteMaterial(applying_pb2.DeleteMaterialRequest(name=put.name))
    assert get_db("intake")["materials.chunks"].find_one({"files_id": {"$exists": True}, "n": 79}) is None


def test_an_empty_file_is_refused(counter: Counter) -> None:
    case = counter.applicant.draft()
    refused(lambda: counter.applicant.upload(case, "identity-card", b""), INVALID, "FILE_EMPTY")


def test_a_material_outside_the_list_is_refused(counter: Counter) -> None:
    case = counter.applicant.draft()
    refused(lambda: counter.applicant.upload(case, "passport"), INVALID, "MATERIAL_UNLISTED")


def test_an_upload_names_its_case_and_material(counter: Counter) -> None:
    case = counter.applicant.draft()
    found = refused(lambda: counter.applicant.upload(case, ""), INVALID, "INVALID_FIELDS")
    assert found.violations == {"material": "required"}


def test_a_file_that_is_shorter_than_announced_is_refused(counter: Counter) -> None:
    case = counter.applicant.draft()
    call = lambda: counter.applicant.intake.UploadMaterial(in_parts(case.name, "identity-card", PDF, size=len(PDF) + 1))  # noqa: E731
    assert refused(call, INVALID, "FILE_INCOMPLETE").facts == {"arrived": str(len(PDF)), "size": str(len(PDF) + 1)}


def test_an_upload_that_breaks_off_leaves_nothing_behind(counter: Counter) -> None:
    case = counter.applicant.draft()
    before = stored()

    def broken() -> Iterator[applying_pb2.UploadMaterialRequest]:
        yield from in_parts(case.name, "identity-card", PDF + bytes(600_000), size=700_000)
        # Cut while some of it is stored already: before that there would be nothing to take back.
        within(10, lambda: stored() != before)
        raise OSError("the line is cut")

    assert refusal(lambda: counter.applicant.intake.UploadMaterial(broken())).code is not grpc.StatusCode.OK
    # The service hears of the break a moment after the client.
    within(10, lambda: stored() == before)


def test_a_signature_by_somebody_else_submits_nothing(counter: Counter) -> None:
    case = counter.applicant.complete_draft()
    content = counter.applicant.intake.GetSubmissionContent(applying_pb2.GetSubmissionContentRequest(name=case.name)).content
    theirs = counter.neighbour.ukey.sign(content.encode())
    request = applying_pb2.SubmitCaseRequest(name=case.name, signature=theirs)
    refused(lambda: counter.applicant.intake.SubmitCase(request), DENIED, "SIGNER_IS_ANOTHER")


def test_a_signature_over_another_content_submits_nothing(counter: Counter) -> None:
    case = counter.applicant.complete_draft()
    content = counter.applicant.intake.GetSubmissionContent(applying_pb2.GetSubmissionContentRequest(name=case.name)).content
    signature = counter.applicant.ukey.sign(content.encode())
    counter.applicant.upload(case, "bank-account")
    request = applying_pb2.SubmitCaseRequest(name=case.name, signature=signature)
    refused(lambda: counter.applicant.intake.SubmitCase(request), INVALID, "CONTENT_DIFFERS")


def test_what_is_no_signature_submits_nothing(counter: Counter) -> None:
    case = counter.applicant.complete_draft()
    request = applying_pb2.SubmitCaseRequest(name=case.name, signature=b"nonsense")
    refused(lambda: counter.applicant.intake.SubmitCase(request), INVALID, "SIGNATURE_MALFORMED")


def test_a_stale_etag_changes_nothing(counter: Counter) -> None:
    case = counter.applicant.submitted()
    counter.clerk.PassPreReview(accepting_pb2.PassPreReviewRequest(name=case.name, etag=case.etag))
    stale = accepting_pb2.AcceptCaseRequest(name=case.name, etag=case.etag)
    refused(lambda: counter.clerk.AcceptCase(stale), ABORTED, "STALE_ETAG")


def test_a_step_that_the_state_does_not_allow_changes_nothing(counter: Counter) -> None:
    case = counter.applicant.submitted()
    found = refused(
        lambda: counter.applicant.intake.RateCase(delivering_pb2.RateCaseRequest(name=case.name, stars=5)),
        PRECONDITION,
        "WRONG_STATE",
    )
    assert (found.zh, found.facts["state"]) == ("办件处于“已提交”状态，不能评价", "SUBMITTED")


@pytest.mark.parametrize(
    "posts",
    [[], [Post("APPROVER", "440307", OTHER_UNIT, covers_subtree=True)], [Post("SUPERVISOR", "440307", covers_subtree=True)]],
    ids=["no post", "an approver", "a supervisor"],
)
def test_a_case_is_accepted_by_clerks_alone(counter: Counter, posts: list[Post]) -> None:
    case = counter.applicant.submitted()
    request = accepting_pb2.AcceptCaseRequest(name=case.name)
    refused(lambda: counter.by("people/someone", *posts).AcceptCase(request), DENIED, "ROLE_MISSING")


def test_another_halls_case_is_not_found_by_its_clerks(counter: Counter) -> None:
    case = counter.applicant.submitted()
    elsewhere = counter.by("people/clerk-b", Post("CLERK", OTHER_HALL))
    refused(lambda: elsewhere.AcceptCase(accepting_pb2.AcceptCaseRequest(name=case.name)), NOT_FOUND, "RESOURCE_UNKNOWN")
    borrowed = case.name.replace(HALL, OTHER_HALL)
    refused(lambda: elsewhere.AcceptCase(accepting_pb2.AcceptCaseRequest(name=borrowed)), NOT_FOUND, "RESOURCE_UNKNOWN")


def test_another_units_case_is_not_found_by_its_approvers(counter: Counter) -> None:
    case = counter.accepted()
    other = counter.by("people/approver-b", Post("APPROVER", "440307", OTHER_UNIT, covers_subtree=True))
    refused(lambda: other.StartReview(reviewing_pb2.StartReviewRequest(name=case.name)), NOT_FOUND, "RESOURCE_UNKNOWN")


def test_another_persons_case_is_not_found(counter: Counter) -> None:
    case = counter.applicant.complete_draft()
    neighbour = counter.neighbour.intake
    refused(lambda: neighbour.GetCase(listing_pb2.GetCaseRequest(name=case.name)), NOT_FOUND, "RESOURCE_UNKNOWN")
    refused(lambda: counter.neighbour.upload(case, "bank-account"), NOT_FOUND, "RESOURCE_UNKNOWN")
    file = case.materials[0].name
    request = applying_pb2.DownloadMaterialRequest(name=file)
    refused(lambda: list(neighbour.DownloadMaterial(request)), NOT_FOUND, "RESOURCE_UNKNOWN")


def test_a_draft_is_its_applicants_alone(counter: Counter) -> None:
    case = counter.applicant.complete_draft()
    refused(lambda: counter.clerk.GetCase(listing_pb2.GetCaseRequest(name=case.name)), NOT_FOUND, "RESOURCE_UNKNOWN")


def test_nobody_in_office_accepts_their_own_application(counter: Counter) -> None:
    case = counter.applicant.submitted()
    own = counter.by(counter.applicant.person, Post("CLERK", HALL))
    refused(lambda: own.AcceptCase(accepting_pb2.AcceptCaseRequest(name=case.name)), DENIED, "OWN_CASE")


def test_a_grant_waits_for_the_material_that_was_to_follow(counter: Counter) -> None:
    case = counter.in_review()
    request = reviewing_pb2.DecideCaseRequest(name=case.name, outcome=cases_pb2.OUTCOME_GRANTED)
    assert "银行账户" in refused(lambda: counter.approver.DecideCase(request), PRECONDITION, "MATERIALS_MISSING").zh


def test_a_refusal_without_reasons_is_no_decision(counter: Counter) -> None:
    case = counter.in_review()
    request = reviewing_pb2.DecideCaseRequest(name=case.name, outcome=cases_pb2.OUTCOME_REFUSED)
    refused(lambda: counter.approver.DecideCase(request), INVALID, "REASONS_MISSING")


def test_an_approver_does_not_extend(counter: Counter) -> None:
    case = counter.in_review()
    request = reviewing_pb2.ExtendCaseRequest(name=case.name, working_days=5, reason="复杂")
    refused(lambda: counter.approver.ExtendCase(request), DENIED, "ROLE_MISSING")


def test_a_limit_is_extended_once(counter: Counter) -> None:
    case = counter.in_review()
    request = reviewing_pb2.ExtendCaseRequest(name=case.name, working_days=5, reason="复杂")
    counter.head.ExtendCase(request)
    refused(lambda: counter.head.ExtendCase(request), PRECONDITION, "EXTENDED_ALREADY")


def test_a_procedure_that_frees_no_time_does_not_stop_the_clock(counter: Counter) -> None:
    case = counter.in_review()
    notice = elements_pb2.SPECIAL_PROCEDURE_PUBLIC_NOTICE
    request = reviewing_pb2.SuspendCaseRequest(name=case.name, procedure=notice, reason="公示")
    refused(lambda: counter.approver.SuspendCase(request), PRECONDITION, "PROCEDURE_NOT_NAMED")


def test_a_notice_of_an_unlisted_material_is_refused(counter: Counter) -> None:
    case = counter.applicant.submitted()
    request = accepting_pb2.RequestCorrectionRequest(name=case.name, items=[an_item("identity-card"), an_item("visa")])
    found = refused(lambda: counter.clerk.RequestCorrection(request), INVALID, "INVALID_FIELDS")
    assert found.violations == {"items[1].material": "material_unlisted"}


def test_after_five_working_days_a_notice_is_too_late(counter: Counter, on: Callable[[str], None]) -> None:
    case = counter.applicant.submitted()
    on("2026-03-10 09:00")
    request = accepting_pb2.RequestCorrectionRequest(name=case.name, items=[an_item("identity-card")])
    refused(lambda: counter.clerk.RequestCorrection(request), PRECONDITION, "NOTICE_TOO_LATE")
    assert counter.applicant.see(case).clock.accept_date == "2026-03-02"


@pytest.mark.parametrize("stars", [0, 6])
def test_stars_are_one_to_five_and_have_no_default(counter: Counter, stars: int) -> None:
    case = counter.accepted()
    request = delivering_pb2.RateCaseRequest(name=case.name, stars=stars)
    refused(lambda: counter.applicant.intake.RateCase(request), INVALID, "INVALID_FIELDS")


def test_a_form_that_is_too_large_is_refused(counter: Counter) -> None:
    refused(lambda: counter.applicant.draft(form={"address": "x" * 70_000}), INVALID, "FORM_TOO_LARGE")


def test_a_form_keeps_whatever_keys_it_has(counter: Counter) -> None:
    form = {"$where": "1", "a.b": {"": None}, "空": [1, 2.5, True]}
    case = counter.applicant.draft(form=form)
    assert json_format.MessageToDict(case.form) == form


def test_a_request_id_is_not_used_for_another_request(counter: Counter) -> None:
    request_id = a_request_id()
    counter.applicant.draft(request_id=request_id)
    refused(lambda: counter.applicant.draft(request_id=request_id, form={**FORM, "age": 99}), INVALID, "REQUEST_ID_REUSED")


def test_a_limit_beyond_the_known_calendar_says_so(counter: Counter, on: Callable[[str], None]) -> None:
    on("2026-12-21 10:00")
    case = counter.accepted()
    assert (case.clock.due_date, case.clock.unknown_year, case.clock.overdue) == ("", 2027, False)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_cannot_say_is_refused(counter: Counter, number: float) -> None:
    case = cases_pb2.Case(matter=MATTER)
    case.form.fields["age"].number_value = number
    request = applying_pb2.CreateCaseRequest(parent=f"halls/{HALL}", case=case)
    assert refusal(lambda: counter.applicant.intake.CreateCase(request)).reason == "FORM_NOT_JSON"
