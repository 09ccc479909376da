"""The service over real gRPC on the real store."""

import secrets
import threading
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf import json_format

from services.chassis.caller import Post
from services.matters.documents import Matter
from tests.matters.asked import eventually
from tests.matters.builders import a_code, a_matter
from tests.matters.conftest import DISTRICT, Office
from tests.serving import As, refusal
from yimen.matters.v1 import elements_pb2, matter_pb2, search_pb2, units_pb2, versions_pb2

ALLOWANCE = f"{DISTRICT}/matters/old-age-allowance"
_serials = iter(range(5000, 9000))


def get(as_: As, name: str) -> matter_pb2.Matter:
    matter: matter_pb2.Matter = as_.GetMatter(matter_pb2.GetMatterRequest(name=name))
    return matter


def a_draft(office: Office, **changes: Any) -> matter_pb2.Matter:
    """A stored draft with a code of its own, unless the changes give one."""
    request = matter_pb2.CreateMatterRequest(
        parent=DISTRICT,
        matter_id=f"a-{secrets.token_hex(4)}",
        matter=a_matter(**(a_code(next(_serials)) | changes)),
    )
    draft: matter_pb2.Matter = office.editor.CreateMatter(request)
    return draft


def submit(as_: As, matter: matter_pb2.Matter, **more: Any) -> matter_pb2.Matter:
    submitted: matter_pb2.Matter = as_.SubmitMatter(versions_pb2.SubmitMatterRequest(name=matter.name, **more))
    return submitted


def publish(as_: As, matter: matter_pb2.Matter, **more: Any) -> matter_pb2.Matter:
    """Submits a draft, and publishes what is in review."""
    if matter.next_state == versions_pb2.VERSION_STATE_DRAFT:
        submit(as_, matter)
    live: matter_pb2.Matter = as_.PublishMatter(matter_pb2.PublishMatterRequest(name=matter.name, **more))
    return live


def cancel(as_: As, matter: matter_pb2.Matter, **more: Any) -> matter_pb2.Matter:
    request = matter_pb2.CancelMatterRequest(name=matter.name, reason="并入其他事项", **more)
    cancelled: matter_pb2.Matter = as_.CancelMatter(request)
    return cancelled


def every_page(call: Callable[[Any], Any], request: Any, field: str) -> list[Any]:
    found: list[Any] = []
    while True:
        reply = call(request)
        found += getattr(reply, field)
        if not reply.next_page_token:
            return found
        request.page_token = reply.next_page_token


# the list as anyone reads it


def test_a_published_matter_is_read_without_signing_in(office: Office) -> None:
    matter = get(office.anyone, ALLOWANCE)
    assert matter.elements.display_name.zh == "高龄老人津贴申请"
    assert matter.state == matter_pb2.MATTER_STATE_PUBLISHED
    assert (matter.matter_version, matter.HasField("publish_time"), matter.etag) == (1, True, '"3"')
    assert json_format.MessageToDict(matter.elements.form_schema)["properties"]["age"]["minimum"] == 80
    assert matter.provenance[-1].field_path == "*"


def test_all_40_are_listed_in_the_order_of_codes_page_by_page(office: Office) -> None:
    request = matter_pb2.ListMattersRequest(parent=DISTRICT, page_size=7)
    codes = [m.elements.implementation_code for m in every_page(office.anyone.ListMatters, request, "matters")]
    loaded = [code for code in codes if "PL0000041H4440195" not in code]
    assert codes == sorted(codes)
    assert len(set(loaded)) >= 40


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"unit": "units/440307-civil-affairs"}, 5),
        ({"unit": "units/440307-civil-affairs", "matter_type": elements_pb2.MATTER_TYPE_LICENCE}, 2),
        ({"matter_type": elements_pb2.MATTER_TYPE_PUBLIC_SERVICE}, 2),
        ({"unit": "units/440307-audit"}, 0),
    ],
)
def test_the_list_is_narrowed_by_unit_and_type(office: Office, narrowed: dict[str, Any], expected: int) -> None:
    reply = office.anyone.ListMatters(matter_pb2.ListMattersRequest(parent=DISTRICT, page_size=100, **narrowed))
    assert len(reply.matters) == expected


