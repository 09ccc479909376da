"""A matter that changes, and then leaves the list, as everybody meets it at the public port."""

import json
import secrets
from datetime import timedelta

import pytest

from services.matters import data
from stack import Stack
from stack.actors import Actor, actor
from stack.calls import Json, JsonRefused
from stack.journey import HALL, a_pdf, eventually, upload
from tests.senior_card import FORM, MATTER
from yimen.intake.v1 import applying_pb2, cases_pb2, listing_pb2
from yimen.matters.v1 import guide_pb2, matter_pb2, offers_pb2, search_pb2, versions_pb2

DISTRICT, NAME = "halls/440307", "独木舟敬老卡"
# Seconds until a date of this test comes.
SOON = 3.0


@pytest.fixture(scope="module")
def editor(platform: Stack) -> Actor:
    return _signed_in(platform, "editor")


@pytest.fixture(scope="module")
def resident(platform: Stack) -> Actor:
    return _signed_in(platform, "resident")


def _signed_in(platform: Stack, label: str) -> Actor:
    someone = actor(platform, label, Json(platform.public_url))
    someone.sign_in()
    return someone


def a_matter(editor: Actor) -> matter_pb2.Matter:
    """A matter on the list, like the senior card."""
    request = next(one for one in data.matters() if f"{one.parent}/matters/{one.matter_id}" == MATTER)
    elements = request.matter.elements
    elements.display_name.zh, request.matter_id = NAME, f"canoe-{secrets.token_hex(4)}"
    for code in ("basic_code", "implementation_code", "gbt39046_basic_code", "gbt39046_implementation_code", "guangdong_code"):
        elements.ClearField(code)
    return _published(editor, editor.matters.CreateMatter(request))


def _published(editor: Actor, matter: matter_pb2.Matter) -> matter_pb2.Matter:
    editor.matters.SubmitMatter(versions_pb2.SubmitMatterRequest(name=matter.name))
    return editor.matters.PublishMatter(matter_pb2.PublishMatterRequest(name=matter.name))  # type: ignore[no-any-return]


def _reason(refused: pytest.ExceptionInfo[JsonRefused]) -> str:
    details = json.loads(refused.value.body)["details"]
    return next(str(detail["reason"]) for detail in details if "reason" in detail)


def a_draft(resident: Actor, matter: matter_pb2.Matter) -> cases_pb2.Case:
    case = cases_pb2.Case(matter=matter.name)
    case.form.update(FORM)
    draft: cases_pb2.Case = resident.intake.CreateCase(applying_pb2.CreateCaseRequest(parent=HALL, case=case))
    return draft


def handed_in(resident: Actor, draft: cases_pb2.Case) -> cases_pb2.Case:
    content = resident.intake.GetSubmissionContent(applying_pb2.GetSubmissionContentRequest(name=draft.name))
    request = applying_pb2.SubmitCaseRequest(name=draft.name, signature=resident.sign(content.content))
    return resident.intake.SubmitCase(request)  # type: ignore[no-any-return]


def places_that_show(resident: Actor, matter: matter_pb2.Matter) -> set[str]:
    """Where a resident meets the matter."""
    offers = offers_pb2.ListOffersRequest(parent=HALL, page_size=100)
    listed = matter_pb2.ListMattersRequest(parent=DISTRICT, unit=matter.elements.unit, page_size=100)
    search = search_pb2.SearchMattersRequest(parent=DISTRICT, query=NAME)
    found = {
        "search": [one.matter for one in resident.matters.SearchMatters(search).results],
        "list": [one.name for one in resident.matters.ListMatters(listed).matters],
        "offers": [one.summary.matter for one in resident.matters.ListOffers(offers).offers],
    }
    return {place for place, names in found.items() if matter.name in names}


def test_a_change_and_a_cancellation_take_effect_everywhere_at_their_dates(editor: Actor, resident: Actor) -> None:
    matter = a_matter(editor)
    eventually(lambda: places_that_show(resident, matter) == {"search", "list", "offers"}, "the matter everywhere", limit=10.0)
    first, second = a_draft(resident, matter), a_draft(resident, matter)

    # It changes: one material less.
    revised = versions_pb2.ReviseMatterRequest(name=matter.name, elements=matter.elements, reason="减少材料")
    del revised.elements.materials[:]
    kept = [one for one in matter.elements.materials if one.id == "identity-card"]
    revised.elements.materials.extend(kept)
    _published(editor, editor.matters.ReviseMatter(revised))
    guide = resident.matters.GetGuide(guide_pb2.GetGuideRequest(name=f"{matter.name}/guide"))
    assert (guide.matter_version, [one.material.id for one in guide.materials]) == (2, ["identity-card"])
    compared = versions_pb2.CompareVersionsRequest(name=f"{matter.name}/versions/2", base=1)
    changes = resident.matters.CompareVersions(compared).changes
    assert {change.kind for change in changes} == {versions_pb2.CHANGE_KIND_REMOVED}
    assert len(changes) == len(matter.elements.materials) - 1

    # Drafts of before are renewed and handed in.
    for draft in (first, second):
        resident.intake.UploadMaterial(upload(draft.name, "identity-card", a_pdf("identity-card")))
        with pytest.raises(JsonRefused) as refused:
            handed_in(resident, draft)
        assert (refused.value.status, _reason(refused)) == (400, "MATTER_CHANGED")
        resident.intake.RenewCase(applying_pb2.RenewCaseRequest(name=draft.name))
    submitted = handed_in(resident, first)
    assert submitted.matter_version == 2

    # It leaves the list, at a date.
    request = matter_pb2.CancelMatterRequest(name=matter.name, reason="并入其他事项")
    # By the platform's own clock.
    request.effective_time.FromDatetime(submitted.submit_time.ToDatetime() + timedelta(seconds=SOON))
    assert editor.matters.CancelMatter(request).state == matter_pb2.MATTER_STATE_PUBLISHED
    assert places_that_show(resident, matter) == {"search", "list", "offers"}

    def is_cancelled() -> bool:
        state = resident.matters.GetMatter(matter_pb2.GetMatterRequest(name=matter.name)).state
        return bool(state == matter_pb2.MATTER_STATE_CANCELLED)

    eventually(is_cancelled, "the date", limit=SOON + 5)
    with pytest.raises(JsonRefused) as refused:
        a_draft(resident, matter)
    assert _reason(refused) == "MATTER_NOT_PUBLISHED"
    with pytest.raises(JsonRefused) as refused:
        handed_in(resident, second)
    assert _reason(refused) == "MATTER_NOT_PUBLISHED"
    eventually(lambda: not places_that_show(resident, matter), "nobody shows it", limit=2.0)
    case = resident.intake.GetCase(listing_pb2.GetCaseRequest(name=first.name))
    assert case.state == cases_pb2.CASE_STATE_SUBMITTED
