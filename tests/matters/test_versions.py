"""Versions over the service: each takes effect at its date, for everybody, and not before."""

import secrets
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import grpc
import pytest

from services.chassis import clock
from services.chassis.caller import Post
from services.matters.documents import Matter
from services.matters.turning import turn
from tests.matters.asked import eventually
from tests.matters.builders import a_code, a_matter
from tests.matters.conftest import DISTRICT, Office
from tests.serving import As, refusal
from yimen.matters.v1 import matter_pb2, versions_pb2

_serials = iter(range(3000, 3900))
DAY = timedelta(days=1)
V = versions_pb2


@pytest.fixture(autouse=True)
def clock_as_it_was() -> Iterator[None]:
    """A test that shifts the clock leaves it as it was."""
    yield
    clock.shift(0)


def get(as_: As, name: str) -> matter_pb2.Matter:
    matter: matter_pb2.Matter = as_.GetMatter(matter_pb2.GetMatterRequest(name=name))
    return matter


def draft(office: Office, **changes: Any) -> matter_pb2.Matter:
    """A draft with a code of its own."""
    request = matter_pb2.CreateMatterRequest(
        parent=DISTRICT, matter_id=f"v-{secrets.token_hex(4)}", matter=a_matter(**(a_code(next(_serials)) | changes))
    )
    made: matter_pb2.Matter = office.editor.CreateMatter(request)
    return made


def publish(office: Office, matter: matter_pb2.Matter, at: datetime | None = None, reason: str = "") -> matter_pb2.Matter:
    """Submits what is prepared and publishes it, from a time on."""
    office.editor.SubmitMatter(V.SubmitMatterRequest(name=matter.name))
    request = matter_pb2.PublishMatterRequest(name=matter.name, reason=reason)
    if at:
        request.effective_time.FromDatetime(at)
    live: matter_pb2.Matter = office.editor.PublishMatter(request)
    return live


def revise(office: Office, matter: matter_pb2.Matter, **more: Any) -> matter_pb2.Matter:
    """Proposes the next version: its visits are one more."""
    request = V.ReviseMatterRequest(name=matter.name, elements=matter.elements, reason="减少跑动", **more)
    request.elements.visits += 1
    revised: matter_pb2.Matter = office.editor.ReviseMatter(request)
    return revised


def version(as_: As, matter: matter_pb2.Matter, number: int) -> versions_pb2.Version:
    found: versions_pb2.Version = as_.GetVersion(V.GetVersionRequest(name=f"{matter.name}/versions/{number}"))
    return found


def versions(as_: As, matter: matter_pb2.Matter, **more: Any) -> list[tuple[int, str]]:
    """The versions that a caller sees, newest first: number and state."""
    reply = as_.ListVersions(V.ListVersionsRequest(parent=matter.name, **more))
    return [
        (int(v.name.rpartition("/")[2]), V.VersionState.Name(v.state).removeprefix("VERSION_STATE_")) for v in reply.versions
    ]


def is_listed(office: Office, matter: matter_pb2.Matter) -> bool:
    request = matter_pb2.ListMattersRequest(parent=DISTRICT, unit=matter.elements.unit, page_size=100)
    found: list[str] = []
    while True:
        reply = office.anyone.ListMatters(request)
        found += [one.name for one in reply.matters]
        if not reply.next_page_token:
            return matter.name in found
        request.page_token = reply.next_page_token


def told(matter: matter_pb2.Matter) -> list[str]:
    (stored,) = Matter.across_halls("a test looks into an outbox").filter(slug=matter.name.rpartition("/")[2])
    return [entry.type.rpartition(".")[2] for entry in stored.outbox]


