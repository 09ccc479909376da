"""What staff meet on the way of a case: what a notice keeps, who was faster, what cannot be asked for, and the way back."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from stack import Stack
from stack.journey import a_pdf, upload
from tests.portal.conftest import DESKTOP as LOOK
from tests.portal.conftest import HALL_LIST, UNIT_LIST, check, sign_in
from tests.portal.office import LATER, Office, work
from yimen.intake.v1 import cases_pb2

CLOSED = "#f-reason\\.identity-card:not(input)"


def test_a_notice_of_acceptance_stays_as_it_was_issued(signed_in: Callable[..., Page], office: Office) -> None:
    case = office.accepted()
    page = signed_in("clerk")
    address = work(case, office.notice(case.name, "accept"))
    page.goto(address)
    issued = page.locator(".paper").inner_text()
    assert "容缺受理" in issued
    assert "主要申请材料齐全" in issued
    office.person("resident").intake.UploadMaterial(upload(case.name, LATER, a_pdf(LATER)))
    office.decided(office.reviewed(office.read(case.name)), ["年龄不足"])
    page.goto(address)
    assert page.locator(".paper").inner_text() == issued
    page.goto(work(case, office.notice(case.name, "decide")))
    expect(page.locator(".paper h2")).to_have_text("不予批准决定书")


def test_a_press_that_came_too_late_does_nothing_however_often(signed_in: Callable[..., Page], office: Office) -> None:
    case = office.submitted()
    page = signed_in("clerk")
    page.goto(work(case))
    office.passed(case)
    page.get_by_role("button", name="预审合格").click()
    expect(page.get_by_role("alert")).to_contain_text("预审通过")
    expect(page.get_by_role("alert")).to_be_focused()
    assert "?changed=" in page.url
    assert page.locator("button[accesskey]:not([data-step])").count() == 0
    assert office.read(case.name).state == cases_pb2.CASE_STATE_PRE_REVIEWED
    # An address that was kept says nothing of what came later.
    office.accepted(case)
    page.reload()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_was_written_for_a_step_that_is_closed_can_be_copied(signed_in: Callable[..., Page], office: Office) -> None:
    case = office.submitted()
    page = signed_in("clerk")
    page.goto(work(case, "refuse"))
    page.fill("[name=reason]", "不属于本机关职权范围\n请向社保机构申请")
    office.accepted(case)
    page.get_by_role("button", name=re.compile("^确认")).click()
    expect(page.get_by_role("alert")).to_contain_text("受理")
    expect(page.get_by_text("请向社保机构申请")).to_be_visible()
    check(page, "staff-too-late", LOOK)


def test_a_second_correction_says_what_cannot_be_asked_for_any_more(signed_in: Callable[..., Page], office: Office) -> None:
    case = office.correct(office.submitted().name, {"": "地址请写到门牌号"})
    office.submitted(draft=case)
    page = signed_in("clerk")
    page.goto(work(case, "correct"))
    expect(page.locator(CLOSED)).to_contain_text("不能再要求补正")
    expect(page.locator("[name='reason.']")).to_be_focused()
    # Posted all the same it is refused at its field, by the material's name.
    page.evaluate(
        """() => { const field = document.querySelector("[name='reason.']").cloneNode();
        field.name = "reason.identity-card"; field.value = "缺页"; document.querySelector("form.step").append(field); }"""
    )
    page.get_by_role("button", name=re.compile("^确认")).click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("身份证：")
    assert "identity-card" not in summary.inner_text()


def test_a_special_procedure_is_told_all_that_it_lacks(signed_in: Callable[..., Page], office: Office) -> None:
    case = office.reviewed()
    page = signed_in("approver")
    page.goto(work(case, "suspend"))
    page.get_by_role("button", name=re.compile("^确认")).click()
    expect(page.get_by_role("alert").locator("li")).to_have_count(2)
    page.goto(work(case, "decide"))
    expect(page.get_by_text("容缺材料还没有交来")).to_be_visible()
    assert case.applicant_display_name in page.title()


def test_full_width_digits_extend(signed_in: Callable[..., Page], office: Office) -> None:
    case = office.accepted()
    page = signed_in("head")
    page.goto(work(case, "extend"))
    page.fill("[name=days]", "５")
    page.fill("[name=reason]", "案情复杂")
    page.get_by_role("button", name=re.compile("^确认")).click()
    page.wait_for_url("**said=extend*")
    expect(page.locator(".trail")).to_contain_text("延长 5 个工作日")


def test_the_list_is_found_again_and_the_next_case_follows(signed_in: Callable[..., Page], office: Office) -> None:
    first, second = office.submitted(), office.submitted()
    page = signed_in("clerk")
    page.goto(f"{HALL_LIST}?part=received")
    page.fill("[name=number]", f" {first.number} ")
    page.get_by_role("button", name="打开").click()
    page.wait_for_url(f"**{work(first)}*")
    page.get_by_role("button", name="予以受理").click()
    after = page.get_by_role("link", name="下一件")
    expect(after).to_be_visible()
    after.click()
    page.wait_for_url("**/work/cases/**")
    assert first.name.rsplit("/", 1)[1] not in page.url
    page.get_by_role("link", name="工作台").last.click()
    page.wait_for_url("**/work/halls/**")
    assert office.read(second.name).state == cases_pb2.CASE_STATE_SUBMITTED


def test_a_number_that_is_on_no_list_is_said(signed_in: Callable[..., Page]) -> None:
    page = signed_in("approver")
    page.goto(f"{UNIT_LIST}?number=404")
    expect(page.get_by_role("status")).to_contain_text("没有编号为 404 的办件")


def test_a_page_that_a_list_does_not_know_is_its_first(signed_in: Callable[..., Page]) -> None:
    page = signed_in("clerk")
    page.goto(f"{HALL_LIST}?part=going&page=nonsense")
    assert page.url.endswith("?part=going")


def test_a_supervisor_sees_the_halls_below(signed_in: Callable[..., Page], office: Office) -> None:
    case = office.submitted()
    page = signed_in("supervisor")
    page.goto("/work")
    expect(page.locator("h1")).to_contain_text("含下属大厅")
    page.goto(f"/work/halls/440307?number={case.number}")
    page.wait_for_url(f"**{work(case)}*")
    page.goto("/work")
    page.select_option("#hall", "440307003002")
    page.get_by_role("button", name="查看").click()
    page.wait_for_url("**/work/halls/440307003002")
    expect(page.locator("table.work")).to_be_visible()


def test_a_form_that_another_signed_in_over_says_who_and_what(
    signed_in: Callable[..., Page], platform: Stack, office: Office
) -> None:
    case = office.submitted()
    page = signed_in("clerk")
    page.goto(work(case, "refuse"))
    page.fill("[name=reason]", "不属于本机关职权范围")
    sign_in(page, platform, "approver")
    page.get_by_role("button", name=re.compile("^确认")).click()
    expect(page.locator("h1")).to_have_text("请核对后再次提交")
    expect(page.locator("main")).to_contain_text("现在登录的是：审批人员甲")
    expect(page.locator("main")).to_contain_text("不属于本机关职权范围")
    # Who may not refuse it is told so in words.
    page.get_by_role("button", name="重新提交").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert "ROLE_" not in page.locator("main").inner_text()
    assert office.read(case.name).state == cases_pb2.CASE_STATE_SUBMITTED


def test_what_is_too_long_is_said_before_it_is_sent(signed_in: Callable[..., Page], office: Office) -> None:
    case = office.submitted()
    page = signed_in("clerk")
    page.goto(work(case, "refuse"))
    page.fill("[name=reason]", "长" * 501)
    page.get_by_role("button", name=re.compile("^确认")).click()
    assert "500" in page.locator("[name=reason]").evaluate("field => field.validationMessage")
    # Lines count as one letter each, as the services count them.
    page.fill("[name=reason]", "\n".join(["长" * 99] * 5))
    page.get_by_role("button", name=re.compile("^确认")).click()
    page.wait_for_url("**said=refuse*")
    assert office.read(case.name).state == cases_pb2.CASE_STATE_NOT_ACCEPTED


def test_what_was_written_is_kept_where_the_step_is_still_open(signed_in: Callable[..., Page], office: Office) -> None:
    case = office.submitted()
    page = signed_in("clerk")
    page.goto(work(case, "refuse"))
    page.fill("[name=reason]", "不属于本机关职权范围")
    office.passed(case)
    page.get_by_role("button", name=re.compile("^确认")).click()
    expect(page.get_by_role("alert")).to_contain_text("预审通过")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator("[name=reason]")).to_have_value("不属于本机关职权范围")
    page.get_by_role("button", name=re.compile("^确认")).click()
    page.wait_for_url("**said=refuse*")


def test_what_is_awaited_is_said_at_the_decision(signed_in: Callable[..., Page], office: Office) -> None:
    case = office.reviewed()
    page = signed_in("approver")
    page.goto(work(case, "decide"))
    page.locator("input[name=outcome][value='1']").check()
    page.get_by_role("button", name=re.compile("^确认")).click()
    expect(page.get_by_role("alert")).to_contain_text("数码照相回执")
    expect(page.locator("#f-outcome")).to_contain_text("数码照相回执")
