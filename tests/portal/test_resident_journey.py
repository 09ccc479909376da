"""The whole journey of a resident in a browser: from the search to the rating, corrections and all."""

import re

import pytest
from playwright.sync_api import expect

from stack import Stack, ukey
from stack.journey import HALL, eventually
from tests.portal.conftest import Look, Visitor, check, sign_in
from tests.portal.office import Office, path_of
from tests.portal.residents import START, case_of, fill_allowance, go_on, put_files, through_the_window
from yimen.intake.v1 import accepting_pb2, applying_pb2, cases_pb2, delivering_pb2

MATERIALS = ("application-form", "identity-card", "household-register")
WORDS = {
    "zh": {
        "search": "老人津贴", "apply": "在线申请", "begin": "开始申请", "on": "继续", "submitted": "申请已提交",
        "correct": "去补正", "again": "核对并重新提交", "left": "还剩 15 个工作日", "rate": "现在评价", "send": "提交评价",
        "thanks": "谢谢您的评价", "collect": "可以领取结果了", "message": "可以领取", "delivered": "已送达",
    },
    "en": {
        "search": "old-age allowance", "apply": "Apply online", "begin": "Begin", "on": "Continue",
        "submitted": "Application submitted", "correct": "Correct it", "again": "Check and hand in again",
        "left": "15 working days left", "rate": "Rate now", "send": "Send", "thanks": "Thank you",
        "collect": "can be collected", "message": "Case completed", "delivered": "Delivered",
    },
}  # fmt: skip


@pytest.mark.parametrize("look", [Look("zh", "phone"), Look("en", "desktop")], ids=str)
def test_a_resident_applies_corrects_collects_and_rates(visitor: Visitor, office: Office, look: Look) -> None:
    said, page = WORDS[look.language], visitor(look)

    # Found by everyday words, read, begun; the sign-in comes between and leads back.
    page.goto("/")
    page.locator("input[type=search]").first.fill(said["search"])
    page.keyboard.press("Enter")
    page.locator("main a[href*='/matters/440307/old-age-allowance']").first.click()
    page.get_by_role("link", name=said["apply"]).click()
    through_the_window(page, "resident")
    page.wait_for_url("**/apply/440307/old-age-allowance**")
    page.select_option("[name=hall]", HALL)
    page.get_by_role("button", name=said["begin"]).click()
    page.wait_for_url("**/form")
    name = case_of(page)

    fill_allowance(page)
    go_on(page)
    page.wait_for_url("**/materials")
    put_files(page, *MATERIALS)
    page.get_by_role("link", name=said["on"], exact=True).click()
    page.wait_for_url("**/check")
    through_the_window(page, "resident")
    expect(page.locator("[data-focus]")).to_contain_text(said["submitted"])
    number = office.read(name).number
    expect(page.locator("main")).to_contain_text(number)

    # What is handed in is handed in once: neither the back button nor another window does it again.
    page.go_back()
    page.wait_for_url(lambda url: not url.endswith("/check"))
    assert sum(entry.action == "submit" for entry in office.history(name)) == 1

    # The counter asks for a correction, which is told and done.
    asked = accepting_pb2.RequestCorrectionRequest(name=name)
    asked.items.add(material="identity-card", reason="身份证照片不清楚")
    office.person("clerk").intake.RequestCorrection(asked)
    page.goto(path_of(office.read(name)))
    page.get_by_role("link", name=said["correct"]).click()
    row = page.locator("#m-identity-card")
    row.get_by_role("button", name=re.compile("删除|Remove")).click()
    expect(row.locator(".files li")).to_have_count(0)
    put_files(page, "identity-card")
    page.get_by_role("link", name=said["on"], exact=True).click()
    through_the_window(page, "resident")
    expect(page.locator("[data-focus]")).to_be_visible()
    assert office.read(name).number == number

    # Accepted: the clock runs in working days, and what was let follow is asked for.
    office.person("clerk").intake.AcceptCase(accepting_pb2.AcceptCaseRequest(name=name))
    page.goto(path_of(office.read(name)))
    expect(page.locator(".clock-big")).to_have_text(said["left"])
    check(page, "journey-accepted", look)
    page.locator("main a[href$='/materials']").first.click()
    put_files(page, "bank-account")
    page.goto(path_of(office.read(name)))
    page.get_by_role("link", name=said["rate"]).click()
    page.check("input[name=stars][value='5']")
    page.get_by_role("button", name=said["send"]).click()
    expect(page.get_by_role("status").first).to_contain_text(said["thanks"])

    # Decided and completed: told in the inbox, collected at the hall.
    office.complete(name)
    notices = f"a[href^='/inbox/']:has-text('{said['message'] if look.language == 'en' else '办结'}')"
    page.goto("/inbox")
    eventually(lambda: page.reload() and page.locator(notices).count(), "the notice of the completion")
    page.locator(notices).first.click()
    check(page, "journey-notice", look)
    page.locator("main a.button[href^='/cases/']").click()
    expect(page.locator("main")).to_contain_text(said["collect"])
    page.locator("main a[href$='/collect']").click()
    expect(page.locator("main")).to_contain_text(number)

    office.person("clerk").intake.DeliverCase(delivering_pb2.DeliverCaseRequest(name=name, receiver="居民甲"))
    page.goto(path_of(office.read(name)))
    expect(page.locator(".tags")).to_contain_text(said["delivered"])
    page.get_by_role("link", name=said["rate"]).click()
    page.check("input[name=stars][value='4']")
    page.get_by_role("button", name=said["send"]).click()
    expect(page.get_by_role("status").first).to_contain_text(said["thanks"])
    assert [rating.stars for rating in office.read(name).ratings] == [5, 4]
    check(page, "journey-delivered", look)


