"""A case from the draft to the rating, over gRPC on the real store."""

import hashlib
import json
from collections.abc import Callable

import grpc
import pytest
import rfc8785
from google.protobuf import json_format
from mongoengine.connection import get_db

from tests.intake.counter import FORM, HALL, MATTER, REQUIRED, UNIT, Counter, an_item
from yimen.intake.v1 import accepting_pb2, applying_pb2, cases_pb2, delivering_pb2, listing_pb2, reviewing_pb2
from yimen.matters.v1 import elements_pb2

pytestmark = pytest.mark.usefixtures("monday")


def events_of(case: cases_pb2.Case) -> list[str]:
    """The types of the events that wait in the case to be published, in order."""
    kept = get_db("intake")["cases"].find_one({"_id": case.name.rpartition("/")[2]})
    assert kept
    return [entry["type"].rpartition(".")[2] for entry in kept["outbox"]]


def test_a_case_goes_from_the_draft_to_the_rating(counter: Counter, on: Callable[[str], None]) -> None:
    applicant = counter.applicant
    case = applicant.complete_draft()
    assert (case.state, case.number, case.matter, case.matter_version) == (cases_pb2.CASE_STATE_DRAFT, "", MATTER, 1)
    assert (case.unit, case.applicant, case.applicant_display_name) == (UNIT, applicant.person, "居民甲")
    assert [m.material for m in case.materials] == list(REQUIRED)

    case = applicant.submit(case)
    assert case.state == cases_pb2.CASE_STATE_SUBMITTED
    assert case.number.startswith("11440307PL000005X94440590033000" + "20260302")
    assert len(case.number) <= 50

    case = counter.clerk.PassPreReview(accepting_pb2.PassPreReviewRequest(name=case.name))
    case = counter.clerk.AcceptCase(accepting_pb2.AcceptCaseRequest(name=case.name))
    assert case.state == cases_pb2.CASE_STATE_ACCEPTED
    # Fifteen working days; 2026's Qingming holiday is 4 to 6 April.
    assert (case.clock.accept_date, case.clock.due_date, case.clock.left_days) == ("2026-03-02", "2026-03-23", 15)
    assert (case.clock.statutory_due_date, case.clock.statutory_days) == ("2026-03-30", 20)

    on("2026-03-04 10:00")
    case = counter.approver.StartReview(reviewing_pb2.StartReviewRequest(name=case.name))
    hearing = elements_pb2.SPECIAL_PROCEDURE_HEARING
    case = counter.approver.SuspendCase(reviewing_pb2.SuspendCaseRequest(name=case.name, procedure=hearing, reason="听证"))
    assert (case.clock.running, case.clock.due_date, case.clock.used_days) == (False, "", 2)

    on("2026-03-11 10:00")
    case = counter.approver.ResumeCase(reviewing_pb2.ResumeCaseRequest(name=case.name, result="听证结束"))
    assert (case.clock.running, case.clock.due_date, case.clock.used_days) == (True, "2026-03-30", 2)
    case = counter.head.ExtendCase(reviewing_pb2.ExtendCaseRequest(name=case.name, working_days=5, reason="需核实"))
    assert case.clock.due_date == "2026-04-07"
    assert [(entry.kind, entry.due_date) for entry in case.clock.entries] == [
        ("accepted", "2026-03-23"),
        ("suspended", ""),
        ("resumed", "2026-03-30"),
        ("extended", "2026-04-07"),
    ]
    assert case.clock.entries[3].by == "people/head"

    applicant.upload(case, "bank-account")
    granted = cases_pb2.OUTCOME_GRANTED
    case = counter.approver.DecideCase(reviewing_pb2.DecideCaseRequest(name=case.name, outcome=granted))
    assert (case.state, case.outcome, case.clock.running) == (cases_pb2.CASE_STATE_DECIDED, granted, False)
    case = counter.approver.CompleteCase(delivering_pb2.CompleteCaseRequest(name=case.name))
    case = counter.clerk.DeliverCase(delivering_pb2.DeliverCaseRequest(name=case.name, receiver="居民甲", counter="delivery-1"))
    case = applicant.intake.RateCase(delivering_pb2.RateCaseRequest(name=case.name, stars=5, comment="很快"))
    assert case.state == cases_pb2.CASE_STATE_DELIVERED
    assert [(r.stage, r.stars) for r in case.ratings] == [(cases_pb2.RATING_STAGE_COMPLETION, 5)]

    assert events_of(case) == [
        "CaseSubmitted", "CasePreReviewed", "CaseAccepted", "CaseReviewStarted", "CaseSuspended", "CaseResumed",
        "CaseExtended", "CaseDecided", "CaseCompleted", "CaseDelivered", "CaseRated",
    ]  # fmt: skip