def test_all_53_units_are_listed_page_by_page(office: Office) -> None:
    request = units_pb2.ListUnitsRequest(parent=DISTRICT, page_size=10)
    units = every_page(office.anyone.ListUnits, request, "units")
    assert len({unit.name for unit in units}) == 53


def test_a_streets_units_are_its_own(office: Office) -> None:
    (unit,) = office.anyone.ListUnits(units_pb2.ListUnitsRequest(parent="halls/440307014")).units
    assert (unit.name, unit.hall) == ("units/440307-buji-street", "halls/440307014")
    assert office.anyone.GetUnit(units_pb2.GetUnitRequest(name=unit.name)) == unit


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("高龄津贴", "old-age-allowance"),
        ("我妈八十岁了有什么老人补贴", "old-age-allowance"),
        ("开公司", "business-registration"),
        ("办执照", "business-registration"),
        ("开餐馆", "catering"),
        ("奶茶店", "catering"),
        ("KTV", "entertainment-venue"),
        ("会计证", "accounting-certificate"),
        ("泥头车", "construction-waste-transport"),
        ("老人证", "senior-card"),
        ("租房备案", "tenancy-registration"),
        ("低保", "minimum-living"),
        ("residence permit", "residence-permit"),
        ("失业登记", "employment-registration"),
    ],
)
def test_everyday_words_find_the_matter_first(office: Office, query: str, slug: str) -> None:
    found = office.anyone.SearchMatters(search_pb2.SearchMattersRequest(parent=DISTRICT, query=query)).results
    assert found[0].matter == f"{DISTRICT}/matters/{slug}"


def test_a_query_that_nothing_fits_finds_nothing(office: Office) -> None:
    for query in ("！？", "xvq", "$where", ".*"):
        request = search_pb2.SearchMattersRequest(parent=DISTRICT, query=query)
        assert not office.anyone.SearchMatters(request).results


# what may not be seen


def test_an_unlisted_matter_is_not_found_in_both_languages(office: Office) -> None:
    refused = refusal(lambda: get(office.anyone, f"{DISTRICT}/matters/unlisted"))
    assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "RESOURCE_UNKNOWN")
    assert refused.zh == "未找到 halls/440307/matters/unlisted"
    assert refused.en == "halls/440307/matters/unlisted was not found"


def test_a_draft_is_seen_by_editors_alone(office: Office) -> None:
    draft = a_draft(office)
    assert get(office.editor, draft.name) == draft
    for other in (office.anyone, office.by("clerk", Post("CLERK", "440307")), office.by("far", Post("EDITOR", "440307003"))):
        refused = refusal(lambda other=other: get(other, draft.name))  # type: ignore[misc]
        assert refused.code == grpc.StatusCode.NOT_FOUND
    request = matter_pb2.ListMattersRequest(parent=DISTRICT, state=matter_pb2.MATTER_STATE_DRAFT, page_size=100)
    assert draft in office.editor.ListMatters(request).matters
    assert draft.name not in {matter.name for matter in office.anyone.ListMatters(request).matters}


def test_a_cancelled_matter_leaves_the_list_and_can_still_be_read(office: Office) -> None:
    matter = cancel(office.editor, publish(office.editor, a_draft(office, display_name={"zh": "独木舟停泊许可"})))
    assert get(office.anyone, matter.name).cancel_reason == "并入其他事项"
    listed = every_page(office.anyone.ListMatters, matter_pb2.ListMattersRequest(parent=DISTRICT), "matters")
    assert matter.name not in {m.name for m in listed}
    search = search_pb2.SearchMattersRequest(parent=DISTRICT, query="独木舟")
    eventually(lambda: not office.anyone.SearchMatters(search).results)


