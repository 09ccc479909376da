import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from stack import Stack
from stack.journey import HALL, eventually
from tests.journeys.conftest import Office
from yimen.intake.v1 import accepting_pb2, cases_pb2, events_pb2, listing_pb2
from yimen.notification.v1 import notification_pb2

SUBMISSIONS = 200
# Seconds within which a restarted program is back and a client's repetition succeeds.
RECOVERY = 60.0


def repeated(call: Callable[[], Any]) -> Any:
    """The reply to a call that is repeated, unchanged, while the platform is away or asks to wait: what every client does."""
    deadline = time.monotonic() + RECOVERY
    while True:
        try:
            return call()
        except grpc.RpcError as error:
            later = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED}
            if error.code() not in later or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def notices_of(office: Office, case: str) -> list[notification_pb2.Notice]:
    """What the resident was told about the acceptance of a case."""
    request = notification_pb2.ListNoticesRequest(parent=office.resident.name, page_size=100)
    wanted = (events_pb2.CaseAccepted.DESCRIPTOR.full_name, case)
    notices = office.resident.notification.ListNotices(request).notices
    return [notice for notice in notices if (notice.event_type, notice.subject) == wanted]


def test_a_notice_of_what_happened_while_the_broker_was_down_arrives_once(platform: Stack, office: Office) -> None:
    case = office.a_reviewed_case()

    with platform.without("broker"):
        accepted = office.clerk.intake.AcceptCase(accepting_pb2.AcceptCaseRequest(name=case.name))
        assert accepted.state == cases_pb2.CASE_STATE_ACCEPTED
        assert notices_of(office, case.name) == []

    assert eventually(lambda: notices_of(office, case.name), "the notice", limit=RECOVERY)
    # Long enough for a second copy, which retries or a sweep would bring.
    time.sleep(3)
    assert len(notices_of(office, case.name)) == 1


def test_no_acknowledged_submission_is_lost_or_doubled_when_its_service_is_killed(platform: Stack, office: Office) -> None:
    acknowledged: list[cases_pb2.Case] = []
    half, killed = threading.Event(), threading.Event()

    def submit(number: int) -> cases_pb2.Case:
        run = f"{number}-{secrets.token_hex(4)}"
        case = repeated(lambda: office.a_draft(f"create-{run}"))
        request = repeated(lambda: office.a_submission(case.name, request_id=f"submit-{run}"))
        submitted: cases_pb2.Case = repeated(lambda: office.resident.intake.SubmitCase(request))
        acknowledged.append(submitted)
        if len(acknowledged) >= SUBMISSIONS // 3:
            half.set()
        return submitted

    def kill() -> None:
        half.wait()
        for _ in range(2):
            platform.kill("intake")
            platform.wait("intake")
            time.sleep(1)
        killed.set()

    threading.Thread(target=kill, daemon=True).start()
    before = _cases(office)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(submit, range(SUBMISSIONS)))

    assert killed.wait(timeout=RECOVERY)
    after = {name: case for name, case in _cases(office).items() if name not in before}
    assert len(acknowledged) == SUBMISSIONS
    assert sorted(after) == sorted(case.name for case in acknowledged)
    assert {case.state for case in after.values()} == {cases_pb2.CASE_STATE_SUBMITTED}
    assert {name: case.number for name, case in after.items()} == {case.name: case.number for case in acknowledged}
    assert len({case.number for case in after.values()}) == SUBMISSIONS


@pytest.mark.parametrize("fault", ["restart", "kill"])
def test_services_recover_by_themselves_from_a_restart_of_the_store(platform: Stack, office: Office, fault: str) -> None:
    case = office.a_reviewed_case()
    before = {name: process.pid for name, process in platform.processes.items() if name != "store"}

    if fault == "restart":
        platform.restart("store")
    else:
        platform.kill("store")

    accept = accepting_pb2.AcceptCaseRequest(name=case.name, request_id=secrets.token_hex(8))
    accepted = repeated(lambda: office.clerk.intake.AcceptCase(accept))
    assert accepted.state == cases_pb2.CASE_STATE_ACCEPTED
    assert eventually(lambda: repeated(lambda: notices_of(office, case.name)), "the notice", limit=RECOVERY)
    platform.wait_for_all(first="store")
    assert {name: process.pid for name, process in platform.processes.items() if name != "store"} == before


def _cases(office: Office) -> dict[str, cases_pb2.Case]:
    """Every case of the resident."""
    request = listing_pb2.ListCasesRequest(parent=office.resident.name, page_size=100)
    cases: dict[str, cases_pb2.Case] = {}
    while True:
        page = office.resident.intake.ListCases(request)
        cases.update({case.name: case for case in page.cases if case.name.startswith(f"{HALL}/")})
        if not page.next_page_token:
            return cases
        request.page_token = page.next_page_token