def test_a_change_takes_effect_at_its_date_and_not_before(office: Office) -> None:
    first = publish(office, draft(office, visits=1))
    second = publish(office, revise(office, first), at=clock.now() + 10 * DAY, reason="二〇一五年精简")
    assert (second.matter_version, second.next_version, second.next_state) == (1, 2, V.VERSION_STATE_PUBLISHED)
    assert second.elements == first.elements
    seen = get(office.anyone, first.name)
    assert (seen.elements.visits, seen.matter_version, seen.next_version) == (1, 1, 0)
    assert versions(office.anyone, first) == [(1, "PUBLISHED")]
    assert versions(office.editor, first) == [(2, "PUBLISHED"), (1, "PUBLISHED")]

    clock.shift(10 * DAY.total_seconds())
    # At once, whether or not the sweep has come by.
    seen = get(office.anyone, first.name)
    assert (seen.elements.visits, seen.matter_version) == (2, 2)
    assert seen.effective_time.ToDatetime() - first.effective_time.ToDatetime() > 9 * DAY
    assert seen.publish_time == first.publish_time
    assert versions(office.anyone, first) == [(2, "PUBLISHED"), (1, "SUPERSEDED")]
    eventually(lambda: told(first) == ["MatterPublished", "MatterPublished"])


def test_a_new_matter_comes_onto_the_list_at_its_date(office: Office) -> None:
    matter = publish(office, draft(office), at=clock.now() + DAY)
    assert (matter.state, matter.matter_version) == (matter_pb2.MATTER_STATE_DRAFT, 0)
    assert refusal(lambda: get(office.anyone, matter.name)).code == grpc.StatusCode.NOT_FOUND
    assert not is_listed(office, matter)
    assert told(matter) == []
    clock.shift(DAY.total_seconds())
    assert get(office.anyone, matter.name).state == matter_pb2.MATTER_STATE_PUBLISHED
    eventually(lambda: is_listed(office, matter), seconds=1.5)
    assert told(matter) == ["MatterPublished"]


def test_a_cancellation_takes_effect_at_its_date(office: Office) -> None:
    matter = publish(office, draft(office))
    request = matter_pb2.CancelMatterRequest(name=matter.name, reason="国务院决定取消")
    request.effective_time.FromDatetime(clock.now() + 3 * DAY)
    announced = office.editor.CancelMatter(request)
    seen = get(office.anyone, matter.name)
    assert (announced.state, seen.state, seen.cancel_reason) == (2, 2, "国务院决定取消")
    assert is_listed(office, matter)
    clock.shift(3 * DAY.total_seconds())
    assert get(office.anyone, matter.name).state == matter_pb2.MATTER_STATE_CANCELLED
    assert not is_listed(office, matter)
    assert versions(office.anyone, matter) == [(1, "CANCELLED")]
    eventually(lambda: told(matter) == ["MatterPublished", "MatterCancelled"])


@pytest.mark.parametrize("seconds", [10**15, -(10**15)])
def test_a_date_beyond_the_calendar_is_refused(office: Office, seconds: int) -> None:
    matter = publish(office, draft(office))
    request = matter_pb2.CancelMatterRequest(name=matter.name, reason="取消")
    request.effective_time.seconds = seconds
    refused = refusal(lambda: office.editor.CancelMatter(request))
    assert (refused.code, refused.violations) == (grpc.StatusCode.INVALID_ARGUMENT, {"effective_time": "TIME_VALID"})
    assert get(office.editor, matter.name) == matter


def test_a_date_is_told_once_however_many_processes_sweep(office: Office) -> None:
    matter = publish(office, draft(office, visits=1))
    publish(office, revise(office, matter), at=clock.now() + DAY)
    clock.shift(DAY.total_seconds())
    # Beside the server's own sweep.
    sweeps = [threading.Thread(target=turn) for _ in range(4)]
    for sweep in sweeps:
        sweep.start()
    for sweep in sweeps:
        sweep.join()
    eventually(lambda: told(matter) == ["MatterPublished", "MatterPublished"])


