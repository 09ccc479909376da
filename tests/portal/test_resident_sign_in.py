"""Signing in with the U-key through the agent's own window, and what the page says when that does not work."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Page, expect

from stack import Stack, ukey
from tests.portal.conftest import Look, Visitor, check
from tests.portal.residents import START, enter, no_token, through_the_window

ENGLISH = Look("en", "phone")


def said(page: Page, state: str) -> None:
    """The page says this, and nothing else of what it can say about the U-key."""
    expect(page.locator(f'[data-ukey="{state}"]')).to_be_visible()
    expect(page.locator("[data-ukey]:visible")).to_have_count(1)


@pytest.mark.parametrize("look", [Look("zh", "desktop"), ENGLISH], ids=str)
def test_a_person_signs_in_and_comes_to_where_they_were_going(visitor: Visitor, look: Look) -> None:
    page = visitor(look)
    page.goto("/me")
    assert page.url.endswith("/sign-in?next=/me")
    check(page, "sign-in", look)
    through_the_window(page, "resident")
    expect(page.locator(".who")).to_have_text("居民甲")
    assert page.url.endswith("/me")


def test_a_wrong_pin_is_said_on_the_page_too_and_can_be_entered_again(visitor: Visitor) -> None:
    page = visitor()
    page.goto("/sign-in")
    window = through_the_window(page, "resident-b", "000000")
    said(page, "WRONG_PIN")
    expect(page.locator('[data-ukey="WRONG_PIN"]')).to_contain_text("还可以再试")
    check(page, "sign-in-wrong-pin", Look("zh", "desktop"))
    enter(window, "resident-b", ukey.FIRST_PIN)
    expect(page.locator(".who")).to_have_text("居民乙")


def test_a_u_key_that_locked_is_said_with_who_unlocks_it(visitor: Visitor, platform: Stack) -> None:
    token = ukey.Token(Path(platform.env["YIMEN_UKEY"]), "supervisor")
    try:
        page = visitor(ENGLISH)
        page.goto("/sign-in")
        window = through_the_window(page, "supervisor", "000000")
        for _ in range(9):
            said_now = page.locator('[data-ukey="WRONG_PIN"], [data-ukey="PIN_LOCKED"]').locator("visible=true")
            expect(said_now).to_be_visible()
            if page.locator('[data-ukey="PIN_LOCKED"]').is_visible():
                break
            enter(window, "supervisor", "000000")
            expect(window.locator("[role=alert]")).to_be_visible()
        said(page, "PIN_LOCKED")
        check(page, "sign-in-locked", ENGLISH)
    finally:
        token.unlock()


def test_a_person_who_cancels_can_begin_again(visitor: Visitor) -> None:
    page = visitor()
    page.goto("/sign-in")
    with page.expect_popup() as opened:
        page.locator(START).click()
    opened.value.get_by_role("button", name="取消 Cancel").click()
    said(page, "CANCELLED")
    expect(page.locator(START)).to_be_enabled()


def test_a_window_that_was_closed_can_be_opened_again(visitor: Visitor) -> None:
    page = visitor()
    page.goto("/sign-in")
    with page.expect_popup() as opened:
        page.locator(START).click()
    opened.value.locator("input[name=pin]").wait_for()
    opened.value.close()
    said(page, "POPUP_BLOCKED")
    with page.context.expect_page() as again:
        page.get_by_role("link", name="打开U盾窗口").click()
    enter(again.value, "resident", ukey.FIRST_PIN)
    expect(page.locator(".who")).to_have_text("居民甲")


def test_a_window_that_the_browser_blocks_is_reached_by_a_link(visitor: Visitor) -> None:
    page = visitor(ENGLISH)
    page.add_init_script("window.open = () => null")
    page.goto("/sign-in")
    page.locator(START).click()
    said(page, "POPUP_BLOCKED")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the U-key’s window").click()
    enter(opened.value, "resident", ukey.FIRST_PIN)
    expect(page.locator(".who")).to_have_text("居民甲")


def test_without_the_agent_the_page_says_what_to_look_at(visitor: Visitor, platform: Stack) -> None:
    page = visitor(ENGLISH)
    page.goto("/sign-in")
    with platform.without("ukey-agent"):
        page.locator(START).click()
        said(page, "NO_AGENT")
        check(page, "sign-in-no-agent", ENGLISH)
    through_the_window(page, "resident")
    expect(page.locator(".who")).to_have_text("居民甲")


def test_without_a_u_key_the_page_asks_to_plug_it_in(visitor: Visitor, platform: Stack) -> None:
    page = visitor()
    page.goto("/sign-in")
    with no_token(platform):
        page.locator(START).click()
        said(page, "NO_TOKEN")
    through_the_window(page, "resident")
    expect(page.locator(".who")).to_have_text("居民甲")


@contextmanager
def an_expired_certificate(platform: Stack, label: str) -> Iterator[None]:
    """A person whose certificate ended three days ago."""
    folder = Path(platform.env["YIMEN_UKEY"])
    token, person = ukey.Token(folder, label), ukey.person(label)
    good = token.certificate
    bank = ukey.Bank.opened(folder, Path(platform.env["YIMEN_TRUST"]))
    public = good.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    now = datetime.now(UTC)
    began, ended = now - timedelta(days=30), now - timedelta(days=3)
    token.store(bank.issue(public, resident_id=person.resident_id, name=person.name, not_before=began, not_after=ended))
    try:
        yield
    finally:
        token.store(good)


def test_an_expired_certificate_is_said_with_who_renews_it(visitor: Visitor, platform: Stack) -> None:
    page = visitor(look := Look("zh", "phone"))
    page.goto("/sign-in")
    with an_expired_certificate(platform, "clerk-district"):
        through_the_window(page, "clerk-district")
        said(page, "CERTIFICATE_EXPIRED")
        check(page, "sign-in-expired", look)


def test_while_identity_is_down_the_page_says_so(visitor: Visitor, platform: Stack) -> None:
    page = visitor()
    page.goto("/sign-in")
    with platform.without("identity"):
        page.locator(START).click()
        expect(page.locator('[data-ukey="SERVICE_DOWN"]')).to_be_visible(timeout=15_000)


def test_without_scripts_the_page_says_what_is_needed(client: httpx.Client) -> None:
    # Chromium's driver turns scripts off, but not what <noscript> means: the page itself is asked.
    told = re.search(r"<noscript>(.*?)</noscript>", client.get("/sign-in").text, re.DOTALL)
    assert told
    assert "需要启用 JavaScript" in told[1]


def test_only_the_page_of_the_u_key_may_call_the_agent(visitor: Visitor, platform: Stack) -> None:
    page = visitor()
    agent = platform.env["YIMEN_UKEY_AGENT"]
    asked = page.context.request
    policies = {path: asked.get(path).headers["content-security-policy"] for path in ("/sign-in", "/", "/matters")}
    allowed = {path: bool(re.search(rf"connect-src 'self' {re.escape(agent)}", policy)) for path, policy in policies.items()}
    assert allowed == {"/sign-in": True, "/": False, "/matters": False}
