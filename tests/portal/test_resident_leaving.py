"""A form that is left while it is filled in: what was typed last is kept too, whichever way the page is left."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from stack.journey import eventually
from tests.portal.office import Office, path_of

LEAVING: dict[str, Callable[[Page], object]] = {
    "another language": lambda page: page.get_by_role("link", name="English").click(),
    "a link": lambda page: page.get_by_role("link", name="我的办件").first.click(),
    "an address": lambda page: page.goto("/help"),
    "a reload": lambda page: page.reload(),
    "closing": lambda page: page.close(run_before_unload=True),
    "signing out": lambda page: page.get_by_role("button", name="退出").click(),
}


@pytest.mark.parametrize("way", LEAVING)
def test_what_was_typed_last_is_kept_by(signed_in: Callable[..., Page], office: Office, way: str) -> None:
    page, draft = signed_in(), office.draft()
    spare = page.context.new_page()
    page.goto(path_of(draft, "form"))
    page.fill("[name=address]", f"示例银行{way}")
    LEAVING[way](page)
    eventually(lambda: office.read(draft.name).form["address"] == f"示例银行{way}", f"the draft is kept by {way}")
    if way in ("another language", "a reload"):
        expect(page.locator("[name=address]")).to_have_value(f"示例银行{way}")
    if way == "signing out":
        return
    # Whoever goes on typing meets no other window.
    page = page if way == "a reload" else spare
    if page is spare:
        page.goto(path_of(draft, "form"))
    page.wait_for_timeout(500)
    page.fill("[name=mobile]", "13900000000")
    page.locator("button[name=go][value=next]:visible").last.click()
    page.wait_for_url("**/materials")
    assert office.read(draft.name).form["mobile"] == "13900000000"


def test_a_save_whose_answer_was_lost_is_no_other_windows(signed_in: Callable[..., Page], office: Office) -> None:
    page, draft = signed_in(), office.draft()
    page.goto(path_of(draft, "form"))

    def cut(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/form", cut, times=1)
    page.fill("[name=address]", "第一次的银行")
    expect(page.locator("[data-kept]")).to_contain_text("没有自动保存")
    assert office.read(draft.name).form["address"] == "第一次的银行"
    page.fill("[name=address]", "第二次的银行")
    expect(page.locator("[data-kept]")).to_contain_text("已自动保存")
    assert office.read(draft.name).form["address"] == "第二次的银行"


def test_a_session_that_ended_while_typing_is_said_in_sight_and_begun_again(
    signed_in: Callable[..., Page], office: Office
) -> None:
    page, draft = signed_in(), office.draft()
    page.goto(path_of(draft, "form"))
    session = [one for one in page.context.cookies() if one["name"] == "session"]
    page.context.clear_cookies(name="session")
    page.fill("[name=address]", "登录过期时的银行")
    line = page.locator("[data-kept]")
    expect(line).to_contain_text("登录已过期，没有自动保存")
    expect(line).to_be_in_viewport()
    assert (line.get_by_role("link", name="重新登录").get_attribute("href") or "").startswith("/sign-in?next=")
    page.context.add_cookies(session)  # type: ignore[arg-type]
    page.locator("[name=address]").press("End")
    page.keyboard.type("甲")
    expect(line).to_contain_text("已自动保存")
    assert office.read(draft.name).form["address"] == "登录过期时的银行甲"