def test_a_double_click_on_submit_hands_in_one_case(visitor: Visitor, platform: Stack, office: Office) -> None:
    page = visitor()
    sign_in(page, platform, "resident")
    draft = office.draft()
    page.goto(path_of(draft, "check"))
    with page.expect_popup() as opened:
        page.locator(START).dblclick()
    opened.value.locator("select[name=token]").select_option("resident")
    opened.value.locator("input[name=pin]").fill(ukey.FIRST_PIN)
    opened.value.get_by_role("button", name="确定 OK").dblclick(no_wait_after=True)
    page.wait_for_url("**/receipt**")
    assert sum(entry.action == "submit" for entry in office.history(draft.name)) == 1
    # The same, sent by a window that was left open on the page of before.
    posted = page.context.request.get(path_of(draft, "check"))
    assert posted.url.endswith(path_of(draft))


def test_a_signature_of_another_person_is_refused_in_words(visitor: Visitor, platform: Stack, office: Office) -> None:
    page = visitor()
    sign_in(page, platform, "resident")
    draft = office.draft()
    page.goto(path_of(draft, "check"))
    through_the_window(page, "resident-b")
    expect(page.get_by_text("没有提交")).to_be_visible()
    check(page, "check-signed-by-another", Look("zh", "desktop"))
    assert office.read(draft.name).state == cases_pb2.CASE_STATE_DRAFT
    through_the_window(page, "resident")
    page.wait_for_url("**/receipt**")


def test_what_changed_in_another_window_is_signed_as_it_is_now(visitor: Visitor, platform: Stack, office: Office) -> None:
    page = visitor()
    sign_in(page, platform, "resident")
    draft = office.draft()
    page.goto(path_of(draft, "check"))
    changed = cases_pb2.Case(name=draft.name, form=draft.form)
    changed.form.update({"mobile": "12"})
    office.person("resident").intake.UpdateCase(applying_pb2.UpdateCaseRequest(case=changed))
    page.locator(START).click()
    # What is there now cannot be handed in: the page says why instead of asking for a PIN.
    expect(page.get_by_text("还不能提交")).to_be_visible()
    check(page, "check-not-ready", Look("zh", "desktop"))


def test_a_session_that_ended_before_the_signature_is_begun_again(visitor: Visitor, platform: Stack, office: Office) -> None:
    page = visitor()
    sign_in(page, platform, "resident")
    draft = office.draft()
    page.goto(path_of(draft, "check"))
    page.context.clear_cookies(name="session")
    page.locator(START).click()
    expect(page.locator('[data-ukey="SIGNED_OUT"]')).to_be_visible()
    page.get_by_role("link", name="重新登录").click()
    through_the_window(page, "resident")
    page.wait_for_url(lambda url: url.endswith("/check"))
    through_the_window(page, "resident")
    page.wait_for_url("**/receipt**")


def test_an_application_is_withdrawn_after_it_was_asked_once_more(visitor: Visitor, platform: Stack, office: Office) -> None:
    page = visitor(Look("en", "phone"))
    sign_in(page, platform, "resident")
    case = office.submitted()
    page.goto(path_of(case))
    page.get_by_role("link", name="Withdraw the application").click()
    page.fill("[name=reason]", "moved away")
    page.get_by_role("button", name="Withdraw", exact=True).dblclick()
    expect(page.get_by_role("status").first).to_contain_text("was withdrawn")
    assert office.read(case.name).state == cases_pb2.CASE_STATE_WITHDRAWN
    # Back to the page that asked: there is nothing to withdraw any more.
    page.goto(path_of(case, "withdraw"))
    assert page.url.endswith(path_of(case))