def test_another_halls_list_is_empty(office: Office) -> None:
    assert not office.anyone.ListMatters(matter_pb2.ListMattersRequest(parent="halls/440307003")).matters
    refused = refusal(lambda: get(office.anyone, "halls/440307003/matters/old-age-allowance"))
    assert refused.code == grpc.StatusCode.NOT_FOUND
    refused = refusal(lambda: office.anyone.ListMatters(matter_pb2.ListMattersRequest(parent="halls/999999")))
    assert refused.reason == "HALL_UNKNOWN"


# what may not be done


@pytest.mark.parametrize(
    ("posts", "code"),
    [
        ([], grpc.StatusCode.PERMISSION_DENIED),
        ([Post("CLERK", "440307")], grpc.StatusCode.PERMISSION_DENIED),
        ([Post("OPERATOR", "440307", covers_subtree=True)], grpc.StatusCode.PERMISSION_DENIED),
        # An editor elsewhere holds the role, and does not reach here.
        ([Post("EDITOR", "440307003")], grpc.StatusCode.NOT_FOUND),
    ],
)
def test_only_the_districts_editors_change_the_list(office: Office, posts: list[Post], code: grpc.StatusCode) -> None:
    draft = a_draft(office)
    other = office.by("somebody", *posts)
    create = matter_pb2.CreateMatterRequest(parent=DISTRICT, matter_id="mine", matter=a_matter())
    unit = units_pb2.CreateUnitRequest(parent=DISTRICT, unit_id="440307-mine", unit=units_pb2.Unit(display_name="某局"))
    for call in (
        lambda: other.CreateMatter(create),
        lambda: other.CreateUnit(unit),
        lambda: other.UpdateMatter(matter_pb2.UpdateMatterRequest(matter=draft)),
        lambda: publish(other, draft),
        lambda: cancel(other, draft),
    ):
        assert refusal(call).code == code
    assert get(office.editor, draft.name) == draft


def test_who_is_not_signed_in_changes_nothing(office: Office) -> None:
    draft = a_draft(office)
    assert refusal(lambda: publish(office.anyone, draft)).code == grpc.StatusCode.UNAUTHENTICATED


def test_a_unit_is_named_after_its_district(office: Office) -> None:
    request = units_pb2.CreateUnitRequest(
        parent=DISTRICT, unit_id="440306-audit", unit=units_pb2.Unit(display_name="宝安区审计局")
    )
    refused = refusal(lambda: office.editor.CreateUnit(request))
    assert refused.violations == {"unit_id": "UNIT_OF_ITS_DISTRICT"}


# editing


def test_a_stale_etag_changes_nothing(office: Office) -> None:
    draft = a_draft(office)
    request = matter_pb2.UpdateMatterRequest(matter=draft)
    request.matter.elements.display_name.zh = "第一次修改"
    updated = office.editor.UpdateMatter(request)
    assert updated.elements.display_name.zh == "第一次修改"
    assert updated.etag != draft.etag
    request.matter.elements.display_name.zh = "第二次修改"
    refused = refusal(lambda: office.editor.UpdateMatter(request))
    assert (refused.code, refused.reason) == (grpc.StatusCode.ABORTED, "STALE_ETAG")
    assert refused.zh.endswith("已被修改，请刷新后重试")
    assert refusal(lambda: submit(office.editor, draft, etag=draft.etag)).reason == "STALE_ETAG"
    assert get(office.editor, draft.name) == updated


def test_of_two_editors_at_the_same_moment_one_wins_and_the_other_is_told(office: Office) -> None:
    draft = a_draft(office)
    outcomes: list[str] = []

    def edit(name: str) -> None:
        request = matter_pb2.UpdateMatterRequest(matter=draft)
        request.matter.elements.display_name.zh = name
        try:
            outcomes.append(office.editor.UpdateMatter(request).elements.display_name.zh)
        except grpc.RpcError as error:
            outcomes.append(error.code().name)

    editors = [threading.Thread(target=edit, args=[name]) for name in ("甲", "乙")]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    assert outcomes.count("ABORTED") == 1
    assert get(office.editor, draft.name).elements.display_name.zh in outcomes


