"""The clerk's and the unit's whole work on the pages, in a real browser, in every look; and what is refused."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from stack import Stack
from stack.journey import a_pdf, upload
from tests.portal.conftest import LOOKS, Look, Visitor, check, sign_in, violations
from tests.portal.hostile import HOSTILE
from tests.portal.office import LATER, Office, path_of, work
from tests.portal.printing import printed, sheets
from yimen.intake.v1 import accepting_pb2, cases_pb2

HALL = "/work/halls/440307003002"
UNIT = "/work/units/440307-civil-affairs"
# The modifier's bit in the DevTools protocol.
ALT = 1


def press(page: Page, key: str) -> None:
    """Alt and an access key, as the browser has them from a keyboard."""
    page.wait_for_load_state()
    expect(page.locator(f"[accesskey='{key}']")).to_have_count(1)
    keyboard = page.context.new_cdp_session(page)
    told = {"modifiers": ALT, "key": key, "windowsVirtualKeyCode": ord(key.upper()), "unmodifiedText": key, "text": key}
    for kind in ("keyDown", "keyUp"):
        keyboard.send("Input.dispatchKeyEvent", {"type": kind, **told})
    keyboard.detach()


def staff(visitor: Visitor, platform: Stack, label: str, look: Look = LOOKS[0]) -> Page:
    """Somebody of the staff, signed in."""
    page = visitor(look)
    sign_in(page, platform, label)
    return page


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_whole_way_of_a_case_through_hall_and_unit(visitor: Visitor, platform: Stack, office: Office, look: Look) -> None:
    case = office.submitted()
    clerk = staff(visitor, platform, "clerk", look)
    clerk.goto("/work")
    expect(clerk).to_have_url(re.compile(HALL))
    clerk.wait_for_load_state()
    check(clerk, "staff-work", look)
    clerk.goto(work(case))
    check(clerk, "staff-case", look)
    press(clerk, "p")
    press(clerk, "s")
    expect(clerk.locator("[data-focus]")).to_be_focused()
    press(clerk, "d")
    expect(clerk.locator(".paper")).to_contain_text("受理通知书")
    expect(clerk.locator(".paper-number")).to_contain_text(f"{case.number}-SL01")
    check(clerk, "staff-notice-accepted", look)

    office.person("resident").intake.UploadMaterial(upload(case.name, LATER, a_pdf(LATER)))
    approver = staff(visitor, platform, "approver", look)
    approver.goto(UNIT)
    check(approver, "staff-unit", look)
    approver.goto(work(case))
    press(approver, "r")
    press(approver, "g")
    check(approver, "staff-decide", look)
    approver.locator("input[name=outcome][value='1']").check()
    press(approver, "s")
    approver.wait_for_url("**?said=decide")
    press(approver, "o")
    approver.fill("[name=result_number]", "深龙民〔2026〕000007号")
    press(approver, "s")
    approver.wait_for_url("**?said=complete")
    check(approver, "staff-completed", look)

    clerk.goto(f"{HALL}?part=delivery")
    clerk.goto(work(case))
    press(clerk, "l")
    check(clerk, "staff-deliver", look)
    clerk.fill("[name=receiver]", HOSTILE)
    press(clerk, "s")
    clerk.wait_for_url("**?said=deliver")
    expect(clerk.locator(".trail")).to_contain_text(HOSTILE)
    assert clerk.title() != "stolen"
    assert office.read(case.name).state == cases_pb2.CASE_STATE_DELIVERED


@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[-1]], ids=str)
def test_a_correction_names_each_material_with_its_reason(
    visitor: Visitor, platform: Stack, office: Office, look: Look
) -> None:
    case = office.submitted()
    page = staff(visitor, platform, "clerk", look)
    page.goto(work(case))
    press(page, "b")
    press(page, "s")
    expect(page.get_by_role("alert")).to_be_visible()
    check(page, "staff-correct-empty", look)
    page.fill("[name='reason.identity-card']", "图像不清晰，无法辨认")
    page.fill("[name='reason.']", HOSTILE)
    press(page, "s")
    page.wait_for_url("**?said=correct")
    assert page.title() != "stolen"
    assert {item.material: item.reason for item in office.read(case.name).corrections} == {
        "": HOSTILE,
        "identity-card": "图像不清晰，无法辨认",
    }
    press(page, "d")
    expect(page.locator(".paper")).to_contain_text("一次告知")
    expect(page.locator(".paper ol li")).to_have_count(2)
    expect(page.locator(".paper")).to_contain_text(HOSTILE)
    check(page, "staff-notice-correction", look)


def test_a_refusal_asks_for_its_reason_and_is_printed_on_one_sheet(visitor: Visitor, platform: Stack, office: Office) -> None:
    case = office.submitted()
    page = staff(visitor, platform, "clerk")
    page.goto(work(case, "refuse"))
    press(page, "s")
    expect(page.get_by_role("alert")).to_contain_text("请写明理由")
    page.fill("[name=reason]", "不属于本机关职权范围，请向社会保险机构申请。")
    press(page, "s")
    page.wait_for_url("**?said=refuse")
    press(page, "d")
    expect(page.locator(".paper")).to_contain_text("不予受理通知书")
    expect(page.locator(".paper")).to_contain_text("行政复议")
    expect(page.locator(".paper .seal time")).to_have_text("2026年3月2日")
    assert sheets(printed(page, "staff-notice-refused")) == 1


def test_the_special_procedure_stops_the_clock_and_the_head_extends_once(
    visitor: Visitor, platform: Stack, office: Office
) -> None:
    case = office.accepted()
    approver = staff(visitor, platform, "chief-representative")
    approver.goto(work(case))
    press(approver, "r")
    press(approver, "t")
    check(approver, "staff-suspend", LOOKS[0])
    approver.locator("input[name=procedure]").first.check()
    approver.fill("[name=reason]", f"举行听证，约十个工作日。{HOSTILE}")
    press(approver, "s")
    approver.wait_for_url("**?said=suspend")
    expect(approver.locator(".trail")).to_contain_text(HOSTILE)
    expect(approver.locator(".case-head")).to_contain_text("时限暂停")
    press(approver, "j")
    press(approver, "s")
    approver.wait_for_url("**?said=resume")
    head = staff(visitor, platform, "head")
    head.goto(work(case))
    press(head, "y")
    head.fill("[name=days]", "11")
    head.fill("[name=reason]", "案情复杂")
    press(head, "s")
    expect(head.get_by_role("alert")).to_contain_text("1 至 10")
    head.fill("[name=days]", "5")
    press(head, "s")
    head.wait_for_url("**?said=extend")
    assert head.locator("[accesskey='y']").count() == 0
    press(head, "d")
    expect(head.locator(".paper")).to_contain_text("延长 5 个工作日")


def test_who_read_an_older_case_is_shown_the_new_one_and_nothing_is_done(
    visitor: Visitor, platform: Stack, office: Office
) -> None:
    case = office.submitted()
    page = staff(visitor, platform, "clerk")
    page.goto(work(case))
    office.person("clerk").intake.PassPreReview(accepting_pb2.PassPreReviewRequest(name=case.name))
    press(page, "s")
    expect(page.get_by_role("alert")).to_be_visible()
    assert office.read(case.name).state == cases_pb2.CASE_STATE_PRE_REVIEWED


def test_a_refused_grant_needs_reasons(visitor: Visitor, platform: Stack, office: Office) -> None:
    case = office.accepted()
    page = staff(visitor, platform, "approver")
    page.goto(work(case))
    press(page, "r")
    press(page, "g")
    page.locator("input[name=outcome][value='2']").check()
    press(page, "s")
    expect(page.get_by_role("alert")).to_contain_text("说明理由")
    page.fill("[name=reasons]", f"年龄不足\n{HOSTILE}")
    press(page, "s")
    page.wait_for_url("**?said=decide")
    press(page, "d")
    expect(page.locator(".paper ol li")).to_have_count(2)
    expect(page.locator(".paper")).to_contain_text(HOSTILE)
    assert violations(page) == []


def test_a_file_is_shown_in_the_pane_beside_the_form(visitor: Visitor, platform: Stack, office: Office) -> None:
    case = office.submitted()
    page = staff(visitor, platform, "clerk")
    reply = page.goto(work(case))
    assert reply
    assert "frame-src 'self'" in reply.headers["content-security-policy"]
    address = page.locator("a[target=preview]").first.get_attribute("href") or ""
    assert page.locator("iframe[name=preview]").get_attribute("src") == address
    sent = page.context.request.get(address)
    assert sent.headers["content-type"] == "application/pdf"
    assert "frame-ancestors 'self'" in sent.headers["content-security-policy"]


def test_two_materials_are_looked_at_beside_each_other(visitor: Visitor, platform: Stack, office: Office) -> None:
    case = office.accepted()
    resident = staff(visitor, platform, "resident")
    resident.goto(path_of(case, "materials"))
    for name, width in (("front.png", 300), ("back.png", 310)):
        image = resident.screenshot(clip={"x": 0, "y": 0, "width": width, "height": 200})
        file = FilePayload(name=name, mimeType="image/png", buffer=image)
        resident.locator(f"#m-{LATER} input[type=file]").set_input_files(file)
        expect(resident.locator(f"#m-{LATER}").get_by_text(name)).to_be_visible()
    page = staff(visitor, platform, "approver")
    page.set_viewport_size({"width": 1600, "height": 1000})
    page.goto(work(case))
    shown = page.get_by_role("link", name="front.png", exact=True)
    shown.click()
    page.get_by_role("link", name=re.compile("对照.*back.png")).click()
    expect(shown).to_have_attribute("aria-current", "true")
    panes = [page.locator(f"iframe[name='{name}']") for name in ("preview", "preview-2")]
    for pane in panes:
        expect(pane.content_frame.locator("img")).to_be_visible()
    left, right = (pane.bounding_box() for pane in panes)
    assert left
    assert right
    assert left["x"] + left["width"] < right["x"]
    assert (left["y"], left["height"]) == (right["y"], right["height"])
    check(page, "staff-compare", LOOKS[0])


@pytest.mark.parametrize("label", ["resident", "clerk-b", "approver-b"])
def test_a_case_is_closed_to_who_has_no_post_over_it(visitor: Visitor, platform: Stack, office: Office, label: str) -> None:
    case = office.submitted()
    page = staff(visitor, platform, label)
    for path in (work(case), work(case, "correct"), f"/downloads{work(case)}/x", HALL, UNIT):
        status = page.context.request.get(path).status
        assert status in (403, 404), (path, status)


def test_without_scripts_a_case_is_accepted_all_the_same(visitor: Visitor, platform: Stack, office: Office) -> None:
    case = office.submitted()
    page = visitor(scripts=False)
    sign_in(page, platform, "clerk")
    page.goto(work(case))
    page.get_by_role("button", name="受理").click()
    expect(page.get_by_role("status").first).to_contain_text("已完成：予以受理")
    assert office.read(case.name).state == cases_pb2.CASE_STATE_ACCEPTED
