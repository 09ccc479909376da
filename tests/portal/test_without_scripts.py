"""Without scripts, what a form can do is done: looking up, applying, drafting, withdrawing; notices and decisions of staff."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from stack.journey import a_pdf, upload
from tests.portal.conftest import Visitor
from tests.portal.office import LATER, Office, path_of, work
from tests.portal.residents import ALLOWANCE, case_of, fill_allowance, go_on
from yimen.intake.v1 import cases_pb2

SignedIn = Callable[..., Page]


def test_a_case_is_looked_up_to_its_end(visitor: Visitor, office: Office) -> None:
    case, page = office.accepted(), visitor(scripts=False)
    page.goto("/progress")
    page.get_by_label("办件编号").fill(case.number)
    page.get_by_label("申请人姓名").fill("居民甲")
    page.get_by_role("button", name="查询").click()
    expect(page.locator("main")).to_contain_text("已受理")
    expect(page.locator("main")).to_contain_text(case.number)


def test_an_application_is_begun_kept_filled_in_and_checked_and_a_draft_discarded(signed_in: SignedIn, office: Office) -> None:
    page = signed_in("resident", scripts=False)
    page.goto(ALLOWANCE)
    page.get_by_role("button", name="开始申请").click()
    page.wait_for_url("**/form")
    name = case_of(page)
    page.fill("[name=bank]", "示例银行")
    page.get_by_role("button", name="保存，以后再填").click()
    expect(page.locator("main")).to_contain_text("草稿已保存")
    assert office.read(name).form["bank"] == "示例银行"
    page.goto(path_of(office.read(name), "form"))
    fill_allowance(page, mobile="1")
    go_on(page)
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    page.fill("[name=mobile]", "13800000000")
    go_on(page)
    page.wait_for_url("**/materials")
    page.goto(path_of(office.read(name), "check"))
    expect(page.locator("main")).to_contain_text("示例银行龙岗支行")
    page.goto(path_of(office.read(name), "withdraw"))
    with page.expect_navigation():
        page.locator("main form button").last.click()
    assert office.read(name).state == cases_pb2.CASE_STATE_WITHDRAWN


def test_an_application_is_withdrawn(signed_in: SignedIn, office: Office) -> None:
    case, page = office.submitted(), signed_in("resident", scripts=False)
    page.goto(path_of(case, "withdraw"))
    page.fill("[name=reason]", "已搬家")
    page.get_by_role("button", name="确认撤回").click()
    expect(page.locator("main")).to_contain_text("已搬家")
    assert office.read(case.name).state == cases_pb2.CASE_STATE_WITHDRAWN


def test_a_correction_is_asked_for_and_a_decision_made(signed_in: SignedIn, office: Office) -> None:
    case, clerk = office.submitted(), signed_in("clerk", scripts=False)
    clerk.goto(work(case, "correct"))
    clerk.fill("[name='reason.identity-card']", "图像不清晰")
    with clerk.expect_navigation():
        clerk.locator("main form button").last.click()
    assert office.read(case.name).state == cases_pb2.CASE_STATE_CORRECTION_REQUESTED
    clerk.goto(work(case, office.notice(case.name, "requestCorrection")))
    expect(clerk.locator(".paper")).to_contain_text("图像不清晰")

    reviewed, approver = office.reviewed(), signed_in("approver", scripts=False)
    office.person("resident").intake.UploadMaterial(upload(reviewed.name, LATER, a_pdf(LATER)))
    approver.goto(work(reviewed, "decide"))
    approver.check("input[name=outcome][value='1']")
    approver.locator("main form button").last.click()
    expect(approver.locator("main")).to_contain_text("作出决定")
    assert office.read(reviewed.name).outcome == cases_pb2.OUTCOME_GRANTED
