"""Many at once: numbers stay unique, repeated requests make one case, nothing is lost."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import grpc
import pytest
from bson import ObjectId
from mongoengine.connection import get_db

from services.chassis import clock
from services.intake import contents
from services.intake.documents import Incoming, Series
from services.intake.rules import numbers
from tests.intake.counter import PDF, REQUIRED, Counter, a_request_id, in_parts
from tests.serving import refusal
from yimen.intake.v1 import accepting_pb2, applying_pb2, listing_pb2

pytestmark = pytest.mark.usefixtures("monday")


def at_once(calls: Sequence[Callable[[], Any]], threads: int = 16) -> list[Any]:
    """What the calls return when they run side by side."""
    with ThreadPoolExecutor(threads) as pool:
        return [run.result() for run in [pool.submit(call) for call in calls]]


def test_sixteen_threads_are_never_given_one_serial_twice(counter: Counter) -> None:
    given = at_once([lambda: Series._next("a-new-series")] * 320)
    assert sorted(given) == list(range(1, 321))


def test_cases_that_are_submitted_at_once_have_numbers_of_their_own(counter: Counter) -> None:
    drafts = [counter.applicant.complete_draft() for _ in range(16)]
    submitted = at_once([partial(counter.applicant.submit, draft) for draft in drafts])
    given = {case.number for case in submitted}
    assert len(given) == 16
    assert all(len(number) <= numbers.WIDTH for number in given)


def test_one_submission_that_is_sent_many_times_at_once_is_one(counter: Counter) -> None:
    draft, request_id = counter.applicant.complete_draft(), a_request_id()
    content = counter.applicant.intake.GetSubmissionContent(applying_pb2.GetSubmissionContentRequest(name=draft.name)).content
    signature = counter.applicant.ukey.sign(content.encode())
    request = applying_pb2.SubmitCaseRequest(name=draft.name, signature=signature, request_id=request_id)
    replies = at_once([lambda: counter.applicant.intake.SubmitCase(request)] * 8)
    assert len({case.number for case in replies}) == 1
    entries = counter.applicant.intake.ListHistory(listing_pb2.ListHistoryRequest(parent=draft.name)).entries
    assert [entry.action for entry in entries] == ["create", "submit"]


def test_one_creation_that_is_sent_many_times_at_once_is_one(counter: Counter) -> None:
    request_id = a_request_id()
    replies = at_once([lambda: counter.applicant.draft(request_id=request_id)] * 8)
    assert len({case.name for case in replies}) == 1


def test_of_two_clerks_one_accepts_and_the_other_is_told(counter: Counter) -> None:
    case = counter.applicant.submitted()

    def accept() -> str:
        call: Future[Any] = Future()
        try:
            call.set_result(counter.clerk.AcceptCase(accepting_pb2.AcceptCaseRequest(name=case.name)))
        except grpc.RpcError as error:
            call.set_exception(error)
        return refusal(call.result).reason if call.exception() else "accepted"

    results = at_once([accept] * 4, threads=4)
    assert results.count("accepted") == 1
    assert set(results) <= {"accepted", "WRONG_STATE", "CHANGED_MEANWHILE"}


def test_files_that_arrive_side_by_side_are_all_there(counter: Counter) -> None:
    case = counter.applicant.draft()
    files = [(material, PDF + bytes([n])) for n, material in enumerate(REQUIRED * 2)]
    at_once([partial(counter.applicant.upload, case, *file) for file in files], threads=4)
    assert sorted(m.material for m in counter.applicant.see(case).materials) == sorted(REQUIRED * 2)


def test_an_upload_that_is_repeated_is_one_file_however_it_is_cut(counter: Counter) -> None:
    case, request_id = counter.applicant.draft(), a_request_id()
    data = PDF + bytes(700_000)
    upload = counter.applicant.intake.UploadMaterial
    first = upload(in_parts(case.name, "identity-card", data, request_id=request_id))
    again = upload(in_parts(case.name, "identity-card", data, request_id=request_id, part=1000))
    assert again == first
    assert len(counter.applicant.see(case).materials) == 1
    other = in_parts(case.name, "identity-card", PDF, request_id=request_id)
    assert refusal(lambda: upload(other)).reason == "REQUEST_ID_REUSED"


def test_an_upload_that_is_sent_many_times_at_once_is_one_file(counter: Counter) -> None:
    case, request_id = counter.applicant.draft(), a_request_id()
    sent = lambda: counter.applicant.upload(case, "identity-card", PDF + bytes(300_000), request_id=request_id)  # noqa: E731
    replies = at_once([sent] * 6, threads=6)
    assert all(reply == replies[0] for reply in replies)
    assert list(counter.applicant.see(case).materials) == [replies[0]]
    database = get_db("intake")
    kept = database["cases"].find_one({"_id": case.name.rpartition("/")[2]})
    assert kept
    contents_kept = {one["_id"] for one in database["materials.files"].find({"length": len(PDF) + 300_000})}
    assert contents_kept == {kept["files"][0]["content"]}
    assert database["incoming"].find_one({"case": kept["_id"]}) is None


def test_whoever_sends_nothing_keeps_nobody_waiting(counter: Counter) -> None:
    case, ended = counter.applicant.draft(), threading.Event()

    def says_nothing() -> Iterator[applying_pb2.UploadMaterialRequest]:
        ended.wait(30)
        yield from ()

    idle = [
        threading.Thread(target=lambda: refusal(lambda: counter.applicant.intake.UploadMaterial(says_nothing())))
        for _ in range(8)
    ]
    for one in idle:
        one.start()
    began = time.monotonic()
    # More than one server has threads for all calls.
    for _ in range(20):
        assert counter.applicant.see(case) == case
    assert time.monotonic() - began < 5
    ended.set()
    for one in idle:
        one.join()
    assert refusal(lambda: counter.applicant.intake.UploadMaterial(iter(()))).reason == "NOTHING_SENT"


def test_a_content_that_was_taken_off_is_swept_where_a_crash_left_it(counter: Counter) -> None:
    case = counter.applicant.draft()
    file = counter.applicant.upload(case, "identity-card")
    database = get_db("intake")
    kept = database["cases"].find_one({"_id": case.name.rpartition("/")[2]})
    assert kept
    content = kept["files"][0]["content"]
    with pytest.MonkeyPatch.context() as patch:
        # The process ends between the two writes: what would come after the first does not happen.
        patch.setattr(contents, "_take_back", lambda _content: None)
        counter.applicant.intake.DeleteMaterial(applying_pb2.DeleteMaterialRequest(name=file.name))
    assert database["materials.chunks"].find_one({"files_id": content}) is not None
    database["incoming"].update_one({"_id": content}, {"$set": {"since": clock.real_now() - timedelta(hours=2)}})
    contents.prepare()
    assert database["materials.chunks"].find_one({"files_id": content}) is None
    assert database["incoming"].find_one({"_id": content}) is None


def test_what_a_crash_left_of_an_upload_is_swept_and_what_a_case_holds_is_not(counter: Counter) -> None:
    case = counter.applicant.draft()
    counter.applicant.upload(case, "identity-card")
    database = get_db("intake")
    kept = database["cases"].find_one({"_id": case.name.rpartition("/")[2]})
    assert kept
    held, left = kept["files"][0]["content"], ObjectId()
    database["materials.chunks"].insert_one({"files_id": left, "n": 0, "data": b"half"})
    since = clock.real_now() - timedelta(hours=2)
    for content in (held, left):
        Incoming(id=content, case=kept["_id"], since=since).save(force_insert=True)
    contents.prepare()
    assert database["materials.chunks"].find_one({"files_id": left}) is None
    assert database["materials.chunks"].find_one({"files_id": held}) is not None
    assert database["incoming"].find_one({}) is None


def test_every_step_that_is_repeated_gives_the_same_case_and_happens_once(counter: Counter) -> None:
    case = counter.applicant.submitted()
    request = accepting_pb2.AcceptCaseRequest(name=case.name, request_id=a_request_id(), etag=case.etag)
    first = counter.clerk.AcceptCase(request)
    again = counter.clerk.AcceptCase(request)
    assert again == first
    assert len(counter.clerk.ListHistory(listing_pb2.ListHistoryRequest(parent=case.name)).entries) == 3
