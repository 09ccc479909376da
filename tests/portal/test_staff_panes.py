"""Materials in their panes: a picture fits, the history stays short, keys reach the page, and lists are gone through by key."""

import re
import struct
import zlib
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from stack.journey import upload
from tests.portal.conftest import DESKTOP, HALL_LIST, PHONE, check, violations
from tests.portal.office import LATER, Office, work
from tests.portal.test_staff import press
from yimen.intake.v1 import cases_pb2

SignedIn = Callable[..., Page]


def a_png(width: int, height: int) -> bytes:
    """A grey picture (PNG, ISO 15948)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def pictures(office: Office) -> cases_pb2.Case:
    """An accepted case with a picture that is wider than any pane."""
    case = office.accepted()
    messages = list(upload(case.name, LATER, a_png(2400, 900)))
    messages[0].filename, messages[0].content.content_type = "wide.png", "image/png"
    office.person("resident").intake.UploadMaterial(iter(messages))
    return case


def test_a_picture_fits_its_pane_and_turns(pictures: cases_pb2.Case, signed_in: SignedIn) -> None:
    page = signed_in("clerk")
    page.goto(work(pictures))
    before = page.evaluate("history.length")
    press(page, "k")
    shown = page.get_by_role("link", name="wide.png", exact=True)
    expect(shown).to_have_attribute("aria-current", "true")
    frame = page.locator("iframe[name=preview]").content_frame
    picture = frame.locator("img")
    expect(picture).to_have_class(re.compile("turned-0"))
    pane = page.locator("iframe[name=preview]").bounding_box()
    fit = picture.bounding_box()
    assert pane
    assert fit
    assert fit["width"] <= pane["width"]
    frame.get_by_role("button", name="右转").click()
    expect(picture).to_have_class(re.compile("turned-90"))
    turned = picture.bounding_box()
    assert turned
    assert turned["height"] > turned["width"]
    frame.get_by_role("button", name="原始大小").click()
    expect(picture).to_have_js_property("offsetWidth", 2400)
    assert page.evaluate("history.length") == before
    assert violations(page) == []
    # A key that is pressed in the picture is the page's.
    page.keyboard.press("Alt+i")
    expect(page.get_by_role("link", name="identity-card.pdf", exact=True)).to_have_attribute("aria-current", "true")
    page.go_back()
    assert "/work/" not in page.url


def test_a_picture_is_a_page_that_runs_nothing_but_ours(pictures: cases_pb2.Case, signed_in: SignedIn) -> None:
    page = signed_in("clerk")
    page.goto(work(pictures))
    address = page.get_by_role("link", name="wide.png", exact=True).get_attribute("href") or ""
    reply = page.context.request.get(address)
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in reply.headers["content-security-policy"]
    page.goto(address)
    check(page, "staff-picture", DESKTOP)
    assert signed_in("clerk-b").context.request.get(address).status == 404


def test_without_scripts_a_material_is_shown_in_the_pane_all_the_same(pictures: cases_pb2.Case, signed_in: SignedIn) -> None:
    page = signed_in("clerk", scripts=False)
    page.goto(work(pictures))
    page.get_by_role("link", name="wide.png", exact=True).click()
    expect(page.locator("iframe[name=preview]").content_frame.locator("img")).to_be_visible()
    assert page.get_by_role("button", name=re.compile("下一份")).count() == 0


def test_on_a_phone_a_material_opens_in_a_tab_of_its_own(pictures: cases_pb2.Case, signed_in: SignedIn) -> None:
    page = signed_in("clerk", PHONE)
    page.goto(work(pictures))
    with page.expect_popup() as opened:
        page.get_by_role("link", name="wide.png", exact=True).click()
    expect(opened.value.locator("img")).to_be_visible()


def test_a_list_is_gone_through_by_keys(office: Office, signed_in: SignedIn) -> None:
    office.submitted()
    office.submitted()
    page = signed_in("clerk")
    page.goto(f"{HALL_LIST}?part=received")
    press(page, "k")
    rows = page.locator("a[data-row]")
    expect(rows.first).to_be_focused()
    press(page, "k")
    expect(rows.nth(1)).to_be_focused()
    press(page, "i")
    expect(rows.first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/work/cases/**")
    press(page, "w")
    page.wait_for_url("**part=received*")