def test_a_matter_that_cannot_be_brought_up_holds_back_no_other(office: Office) -> None:
    broken, sound = (publish(office, draft(office), at=clock.now() + DAY) for _ in range(2))
    stored = Matter._get_collection()
    stored.update_one({"_id": f"440307-{broken.name.rpartition('/')[2]}"}, {"$set": {"content": b"no message"}})
    clock.shift(DAY.total_seconds())
    eventually(lambda: told(sound) == ["MatterPublished"])
    assert told(broken) == []
    stored.delete_one({"_id": f"440307-{broken.name.rpartition('/')[2]}"})


def test_what_was_announced_can_be_taken_back_before_its_date(office: Office) -> None:
    matter = publish(office, draft(office))
    request = matter_pb2.CancelMatterRequest(name=matter.name, reason="拟取消")
    request.effective_time.FromDatetime(clock.now() + 3 * DAY)
    office.editor.CancelMatter(request)
    publishing = V.ReturnMatterRequest(name=matter.name, reason="另行研究")
    assert not office.editor.ReturnMatter(publishing).HasField("cancel_time")
    publish(office, revise(office, matter), at=clock.now() + 3 * DAY)
    returned = office.editor.ReturnMatter(publishing)
    assert (returned.next_version, returned.next_state) == (2, V.VERSION_STATE_DRAFT)
    clock.shift(4 * DAY.total_seconds())
    assert get(office.anyone, matter.name).matter_version == 1
    assert refusal(lambda: office.editor.ReturnMatter(publishing)).reason == "VERSION_NOT_IN_REVIEW"


def test_who_when_and_why_is_read_by_editors_and_the_rest_without_names(office: Office) -> None:
    matter = publish(office, draft(office), reason="首次公布")
    office.editor.CancelMatter(matter_pb2.CancelMatterRequest(name=matter.name, reason="并入其他事项"))
    states = [V.VERSION_STATE_DRAFT, V.VERSION_STATE_IN_REVIEW, V.VERSION_STATE_PUBLISHED, V.VERSION_STATE_CANCELLED]
    entries = version(office.editor, matter, 1).entries
    assert [entry.to for entry in entries] == states
    assert [entry.reason for entry in entries] == ["", "", "首次公布", "并入其他事项"]
    assert {entry.person for entry in entries} == {"people/editor"}
    shown = version(office.anyone, matter, 1).entries
    assert [(entry.to, entry.person, entry.reason) for entry in shown] == [
        (V.VERSION_STATE_PUBLISHED, "", "首次公布"),
        (V.VERSION_STATE_CANCELLED, "", "并入其他事项"),
    ]


def test_what_is_being_prepared_is_seen_by_editors_alone(office: Office) -> None:
    matter = revise(office, publish(office, draft(office)))
    assert version(office.editor, matter, 2).state == V.VERSION_STATE_DRAFT
    assert version(office.anyone, matter, 1).elements == matter.elements
    compared = V.CompareVersionsRequest(name=f"{matter.name}/versions/2", base=1)
    for call in (lambda: version(office.anyone, matter, 2), lambda: office.anyone.CompareVersions(compared)):
        refused = refusal(call)
        assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "RESOURCE_UNKNOWN")
    assert refusal(lambda: version(office.editor, matter, 3)).reason == "RESOURCE_UNKNOWN"


def test_two_versions_are_compared_element_by_element(office: Office) -> None:
    matter = publish(office, draft(office, visits=1))
    publish(office, revise(office, matter))
    reply = office.anyone.CompareVersions(V.CompareVersionsRequest(name=f"{matter.name}/versions/2", base=1))
    (change,) = reply.changes
    assert (change.path, change.label.zh, change.kind) == ("elements.visits", "到办事现场次数", V.CHANGE_KIND_CHANGED)
    assert (change.before.number_value, change.after.number_value) == (1, 2)
    backwards = office.anyone.CompareVersions(V.CompareVersionsRequest(name=f"{matter.name}/versions/1", base=2))
    assert backwards.changes[0].after.number_value == 1
    same = office.anyone.CompareVersions(V.CompareVersionsRequest(name=f"{matter.name}/versions/1", base=1))
    assert not same.changes


