"""What a resident reads of their cases: the number, the days left, the messages, and all of it on paper."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from stack.journey import eventually
from tests.portal.conftest import PHONE, check
from tests.portal.office import Office, path_of
from tests.portal.printing import on_a4, printed, sheets


def test_a_number_is_read_in_groups_and_copied_as_one(signed_in: Callable[..., Page], office: Office) -> None:
    page, case = signed_in("resident", PHONE), office.submitted()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(path_of(case))
    number = page.locator("aside .case-number")
    assert number.inner_text() == case.number
    assert number.locator(".bit").count() > 3
    page.get_by_role("button", name="Copy the number").click()
    expect(page.locator("aside [aria-live]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == case.number
    expect(page.locator(".timeline")).to_contain_text("5 working days left")
    page.goto("/cases")
    expect(page.locator(".rows li").first).to_contain_text("To be accepted within 5 working days")


def test_a_message_says_which_case_it_speaks_of(signed_in: Callable[..., Page], office: Office) -> None:
    page, case = signed_in("resident", PHONE), office.submitted()
    eventually(lambda: case.number in page.goto("/inbox").text().replace('</span><wbr><span class="bit">', ""), "the message")  # type: ignore[union-attr]
    entry = page.locator(".inbox li").filter(has_text=case.number)
    expect(entry.get_by_role("link", name="Senior citizen")).to_have_attribute("href", path_of(case))
    expect(entry).not_to_contain_text("敬老优待证")
    check(page, "inbox-cases", PHONE)
    unread = re.compile(r"^(\d+ unread messages?|More than 99 unread messages)$")
    expect(page.locator(".lead")).to_have_text(unread)
    page.goto("/cases")
    # Another message may have come meanwhile.
    page.get_by_role("link", name=unread).click()
    page.wait_for_url("**/inbox")


@pytest.mark.parametrize("part", ["", "receipt", "collect"])
def test_a_case_is_one_sheet_of_paper_with_nothing_to_press(signed_in: Callable[..., Page], office: Office, part: str) -> None:
    page, case = signed_in(), office.completed()
    page.goto(path_of(case, part))
    paper = printed(page, f"case-{part or 'all'}")
    assert on_a4(paper)
    assert sheets(paper) == 1
    page.emulate_media(media="print")
    expect(page.locator("main button:visible, main .button:visible, .actions:visible")).to_have_count(0)


def test_a_phone_is_told_that_a_u_key_needs_a_computer(signed_in: Callable[..., Page]) -> None:
    page = signed_in("resident", PHONE)
    page.goto("/sign-in")
    expect(page.get_by_role("heading", name="needs a computer")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(page.get_by_role("heading", name="needs a computer")).to_be_hidden()
