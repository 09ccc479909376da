"""What every call passes through: callers, field rules, scope, repeated requests, errors."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from services.chassis import audit
from services.chassis.caller import Post
from tests.chassis.conftest import Desk
from tests.chassis.paper import Paper
from tests.serving import Issuer, refusal
from yimen.intake.v1 import accepting_pb2, applying_pb2, cases_pb2, delivering_pb2, listing_pb2, reviewing_pb2

HALL, OTHER_HALL, STREET = "440307003005", "440307003006", "440307003"
CLERK = Post("CLERK", HALL)
MATTER = "halls/440307/matters/old-age-allowance"


def filing(hall: str = HALL, request_id: str = "", unit: str = "", number: str = "") -> applying_pb2.CreateCaseRequest:
    case = cases_pb2.Case(matter=MATTER, unit=unit, number=number)
    return applying_pb2.CreateCaseRequest(parent=f"halls/{hall}", case=case, request_id=request_id)


def test_a_person_files_a_paper_and_a_clerk_of_the_hall_accepts_it(desk: Desk) -> None:
    paper = desk.by("filer").CreateCase(filing())
    accepted = desk.by("clerk", CLERK).AcceptCase(accepting_pb2.AcceptCaseRequest(name=paper.name))
    assert accepted.state == cases_pb2.CASE_STATE_ACCEPTED
    assert accepted.etag != paper.etag


def test_a_call_without_a_token_is_told_to_sign_in(desk: Desk) -> None:
    refused = refusal(lambda: desk.with_token("").CreateCase(filing()))
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAUTHENTICATED, "NOT_SIGNED_IN")
    assert refused.zh == "请先登录"
    assert refused.en == "sign in first"


@pytest.mark.parametrize(
    ("why", "token"),
    [
        ("expired", lambda issuer: issuer.token("people/a", seconds=-1)),
        ("another issuer's key", lambda issuer: Issuer().token("people/a")),
        ("another audience", lambda issuer: issuer.token("people/a", aud="elsewhere")),
        ("rubbish", lambda issuer: "a.b.c"),
    ],
)
def test_a_bad_token_is_refused(desk: Desk, why: str, token: object) -> None:
    refused = refusal(lambda: desk.with_token(token(desk.issuer)).CreateCase(filing()))  # type: ignore[operator]
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID"), why


def test_the_token_of_an_ended_session_is_refused_within_seconds(desk: Desk) -> None:
    token = desk.issuer.token("people/leaver", session="ended")
    desk.with_token(token).CreateCase(filing())
    desk.issuer.ended.append("ended")
    deadline = time.monotonic() + 6
    while time.monotonic() < deadline:
        try:
            desk.with_token(token).CreateCase(filing())
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.UNAUTHENTICATED:
                return
            raise
        time.sleep(0.1)
    pytest.fail("the token was taken for six seconds after its session had ended")


def test_every_wrong_field_is_named_at_once(desk: Desk) -> None:
    request = applying_pb2.CreateCaseRequest(parent="halls/1", case=cases_pb2.Case(matter="x"), request_id="r" * 65)
    refused = refusal(lambda: desk.by("filer").CreateCase(request))
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELDS")
    assert refused.violations == {
        "parent": "string.pattern",
        "case.matter": "string.pattern",
        "request_id": "string.max_len",
    }
    assert "格式不符" in refused.zh


def test_an_unknown_hall_is_not_found(desk: Desk) -> None:
    refused = refusal(lambda: desk.by("filer").CreateCase(filing("440307999999")))
    assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "HALL_UNKNOWN")
    assert refused.facts == {"hall": "440307999999"}


def test_acceptance_needs_the_role(desk: Desk) -> None:
    paper = desk.by("filer").CreateCase(filing())
    refused = refusal(lambda: desk.by("filer").AcceptCase(accepting_pb2.AcceptCaseRequest(name=paper.name)))
    assert (refused.code, refused.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")
    assert desk.by("filer").GetCase(listing_pb2.GetCaseRequest(name=paper.name)) == paper


def test_a_clerk_of_another_hall_does_not_find_the_paper(desk: Desk) -> None:
    paper = desk.by("filer").CreateCase(filing())
    elsewhere = desk.by("clerk", Post("CLERK", OTHER_HALL))
    for call in (
        lambda: elsewhere.GetCase(listing_pb2.GetCaseRequest(name=paper.name)),
        lambda: elsewhere.AcceptCase(accepting_pb2.AcceptCaseRequest(name=paper.name)),
        lambda: elsewhere.AcceptCase(accepting_pb2.AcceptCaseRequest(name=paper.name.replace(HALL, OTHER_HALL))),
    ):
        assert refusal(call).code == grpc.StatusCode.NOT_FOUND


def test_a_post_that_covers_its_subtree_reaches_the_communities_of_the_street(desk: Desk) -> None:
    paper = desk.by("filer").CreateCase(filing())
    covering = desk.by("clerk", Post("CLERK", STREET, covers_subtree=True))
    assert covering.GetCase(listing_pb2.GetCaseRequest(name=paper.name)).name == paper.name
    flat = desk.by("clerk", Post("CLERK", STREET))
    assert refusal(lambda: flat.GetCase(listing_pb2.GetCaseRequest(name=paper.name))).code == grpc.StatusCode.NOT_FOUND


def test_a_unit_sees_its_own_papers_from_every_hall(desk: Desk) -> None:
    mine = [desk.by("filer").CreateCase(filing(hall, unit="units/ours")).name for hall in (HALL, OTHER_HALL)]
    desk.by("filer").CreateCase(filing(HALL, unit="units/theirs"))
    approver = desk.by("approver", Post("APPROVER", "440307", "units/ours", covers_subtree=True))
    listed = approver.ListCases(listing_pb2.ListCasesRequest(parent="units/ours"))
    assert {case.name for case in listed.cases} == set(mine)
    refused = refusal(lambda: approver.ListCases(listing_pb2.ListCasesRequest(parent="units/theirs")))
    assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "RESOURCE_UNKNOWN")


def test_another_persons_papers_are_not_listed(desk: Desk) -> None:
    refused = refusal(lambda: desk.by("filer").ListCases(listing_pb2.ListCasesRequest(parent="people/neighbour")))
    assert (refused.code, refused.reason) == (grpc.StatusCode.PERMISSION_DENIED, "NOT_YOURS")


def test_the_same_request_makes_one_paper(desk: Desk) -> None:
    caller, request = desk.by("filer"), filing(request_id=uuid.uuid4().hex)
    assert caller.CreateCase(request) == caller.CreateCase(request)


def test_the_same_request_from_sixteen_threads_makes_one_paper(desk: Desk) -> None:
    caller, request = desk.by("filer"), filing(request_id=uuid.uuid4().hex)
    with ThreadPoolExecutor(16) as threads:
        names = {paper.name for paper in threads.map(lambda _: caller.CreateCase(request), range(16))}
    assert len(names) == 1


def test_two_people_with_one_request_id_make_two_papers(desk: Desk) -> None:
    request = filing(request_id=uuid.uuid4().hex)
    assert desk.by("one").CreateCase(request).name != desk.by("two").CreateCase(request).name


def test_a_repeated_transition_returns_the_paper_and_changes_nothing(desk: Desk) -> None:
    paper, clerk = desk.by("filer").CreateCase(filing()), desk.by("clerk", CLERK)
    request = accepting_pb2.AcceptCaseRequest(name=paper.name, etag=paper.etag, request_id=uuid.uuid4().hex)
    assert clerk.AcceptCase(request) == clerk.AcceptCase(request)
    again = accepting_pb2.AcceptCaseRequest(name=paper.name, request_id=uuid.uuid4().hex)
    refused = refusal(lambda: clerk.AcceptCase(again))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ACCEPTED_ALREADY")


def test_a_request_id_cannot_serve_two_requests(desk: Desk) -> None:
    caller, request_id = desk.by("filer"), uuid.uuid4().hex
    caller.CreateCase(filing(request_id=request_id))
    refused = refusal(lambda: caller.CreateCase(filing(request_id=request_id, unit="units/other")))
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED")


def test_a_stale_etag_is_refused(desk: Desk) -> None:
    paper, clerk = desk.by("filer").CreateCase(filing()), desk.by("clerk", CLERK)
    refused = refusal(lambda: clerk.AcceptCase(accepting_pb2.AcceptCaseRequest(name=paper.name, etag='"99"')))
    assert (refused.code, refused.reason) == (grpc.StatusCode.ABORTED, "STALE_ETAG")


def test_one_of_sixteen_acceptances_wins(desk: Desk) -> None:
    paper, clerk = desk.by("filer").CreateCase(filing()), desk.by("clerk", CLERK)

    def accept(_: int) -> str:
        try:
            clerk.AcceptCase(accepting_pb2.AcceptCaseRequest(name=paper.name))
        except grpc.RpcError as error:
            return str(error.code().name)
        return "won"

    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(accept, range(16)))
    assert outcomes.count("won") == 1
    assert set(outcomes) <= {"won", "ABORTED", "FAILED_PRECONDITION"}


def test_what_must_be_unique_is_said_by_name(desk: Desk) -> None:
    number = uuid.uuid4().hex
    desk.by("filer").CreateCase(filing(number=number))
    refused = refusal(lambda: desk.by("filer").CreateCase(filing(number=number)))
    assert (refused.code, refused.reason) == (grpc.StatusCode.ALREADY_EXISTS, "NOT_UNIQUE")


def test_a_mishap_is_masked(desk: Desk) -> None:
    approver = desk.by("approver", Post("APPROVER", "440307", "units/x", covers_subtree=True))
    refused = refusal(lambda: approver.StartReview(reviewing_pb2.StartReviewRequest(name=f"halls/{HALL}/cases/a")))
    assert (refused.code, refused.reason) == (grpc.StatusCode.INTERNAL, "MISHAP")
    assert "secret" not in refused.en + refused.zh


def test_a_query_across_halls_without_a_reason_is_a_mishap(desk: Desk) -> None:
    request = delivering_pb2.RateCaseRequest(name=f"halls/{HALL}/cases/a", stars=5)
    assert refusal(lambda: desk.by("filer").RateCase(request)).code == grpc.StatusCode.INTERNAL


def test_reads_across_halls_are_recorded_and_others_are_not(desk: Desk) -> None:
    paper = desk.by("filer").CreateCase(filing(unit="units/seen"))
    request = listing_pb2.GetCaseRequest(name=paper.name)
    records = audit.records_of("intake")
    before = records.objects(subject=paper.name).count()
    desk.by("filer").GetCase(request)
    desk.by("clerk", CLERK).GetCase(request)
    assert records.objects(subject=paper.name).count() == before
    desk.by("reader", Post("APPROVER", "440307", "units/seen", covers_subtree=True)).GetCase(request)
    record = records.objects(subject=paper.name).first()
    assert (record.reader, record.role, record.hall, record.rpc) == ("people/reader", "APPROVER", HALL, "GetCase")


def test_a_fact_is_kept_in_the_paper_that_it_tells_of(desk: Desk) -> None:
    paper = desk.by("filer").CreateCase(filing())
    stored = Paper.across_halls("a test looks at the outbox").get(id=paper.name.rpartition("/")[2])
    assert [entry.type for entry in stored.outbox] == ["yimen.intake.v1.CaseSubmitted"]
    assert '"caller":"people/filer"' in stored.outbox[0].body
    assert f'"hall":"{HALL}"' in stored.outbox[0].body