def test_versions_are_listed_newest_first_page_by_page(office: Office) -> None:
    matter = publish(office, draft(office, visits=1))
    for _ in range(4):
        matter = publish(office, revise(office, matter))
    request = V.ListVersionsRequest(parent=matter.name, page_size=2)
    found: list[int] = []
    while True:
        reply = office.anyone.ListVersions(request)
        found += [one.elements.visits for one in reply.versions]
        request.page_token = reply.next_page_token
        if not request.page_token:
            break
    assert found == [5, 4, 3, 2, 1]


def test_an_inconsistent_revision_hears_of_everything_at_once_and_what_is_in_force_stays(office: Office) -> None:
    matter = publish(office, draft(office))
    request = V.ReviseMatterRequest(name=matter.name, elements=matter.elements, reason="修订")
    request.elements.visits_reason = ""
    request.elements.contacts.complaint_telephone = request.elements.contacts.consultation_telephone
    office.editor.ReviseMatter(request)
    refused = refusal(lambda: office.editor.SubmitMatter(V.SubmitMatterRequest(name=matter.name)))
    assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
    assert set(refused.violations.values()) == {"VISITS_HAVE_REASONS", "COMPLAINT_GOES_ELSEWHERE"}
    assert versions(office.editor, matter) == [(2, "DRAFT"), (1, "PUBLISHED")]
    assert get(office.anyone, matter.name).elements == matter.elements


def test_what_is_in_review_is_changed_by_nobody(office: Office) -> None:
    matter = revise(office, publish(office, draft(office)))
    office.editor.SubmitMatter(V.SubmitMatterRequest(name=matter.name))
    refused = refusal(lambda: revise(office, matter))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "VERSION_IN_REVIEW")
    assert (refused.facts["number"], "第 2 版" in refused.zh) == ("2", True)


def test_of_two_editors_who_revise_at_the_same_moment_one_wins_and_the_other_is_told(office: Office) -> None:
    matter = publish(office, draft(office, visits=1))
    outcomes: list[str] = []

    def act(reason: str) -> None:
        request = V.ReviseMatterRequest(name=matter.name, elements=matter.elements, reason=reason, etag=matter.etag)
        try:
            office.by(reason, Post("EDITOR", "440307")).ReviseMatter(request)
            outcomes.append(reason)
        except grpc.RpcError as error:
            outcomes.append(error.code().name)

    editors = [threading.Thread(target=act, args=[reason]) for reason in ("jia", "yi")]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    assert outcomes.count("ABORTED") == 1
    (entry,) = version(office.editor, matter, 2).entries
    assert entry.reason in outcomes
    assert entry.person == f"people/{entry.reason}"


def test_a_revision_that_is_sent_twice_is_one(office: Office) -> None:
    matter = publish(office, draft(office))
    assert revise(office, matter, request_id="revise-twice") == revise(office, matter, request_id="revise-twice")
    assert len(version(office.editor, matter, 2).entries) == 1


@pytest.mark.parametrize("posts", [[], [Post("CLERK", "440307")]])
def test_only_editors_revise_review_and_return(office: Office, posts: list[Post]) -> None:
    matter = publish(office, draft(office))
    other = office.by("somebody", *posts)
    for call in (
        lambda: other.ReviseMatter(V.ReviseMatterRequest(name=matter.name, elements=matter.elements, reason="因")),
        lambda: other.SubmitMatter(V.SubmitMatterRequest(name=matter.name)),
        lambda: other.ReturnMatter(V.ReturnMatterRequest(name=matter.name, reason="因")),
    ):
        assert refusal(call).code == grpc.StatusCode.PERMISSION_DENIED
