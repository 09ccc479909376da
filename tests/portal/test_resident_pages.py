"""Every page of a resident in each language and width: no violation of WCAG, nothing wider than the screen."""

import re

import pytest
from playwright.sync_api import expect

from stack import Stack
from tests.portal.conftest import LOOKS, Look, Visitor, check, sign_in
from tests.portal.office import Office, path_of
from tests.portal.residents import ALLOWANCE
from yimen.intake.v1 import accepting_pb2, listing_pb2


@pytest.fixture(scope="module")
def pages(office: Office) -> dict[str, str]:
    """The address of each page, on a case in the state that it is for."""
    draft, returned, submitted = office.draft(), office.returned(), office.submitted()
    accepted, completed = office.accepted(), office.completed()
    return {
        "cases": "/cases",
        "cases-waiting": "/cases?show=mine",
        "apply": ALLOWANCE,
        "apply-organisation": "/apply/440307/catering",
        "form": path_of(draft, "form"),
        "materials": path_of(draft, "materials"),
        "check": path_of(draft, "check"),
        "case-draft": path_of(draft),
        "case-corrections": path_of(returned),
        "materials-corrections": path_of(returned, "materials"),
        "receipt": path_of(submitted, "receipt"),
        "withdraw": path_of(submitted, "withdraw"),
        "case-accepted": path_of(accepted),
        "materials-later": path_of(accepted, "materials"),
        "rate": path_of(accepted, "rate"),
        "case-completed": path_of(completed),
        "collect": path_of(completed, "collect"),
        "inbox": "/inbox",
        "me": "/me",
        "organisation": "/me/organisations/new",
    }


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page_is_accessible(visitor: Visitor, platform: Stack, pages: dict[str, str], look: Look) -> None:
    page = visitor(look)
    sign_in(page, platform, "resident")
    # Each page is looked at in both languages and at both widths, half of them the other way round.
    crossed = (look.language == "zh") == (look.width == "phone")
    for name, path in list(pages.items())[crossed::2]:
        reply = page.goto(path)
        assert reply
        assert reply.status == 200, f"{name}: {reply.status}"
        check(page, name, look)


def test_how_a_person_is_told_is_kept_and_what_is_wrong_is_said(visitor: Visitor, platform: Stack) -> None:
    page = visitor()
    sign_in(page, platform, "resident-b")
    page.goto("/me")
    page.fill("[name=email]", "nobody@example.com")
    page.fill("[name=begins]", "22:00")
    page.fill("[name=ends]", "")
    page.get_by_role("button", name="保存通知方式").click()
    expect(page.locator("#f-ends-wrong")).to_be_visible()
    assert page.input_value("[name=email]") == "nobody@example.com"
    page.fill("[name=ends]", "07:00")
    page.get_by_role("button", name="保存通知方式").click()
    page.wait_for_url("**/me?said=kept")
    assert page.input_value("[name=ends]") == "07:00"


def test_without_a_choice_nothing_is_rated(visitor: Visitor, platform: Stack, office: Office) -> None:
    page = visitor()
    sign_in(page, platform, "resident")
    case = office.accepted()
    page.goto(path_of(case, "rate"))
    assert page.locator("input[name=stars]:checked").count() == 0
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("#f-stars-wrong")).to_be_visible()
    assert not office.read(case.name).ratings


def test_a_case_that_ended_says_why_and_what_can_be_done(visitor: Visitor, platform: Stack, office: Office) -> None:
    page = visitor(look := Look("en", "phone"))
    sign_in(page, platform, "resident")
    case = office.submitted()
    refused = accepting_pb2.RefuseAcceptanceRequest(name=case.name, reason="不属于本机关职权范围")
    office.person("clerk").intake.RefuseAcceptance(refused)
    page.goto(path_of(case))
    assert page.get_by_text("不属于本机关职权范围").first.is_visible()
    assert page.get_by_text("administrative reconsideration").is_visible()
    check(page, "case-not-accepted", look)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_an_applicant_reads_the_notices_of_the_law(visitor: Visitor, platform: Stack, office: Office, look: Look) -> None:
    page = visitor(look)
    sign_in(page, platform, "resident")
    case = office.returned()
    page.goto(path_of(case))
    page.get_by_role("link", name=re.compile("查看文书|Read the notice")).click()
    # It is issued in Chinese, whatever the page speaks.
    expect(page.locator(".paper h2")).to_have_text("申请材料补正告知书")
    expect(page.locator(".paper-number")).to_contain_text(f"{case.number}-BZ01")
    expect(page.locator(".paper ol li")).to_have_count(2)
    expect(page.locator(".paper .blank")).to_have_count(0)
    check(page, "notice-correction", look)
    if look.language == "en":
        page.get_by_role("link", name="English translation").click()
        expect(page.locator(".paper h2")).to_have_text("Notice of correction")
    accepted = office.accepted()
    page.goto(path_of(accepted))
    page.locator(".timeline").get_by_role("link").click()
    expect(page.locator(".paper h2")).to_have_text("受理通知书")


def test_whoever_is_refused_reads_why_and_what_can_be_done_also_when_the_result_can_be_collected(
    visitor: Visitor, platform: Stack, office: Office
) -> None:
    page = visitor()
    sign_in(page, platform, "resident")
    case = office.decided(reasons=["年龄不满七十周岁"])
    for state in ("decided", "completed", "delivered"):
        if state == "completed":
            office.complete(case.name)
        elif state == "delivered":
            office.delivered(case)
        page.goto(path_of(case))
        panel = page.locator(".notice", has_text="决定不予批准")
        expect(panel).to_contain_text("年龄不满七十周岁")
        expect(panel).to_contain_text("行政复议")
        panel.get_by_role("link", name="查看文书").click()
        expect(page.locator(".paper-number")).to_contain_text(f"{case.number}-")
        expect(page.locator(".paper h2")).to_have_text("不予批准决定书")


def test_a_notice_is_its_applicants_alone(visitor: Visitor, platform: Stack, office: Office) -> None:
    case = office.returned()
    entries = office.person("clerk").intake.ListHistory(listing_pb2.ListHistoryRequest(parent=case.name)).entries
    sequence = next(entry.sequence for entry in entries if entry.action == "requestCorrection")
    page = visitor()
    for label, status in (("resident", 200), ("resident-b", 404)):
        sign_in(page, platform, label)
        assert page.context.request.get(path_of(case, f"notices/{sequence}")).status == status
    for wrong in (sequence - 1, sequence + 1, "x"):
        sign_in(page, platform, "resident")
        assert page.context.request.get(path_of(case, f"notices/{wrong}")).status == 404