def test_the_history_can_be_recomputed_from_the_reply_alone(counter: Counter) -> None:
    case = counter.in_review()
    reply = counter.approver.ListHistory(listing_pb2.ListHistoryRequest(parent=case.name))
    said = json_format.MessageToDict(reply)["entries"]
    assert [entry["action"] for entry in said] == ["create", "submit", "accept", "startReview"]
    assert said[2]["role"] == "ROLE_CLERK"
    previous = hashlib.sha256(case.name.encode()).hexdigest()
    for entry in said:
        told = {name: value for name, value in entry.items() if name != "hash"}
        previous = hashlib.sha256(rfc8785.dumps({**told, "previous": previous})).hexdigest()
        assert entry["hash"] == previous


def test_a_history_that_was_altered_in_the_store_is_found(counter: Counter) -> None:
    case = counter.in_review()
    asked = listing_pb2.VerifyHistoryRequest(name=case.name)
    assert counter.approver.VerifyHistory(asked).intact
    cases = get_db("intake")["cases"]
    kept = cases.find_one({"_id": case.name.rpartition("/")[2]})
    assert kept
    kept["history"][2]["actor"] = "people/somebody-else"
    cases.update_one({"_id": kept["_id"]}, {"$set": {"history": kept["history"]}})
    verdict = counter.approver.VerifyHistory(asked)
    assert (verdict.intact, verdict.first_wrong_sequence) == (False, 3)


def test_what_is_signed_is_the_canonical_application(counter: Counter) -> None:
    case = counter.applicant.complete_draft()
    reply = counter.applicant.intake.GetSubmissionContent(applying_pb2.GetSubmissionContentRequest(name=case.name))
    said = json.loads(reply.content)
    assert rfc8785.dumps(said) == reply.content.encode()
    assert reply.sha256 == hashlib.sha256(reply.content.encode()).hexdigest()
    assert (said["case"], said["applicant"], said["form"]) == (case.name, counter.applicant.person, FORM)
    assert [m["sha256"] for m in said["materials"]] == [m.sha256 for m in sorted(case.materials, key=lambda m: m.material)]


def test_a_correction_is_told_once_and_the_case_is_handed_in_again(counter: Counter) -> None:
    case = counter.applicant.submitted()
    items = [an_item("identity-card"), an_item("", "年龄有误")]
    case = counter.clerk.RequestCorrection(accepting_pb2.RequestCorrectionRequest(name=case.name, items=items))
    assert [(item.material, item.reason) for item in case.corrections] == [("identity-card", "不清晰"), ("", "年龄有误")]
    old = next(m for m in case.materials if m.material == "identity-card")
    counter.applicant.intake.DeleteMaterial(applying_pb2.DeleteMaterialRequest(name=old.name))
    counter.applicant.upload(case, "identity-card", b"%PDF-1.7 clear")
    changed = cases_pb2.Case(name=case.name)
    json_format.ParseDict({**FORM, "age": 84}, changed.form)
    counter.applicant.intake.UpdateCase(applying_pb2.UpdateCaseRequest(case=changed))
    again = counter.applicant.submit(case)
    assert (again.number, again.state, list(again.corrections)) == (case.number, cases_pb2.CASE_STATE_SUBMITTED, [])
    # What was handed in first stays readable as evidence.
    parts = list(counter.clerk.DownloadMaterial(applying_pb2.DownloadMaterialRequest(name=old.name)))
    assert b"".join(part.data for part in parts).startswith(b"%PDF")


def test_a_withdrawn_case_is_over(counter: Counter) -> None:
    case = counter.applicant.submitted()
    case = counter.applicant.intake.WithdrawCase(applying_pb2.WithdrawCaseRequest(name=case.name, reason="不再需要"))
    assert case.state == cases_pb2.CASE_STATE_WITHDRAWN
    with pytest.raises(grpc.RpcError) as refused:
        counter.clerk.AcceptCase(accepting_pb2.AcceptCaseRequest(name=case.name))
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


def test_a_case_is_handled_to_its_end_under_the_elements_it_began_with(counter: Counter) -> None:
    case = counter.accepted()
    terms = get_db("intake")["terms"].find_one()
    assert terms
    elements = elements_pb2.Elements.FromString(terms["elements"])
    assert hashlib.sha256(terms["elements"]).hexdigest() == terms["_id"]
    assert elements.promised_limit.value == case.clock.promised_days
    assert HALL in case.name
