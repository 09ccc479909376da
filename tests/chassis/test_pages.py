"""Pages by key: complete, without repetition, bound to their list."""

import uuid
from datetime import timedelta

import grpc
import pytest

from services.chassis import clock
from services.chassis.caller import Post
from tests.chassis.conftest import Desk
from tests.chassis.paper import Paper
from tests.serving import As, refusal
from yimen.intake.v1 import listing_pb2

HALL = "440307013"


@pytest.fixture
def filed(desk: Desk) -> list[str]:
    """Papers of one person, new ones and ones of years ago, several of the same instant, newest first."""
    at = clock.now()
    ages = [timedelta(0)] * 7 + [timedelta(days=days) for days in (1, 2, 9, 80, 81, 700, 3000)] + [timedelta(days=30)] * 5
    owner = f"people/{uuid.uuid4().hex[:8]}"
    for number, age in enumerate(ages):
        Paper(
            id=uuid.uuid4().hex,
            version=1,
            hall=HALL,
            applicant=owner,
            create_time=at - age,
            update_time=at,
            number=f"{owner}{number}",
        ).save(force_insert=True)
    papers = Paper.across_halls("a test compares").filter(applicant=owner).order_by("-create_time")
    return [owner, *(paper.name for paper in papers)]


def read_all(caller: As, parent: str, size: int) -> list[str]:
    names, token = [], ""
    while True:
        request = listing_pb2.ListCasesRequest(parent=parent, page_size=size, page_token=token)
        reply = caller.ListCases(request)
        assert len(reply.cases) <= size
        names += [case.name for case in reply.cases]
        token = reply.next_page_token
        if not token:
            return names


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100])
def test_pages_of_any_size_make_the_whole_list_once(desk: Desk, filed: list[str], size: int) -> None:
    owner, *names = filed
    listed = read_all(desk.by(owner.removeprefix("people/")), owner, size)
    assert sorted(listed) == sorted(names)
    assert len(listed) == len(set(listed))


def test_pages_come_newest_first(desk: Desk, filed: list[str]) -> None:
    owner, *_ = filed
    listed = read_all(desk.by(owner.removeprefix("people/")), owner, 4)
    times = [Paper.across_halls("a test compares").get(id=name.rpartition("/")[2]).create_time for name in listed]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("token", ["x", "AAAA", "!!!!", "e30" * 20])
def test_a_token_of_no_list_is_refused(desk: Desk, filed: list[str], token: str) -> None:
    owner, *_ = filed
    request = listing_pb2.ListCasesRequest(parent=owner, page_token=token)
    refused = refusal(lambda: desk.by(owner.removeprefix("people/")).ListCases(request))
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID")


def test_a_token_of_another_list_is_refused(desk: Desk, filed: list[str]) -> None:
    owner, *_ = filed
    person = desk.by(owner.removeprefix("people/"), Post("CLERK", HALL))
    token = person.ListCases(listing_pb2.ListCasesRequest(parent=owner, page_size=2)).next_page_token
    request = listing_pb2.ListCasesRequest(parent=f"halls/{HALL}", page_token=token)
    assert refusal(lambda: person.ListCases(request)).reason == "PAGE_TOKEN_INVALID"
