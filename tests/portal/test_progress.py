"""A case looked up by its number and its applicant's name, by somebody who is not signed in."""

import re
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from playwright.sync_api import Page, expect

from stack import Stack
from stack.actors import actor
from stack.calls import Grpc
from stack.journey import Journey
from tests.portal.conftest import LOOKS, Look, Visitor, check


@pytest.fixture(scope="module")
def number(platform: Stack) -> str:
    """The number of a case that was accepted today; its applicant is 居民甲."""
    # In a thread of its own: signing runs an event loop, and the browser's driver has one in this thread.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_accepted, platform).result()


def _accepted(platform: Stack) -> str:
    with grpc.insecure_channel(platform.address("gateway")) as channel:
        resident, clerk, approver = (actor(platform, label, Grpc(channel)) for label in ("resident", "clerk", "approver"))
        for person in (resident, clerk, approver):
            person.sign_in()
        journey = Journey(resident, clerk, approver, platform.mail)
        for _step in journey.steps():
            if journey.case.clock.accept_date:
                break
        return journey.case.number


def ask(page: Page, number: str, holder: str) -> None:
    page.goto("/progress")
    page.get_by_label(re.compile("办件编号|Case number")).fill(number)
    page.get_by_label(re.compile("申请人姓名|Applicant’s name")).fill(holder)
    page.get_by_role("button", name=re.compile("查询|Look up")).click()


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.language}-{look.width}")
def test_number_and_name_tell_where_the_case_is_and_until_when(visitor: Visitor, number: str, look: Look) -> None:
    page = visitor(look)
    ask(page, f"{number[:8]} {number[8:]}", "居民甲")
    expect(page.get_by_text(number)).to_be_visible()
    left = "还剩 15 个工作日" if look.language == "zh" else "15 working days left"
    expect(page.get_by_text(re.compile(left))).to_be_visible()
    assert "居民甲" not in page.locator("main").inner_text()
    check(page, "progress-found", look)


def test_another_name_tells_nothing_and_loses_nothing_that_was_typed(visitor: Visitor, number: str) -> None:
    page = visitor()
    ask(page, number, "居民辛")
    expect(page.get_by_role("alert")).to_contain_text("没有找到编号与申请人姓名相符的办件")
    assert page.get_by_label("办件编号").input_value() == number
    check(page, "progress-refused", LOOKS[0])


def test_what_is_left_empty_is_said_at_its_field(visitor: Visitor) -> None:
    page = visitor(scripts=False)
    page.goto("/progress")
    page.evaluate("document.querySelectorAll('[required]').forEach(field => field.removeAttribute('required'))")
    page.get_by_role("button", name="查询").click()
    assert page.get_by_role("link", name="请填写办件编号").get_attribute("href") == "#f-number"
    assert page.locator("#f-holder").get_attribute("aria-invalid") == "true"