def test_what_is_published_is_not_edited_nor_published_again(office: Office) -> None:
    live = publish(office.editor, a_draft(office))
    update = matter_pb2.UpdateMatterRequest(matter=live)
    refused = refusal(lambda: office.editor.UpdateMatter(update))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "MATTER_NOT_DRAFT")
    assert "不是草稿" in refused.zh
    assert refusal(lambda: publish(office.editor, live)).reason == "NOTHING_PREPARED"
    assert refusal(lambda: cancel(office.editor, a_draft(office))).reason == "MATTER_NOT_PUBLISHED"


def test_an_inconsistent_draft_hears_of_everything_at_once_and_stays_a_draft(office: Office) -> None:
    draft = a_draft(office, unit="units/440307-nobody", visits_reason="", fees=[{"item": "工本费", "standard": "5 元"}])
    refused = refusal(lambda: publish(office.editor, draft))
    assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
    assert refused.violations == {
        "elements.unit": "UNIT_KNOWN",
        "elements.visits_reason": "VISITS_HAVE_REASONS",
        "elements.fees[0]": "FEES_HAVE_BASIS",
    }
    assert "3 处" in refused.zh
    assert get(office.editor, draft.name) == draft


def test_no_two_live_matters_have_one_code(office: Office) -> None:
    code = a_code(next(_serials))
    first, second = (a_draft(office, **code) for _ in range(2))
    live = publish(office.editor, first)
    refused = refusal(lambda: publish(office.editor, second))
    assert refused.violations == {"elements.implementation_code": "CODE_UNIQUE"}
    assert live.name in refused.en
    # Nor is it free once the first has left the list: what was handled under it must stay told apart.
    cancel(office.editor, live)
    assert "CODE_NEVER_REUSED" in refusal(lambda: publish(office.editor, second)).violations.values()


def test_of_many_who_publish_one_code_at_the_same_moment_one_succeeds(office: Office) -> None:
    code = a_code(next(_serials))
    drafts = [a_draft(office, **code) for _ in range(6)]
    outcomes: list[str] = []

    def act(draft: matter_pb2.Matter) -> None:
        try:
            publish(office.editor, draft)
            outcomes.append("published")
        except grpc.RpcError as error:
            outcomes.append(error.code().name)

    threads = [threading.Thread(target=act, args=[draft]) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("published") == 1
    assert set(outcomes) <= {"published", "INVALID_ARGUMENT", "ALREADY_EXISTS"}


# requests that come twice


def test_the_same_request_makes_one_matter_and_one_publication(office: Office) -> None:
    request = matter_pb2.CreateMatterRequest(
        parent=DISTRICT, matter_id="twice", matter=a_matter(**a_code(next(_serials))), request_id="create-twice"
    )
    assert office.editor.CreateMatter(request) == office.editor.CreateMatter(request)
    live = publish(office.editor, get(office.editor, f"{DISTRICT}/matters/twice"), request_id="publish-twice")
    assert publish(office.editor, live, request_id="publish-twice") == live
    request.request_id = ""
    assert refusal(lambda: office.editor.CreateMatter(request)).reason == "RESOURCE_EXISTS"


def test_publication_and_cancellation_are_told_once_each(office: Office) -> None:
    live = publish(office.editor, a_draft(office), request_id="told")
    publish(office.editor, live, request_id="told")
    cancel(office.editor, live)
    (stored,) = Matter.across_halls("a test looks into an outbox").filter(slug=live.name.rpartition("/")[2])
    assert [entry.type for entry in stored.outbox] == [
        "yimen.matters.v1.MatterPublished",
        "yimen.matters.v1.MatterCancelled",
    ]
    assert live.elements.display_name.zh in stored.outbox[0].body


# loading


def test_a_load_that_is_repeated_changes_nothing(office: Office) -> None:
    before = get(office.anyone, ALLOWANCE)
    heard: list[tuple[int, int]] = []
    loaded = office.load(lambda done, of: heard.append((done, of)))
    assert (loaded.units, loaded.matters, loaded.left) == (53, 40, ())
    assert heard == [(n, 93) for n in range(1, 94)]
    assert get(office.anyone, ALLOWANCE) == before
