"""A matter that changes or is cancelled: no new case from its date on, and what was handed in goes on as it was."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

import grpc
import pytest
from google.protobuf import json_format

from services.chassis.caller import Post
from services.intake.rules.calendar import SHANGHAI
from services.matters import data
from tests.intake.counter import FORM, MATTER, PDF, REQUIRED, Applicant, Counter, an_item
from tests.serving import As, refusal
from yimen.intake.v1 import accepting_pb2, applying_pb2, cases_pb2, listing_pb2, reviewing_pb2
from yimen.matters.v1 import elements_pb2, matter_pb2, matters_pb2_grpc, versions_pb2

pytestmark = pytest.mark.usefixtures("monday")
_items = iter(range(97100, 97999))


class Matter:
    """A matter of the test's own, like the allowance, and the editor who keeps it."""

    def __init__(self, counter: Counter) -> None:
        token = counter.issuer.token("people/editor", Post("EDITOR", "440307"))
        self._editor = As(matters_pb2_grpc.MattersServiceStub(counter.matters), token)
        (request,) = (one for one in data.matters() if f"{one.parent}/matters/{one.matter_id}" == MATTER)
        request.matter_id = f"allowance-{secrets.token_hex(4)}"
        elements = request.matter.elements
        basic = f"{elements.basic_code[:4]}{next(_items)}000"
        elements.basic_code, elements.implementation_code = basic, f"{elements.implementation_code[:19]}{basic}"
        elements.ClearField("gbt39046_basic_code")
        elements.ClearField("gbt39046_implementation_code")
        elements.ClearField("guangdong_code")
        self.name: str = self._editor.CreateMatter(request).name
        self.publish()

    def publish(self, at: str = "") -> None:
        """Publishes what is prepared, now or from a time in Shenzhen on."""
        self._editor.SubmitMatter(versions_pb2.SubmitMatterRequest(name=self.name))
        request = matter_pb2.PublishMatterRequest(name=self.name)
        if at:
            request.effective_time.FromDatetime(datetime.fromisoformat(at).replace(tzinfo=SHANGHAI))
        self._editor.PublishMatter(request)

    def change(self, at: str = "", **changes: Any) -> None:
        """Publishes a version with other elements."""
        elements = self._editor.GetMatter(matter_pb2.GetMatterRequest(name=self.name)).elements
        for field in changes:
            elements.ClearField(field)
        json_format.ParseDict(changes, elements)
        self._editor.ReviseMatter(versions_pb2.ReviseMatterRequest(name=self.name, elements=elements, reason="精简"))
        self.publish(at)

    def without(self, material: str) -> list[dict[str, Any]]:
        """Its materials but for one."""
        elements: elements_pb2.Elements = self._editor.GetMatter(matter_pb2.GetMatterRequest(name=self.name)).elements
        return [json_format.MessageToDict(one) for one in elements.materials if one.id != material]

    def cancel(self, at: str = "") -> None:
        """Takes it off the list, now or from a time in Shenzhen on."""
        request = matter_pb2.CancelMatterRequest(name=self.name, reason="国务院决定取消")
        if at:
            request.effective_time.FromDatetime(datetime.fromisoformat(at).replace(tzinfo=SHANGHAI))
        self._editor.CancelMatter(request)


@pytest.fixture
def matter(counter: Counter) -> Matter:
    return Matter(counter)


def renew(applicant: Applicant, case: cases_pb2.Case, **more: Any) -> cases_pb2.Case:
    renewed: cases_pb2.Case = applicant.intake.RenewCase(applying_pb2.RenewCaseRequest(name=case.name, **more))
    return renewed


def files(case: cases_pb2.Case) -> list[str]:
    return sorted(file.material for file in case.materials)


def test_a_cancelled_matter_takes_no_new_case_from_its_date_on(
    counter: Counter, matter: Matter, on: Callable[[str], None]
) -> None:
    matter.cancel(at="2026-03-10 00:00")
    on("2026-03-09 23:59")
    assert counter.applicant.draft(matter.name)
    on("2026-03-10 00:00")
    refused = refusal(lambda: counter.applicant.draft(matter.name))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "MATTER_NOT_PUBLISHED")


def test_a_draft_of_a_cancelled_matter_can_neither_be_signed_nor_handed_in_nor_renewed(
    counter: Counter, matter: Matter
) -> None:
    applicant = counter.applicant
    case = applicant.complete_draft(matter=matter.name)
    content = applicant.intake.GetSubmissionContent(applying_pb2.GetSubmissionContentRequest(name=case.name)).content
    matter.cancel()
    signed = applicant.ukey.sign(content.encode())
    for call in (
        lambda: applicant.submit(case),
        lambda: applicant.intake.SubmitCase(applying_pb2.SubmitCaseRequest(name=case.name, signature=signed)),
        lambda: renew(applicant, case),
    ):
        assert refusal(call).reason == "MATTER_NOT_PUBLISHED"
    assert applicant.see(case) == case
    withdrawn = applicant.intake.WithdrawCase(applying_pb2.WithdrawCaseRequest(name=case.name))
    assert withdrawn.state == cases_pb2.CASE_STATE_WITHDRAWN


