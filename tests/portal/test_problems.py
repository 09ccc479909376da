"""What goes wrong is said in words that a person can act on, and nothing that was typed is lost."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from stack import Stack
from stack.journey import HALL, eventually
from tests.portal.conftest import GUIDE, LOOKS, Look, Visitor, check, try_again


def test_what_is_not_there_leads_on(visitor: Visitor) -> None:
    page = visitor()
    for path in ("/nowhere", "/halls/440307999", "/halls/abc", "/matters/440307/no-such-matter"):
        answered = page.goto(path)
        assert answered
        assert answered.status == 404, path
        expect(page.get_by_role("heading", level=1)).to_have_text("没有找到这个页面")
        expect(page.get_by_role("link", name="返回首页")).to_be_visible()


def test_a_service_that_is_down_is_told_and_the_rest_goes_on(visitor: Visitor, platform: Stack) -> None:
    page = visitor()
    page.goto("/halls")
    with platform.without("matters"):
        answered = page.goto(GUIDE)
        assert answered
        assert answered.status == 503
        expect(page.get_by_role("heading", level=1)).to_have_text("服务暂时不可用")
        check(page, "service-down", LOOKS[0])
        for goes_on in ("/", "/halls", f"/{HALL}", "/progress"):
            assert (page.goto(goes_on) or answered).status == 200, goes_on
        page.goto(GUIDE)
        # What an operator reads of the gateway on this machine.
        eventually(lambda: platform.programs["gateway"].probe() == "sends no calls to matters", "what the gateway says")
    try_again(page.get_by_role("link", name="再试一次"))
    expect(page.get_by_role("heading", name="申请材料")).to_be_visible()


def test_a_form_that_met_a_service_down_is_sent_again_as_it_was_typed(visitor: Visitor, platform: Stack) -> None:
    page = visitor(Look("en", "phone"))
    page.goto("/progress")
    page.get_by_label("Case number").fill("12345")
    page.get_by_label("Applicant’s name").fill("居民甲")
    with platform.without("intake"):
        page.get_by_role("button", name="Look up").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("The service is not available at the moment")
    try_again(page.get_by_role("button", name="Send again"))
    expect(page.get_by_role("alert")).to_contain_text("no case has this number")
    assert page.get_by_label("Case number").input_value() == "12345"


def test_a_form_that_outlived_its_cookie_keeps_what_was_typed(visitor: Visitor) -> None:
    page = visitor()
    page.goto("/progress")
    page.get_by_label("办件编号").fill("12345")
    page.get_by_label("申请人姓名").fill("居民甲")
    page.context.clear_cookies(name="session")
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("您填写的内容仍在")).to_be_visible()
    page.get_by_role("button", name="重新提交").click()
    expect(page.get_by_role("alert")).to_contain_text("没有找到编号与申请人姓名相符的办件")


def test_a_double_click_sends_a_form_once(visitor: Visitor) -> None:
    page = visitor()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(f"/{HALL}")
    page.get_by_role("button", name="设为我的大厅").dblclick()
    expect(page.get_by_text("我的大厅", exact=True)).to_be_visible()
    assert len(sent) == 1


def test_a_form_that_is_too_large_is_refused_in_words(client: httpx.Client, platform: Stack) -> None:
    client.get("/progress")
    body = {"number": "1" * 2_000_000, "holder": "x"}
    reply = client.post("/progress", data=body, headers={"origin": platform.public_url})
    assert reply.status_code == 413
    assert re.search("太大", reply.text)


@pytest.mark.parametrize("page_token", ["nonsense", "x" * 400])
def test_a_page_of_a_list_that_is_none_leads_to_its_first(client: httpx.Client, page_token: str) -> None:
    for path in ("/matters?q=许可", f"/{HALL}"):
        reply = client.get(path, params={**httpx.URL(path).params, "page": page_token}, follow_redirects=True)
        assert reply.status_code == 200
        assert reply.history
        assert "page" not in reply.url.params
        assert dict(reply.url.params) == dict(httpx.URL(path).params)
