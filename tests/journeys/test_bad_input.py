"""What is refused at the public port: with the reason in both languages, and nothing changed."""

import json
from collections.abc import Callable
from typing import Any

import grpc
import httpx
import pytest

from stack import Stack
from stack.journey import HALL, MATTER, a_pdf, upload
from tests.journeys.conftest import Office
from tests.serving import refusal
from yimen.intake.v1 import accepting_pb2, applying_pb2, cases_pb2, listing_pb2

MB = 1024 * 1024


@pytest.fixture
def http(platform: Stack, office: Office) -> Callable[..., httpx.Response]:
    """HTTP requests of the resident to the public port."""

    def request(method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {office.resident.access_token}", **more.pop("headers", {})}
        return httpx.request(method, f"{platform.public_url}{path}", headers=headers, timeout=60, trust_env=False, **more)

    return request


def said(reply: httpx.Response) -> tuple[str, set[str]]:
    """The reason and the languages of a refusal as JSON (google.rpc.Status)."""
    reason, languages = "", set()
    for detail in reply.json().get("details", []):
        reason = detail.get("reason", reason)
        if "locale" in detail and detail["message"]:
            languages.add(detail["locale"][:2])
    return reason, languages


def test_a_case_of_another_hall_is_not_found_by_its_clerk(office: Office) -> None:
    case = office.a_submitted_case()
    unchanged = office.read(case.name)

    refused = refusal(lambda: office.other_clerk.intake.PassPreReview(accepting_pb2.PassPreReviewRequest(name=case.name)))

    assert refused.code == grpc.StatusCode.NOT_FOUND
    assert refused.zh
    assert refused.en
    assert office.read(case.name) == unchanged


def test_a_case_of_another_hall_under_ones_own_halls_name_is_not_found(office: Office) -> None:
    case = office.a_submitted_case()
    disguised = case.name.replace("halls/440307003002/", "halls/440307003012/")

    refused = refusal(lambda: office.other_clerk.intake.GetCase(listing_pb2.GetCaseRequest(name=disguised)))

    assert refused.code == grpc.StatusCode.NOT_FOUND


def test_a_neighbours_case_is_not_found(office: Office) -> None:
    case = office.a_submitted_case()

    refused = refusal(lambda: office.neighbour.intake.GetCase(listing_pb2.GetCaseRequest(name=case.name)))

    assert refused.code == grpc.StatusCode.NOT_FOUND


def test_a_stale_etag_is_refused(office: Office) -> None:
    case = office.a_submitted_case()
    passed = office.clerk.intake.PassPreReview(accepting_pb2.PassPreReviewRequest(name=case.name, etag=case.etag))

    stale = accepting_pb2.AcceptCaseRequest(name=case.name, etag=case.etag)
    refused = refusal(lambda: office.clerk.intake.AcceptCase(stale))

    assert (refused.code, refused.reason) == (grpc.StatusCode.ABORTED, "STALE_ETAG")
    assert refused.zh
    assert refused.en
    assert office.read(case.name).etag == passed.etag


@pytest.mark.parametrize("who", ["resident", "approver"])
def test_acceptance_by_someone_without_the_role_is_refused(office: Office, who: str) -> None:
    case = office.a_reviewed_case()

    accept = accepting_pb2.AcceptCaseRequest(name=case.name)
    refused = refusal(lambda: getattr(office, who).intake.AcceptCase(accept))

    assert refused.code == grpc.StatusCode.PERMISSION_DENIED
    assert refused.zh
    assert refused.en
    assert office.read(case.name).etag == case.etag


def test_malformed_json_is_refused(http: Callable[..., httpx.Response]) -> None:
    reply = http("POST", f"/v1/{HALL}/cases", content=b'{"matter": ', headers={"content-type": "application/json"})

    assert reply.status_code == 400
    assert reply.json()["code"] == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert said(reply)[1] == {"zh", "en"}


def test_an_unknown_query_parameter_is_refused(http: Callable[..., httpx.Response]) -> None:
    reply = http("GET", f"/v1/{MATTER}", params={"verson": "1"})

    assert reply.status_code == 400
    assert "verson" in reply.text
    assert said(reply)[1] == {"zh", "en"}


def test_a_json_body_of_10_mb_is_refused(http: Callable[..., httpx.Response]) -> None:
    body = json.dumps({"matter": MATTER, "form": {"address": "x" * (10 * MB)}}).encode()

    reply = http("POST", f"/v1/{HALL}/cases", content=body, headers={"content-type": "application/json"})

    assert reply.status_code == 413
    assert said(reply)[1] == {"zh", "en"}


def test_a_grpc_message_of_10_mb_is_refused(office: Office) -> None:
    case = cases_pb2.Case(matter=MATTER)
    case.form.update({"address": "x" * (10 * MB)})

    refused = refusal(lambda: office.resident.intake.CreateCase(applying_pb2.CreateCaseRequest(parent=HALL, case=case)))

    assert refused.code == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_file_of_21_mb_is_refused_over_grpc(office: Office) -> None:
    draft = office.a_draft()
    file = a_pdf("big") + b"\0" * (21 * MB)

    refused = refusal(lambda: office.resident.intake.UploadMaterial(upload(draft.name, "photo-receipt", file)))

    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FILE_TOO_LARGE")
    assert refused.zh
    assert refused.en
    assert office.read(draft.name) == draft


def test_a_file_of_21_mb_is_refused_over_http(office: Office, http: Callable[..., httpx.Response]) -> None:
    draft = office.a_draft()
    file = a_pdf("big") + b"\0" * (21 * MB)

    reply = http(
        "POST",
        f"/v1/{draft.name}/materials:upload",
        params={"material": "photo-receipt", "filename": "big.pdf", "size": len(file)},
        content=file,
        headers={"content-type": "application/pdf"},
    )

    assert reply.status_code in {400, 413}
    assert said(reply)[1] == {"zh", "en"}
    assert office.read(draft.name) == draft