def test_what_was_handed_in_is_finished_under_its_version(counter: Counter, matter: Matter, on: Callable[[str], None]) -> None:
    applicant = counter.applicant
    case = applicant.submit(applicant.complete_draft(matter=matter.name))
    faster = [{"display_name": {"zh": "决定", "en": "Decision"}, "who": "审批人员", "working_days": 5}]
    matter.change(promised_limit={"value": 5, "unit": "TIME_UNIT_WORKING_DAY"}, steps=faster)
    on("2026-03-03 10:00")
    accepted = counter.clerk.AcceptCase(accepting_pb2.AcceptCaseRequest(name=case.name))
    matter.cancel()
    reviewed = counter.approver.StartReview(reviewing_pb2.StartReviewRequest(name=case.name))
    decided = counter.approver.DecideCase(
        reviewing_pb2.DecideCaseRequest(name=case.name, outcome=cases_pb2.OUTCOME_REFUSED, reasons=["不符合条件"])
    )
    assert {one.matter_version for one in (case, accepted, reviewed, decided)} == {1}
    # Fifteen working days as promised when it was handed in, not five.
    assert accepted.clock.due_date == "2026-03-24"


def test_a_case_that_has_to_be_corrected_goes_on_although_its_matter_was_cancelled(counter: Counter, matter: Matter) -> None:
    applicant = counter.applicant
    case = applicant.submit(applicant.complete_draft(matter=matter.name))
    items = [an_item("identity-card")]
    counter.clerk.RequestCorrection(accepting_pb2.RequestCorrectionRequest(name=case.name, items=items))
    matter.cancel()
    applicant.upload(case, "identity-card", PDF + b"again")
    assert applicant.submit(case).state == cases_pb2.CASE_STATE_SUBMITTED


def test_a_draft_of_a_changed_matter_says_what_to_do_and_goes_on_once_it_is_renewed(
    counter: Counter, matter: Matter, on: Callable[[str], None]
) -> None:
    applicant = counter.applicant
    case = applicant.complete_draft(matter=matter.name)
    matter.change(at="2026-03-10 00:00", materials=matter.without("household-register"))
    assert applicant.intake.GetSubmissionContent(applying_pb2.GetSubmissionContentRequest(name=case.name))
    on("2026-03-10 00:00")
    refused = refusal(lambda: applicant.submit(case))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "MATTER_CHANGED")
    assert (refused.facts["was"], refused.facts["now"]) == ("1", "2")
    assert "更新草稿" in refused.zh
    assert "renew the draft" in refused.en

    renewed = renew(applicant, case, etag=case.etag, request_id="renew-once")
    assert (renewed.matter_version, renewed.form, files(case)) == (2, case.form, sorted(REQUIRED))
    assert files(renewed) == sorted(set(REQUIRED) - {"household-register"})
    assert renew(applicant, case, etag=case.etag, request_id="renew-once") == renewed
    submitted = applicant.submit(renewed)
    assert (submitted.matter_version, submitted.state) == (2, cases_pb2.CASE_STATE_SUBMITTED)
    told = applicant.intake.ListHistory(listing_pb2.ListHistoryRequest(parent=case.name)).entries
    assert [(entry.action, json_format.MessageToDict(entry.details).get("matterVersion")) for entry in told[:2]] == [
        ("create", 1),
        ("renew", 2),
    ]


def test_a_renewed_draft_hears_what_the_new_version_asks_beyond_the_old(counter: Counter, matter: Matter) -> None:
    applicant = counter.applicant
    case = applicant.complete_draft(matter=matter.name)
    asked = {
        "id": "bank-card", "display_name": {"zh": "银行卡", "en": "Bank card"}, "material_class": "MATERIAL_CLASS_A",
        "required": True, "copies": 1, "issued_by": "开户银行",
    }  # fmt: skip
    matter.change(materials=[*matter.without(""), asked])
    renewed = renew(applicant, case)
    assert refusal(lambda: applicant.submit(renewed)).violations == {"case.materials.bank-card": "material_missing"}
    applicant.upload(renewed, "bank-card", PDF + b"card")
    assert applicant.submit(applicant.see(renewed)).matter_version == 2


def test_what_was_handed_in_is_not_renewed(counter: Counter, matter: Matter) -> None:
    applicant = counter.applicant
    case = applicant.submit(applicant.complete_draft(matter=matter.name))
    matter.change(keywords=["津贴"])
    refused = refusal(lambda: renew(applicant, case))
    assert (refused.reason, refused.zh) == ("WRONG_STATE", "办件处于“已提交”状态，不能按新版事项更新")
    assert refusal(lambda: renew(counter.neighbour, case)).code == grpc.StatusCode.NOT_FOUND


def test_a_new_case_is_opened_under_the_new_version_at_once(counter: Counter, matter: Matter) -> None:
    matter.change(keywords=["津贴"])
    assert counter.applicant.draft(matter.name, form=FORM).matter_version == 2
