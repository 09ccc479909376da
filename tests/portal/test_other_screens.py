"""The screens that are neither a desk's nor a phone's: the kiosk that stands in a hall, and the wide screen at a counter."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.portal.conftest import COUNTER, HALL_LIST, KIOSK, Visitor, check
from tests.portal.office import Office, path_of, work
from tests.portal.residents import ALLOWANCE

# Pixels: what a finger hits (WCAG 2.2, 2.5.5).
FINGER = 44
TOUCHED = "main :is(button, .button, input:not([type]), input[type=text], select):visible"


def made_for_fingers(page: Page, name: str) -> None:
    """Large letters, nothing too small to be hit, and all that every page keeps."""
    check(page, name, KIOSK)
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 20, name
    boxes = page.locator(TOUCHED).evaluate_all(
        """all => all.filter(one => !one.closest(".hidden"))
          .map(one => [one.outerHTML.slice(0, 90), one.getBoundingClientRect().height])"""
    )
    assert boxes, name
    assert not [html for html, height in boxes if height < FINGER], name


def test_a_kiosk_is_signed_in_and_looked_up_at(visitor: Visitor) -> None:
    page = visitor(KIOSK)
    for path in ("/sign-in", "/progress"):
        page.goto(path)
        made_for_fingers(page, path.strip("/"))


def test_a_resident_applies_at_a_kiosk(signed_in: Callable[..., Page], office: Office) -> None:
    page, draft = signed_in("resident", KIOSK), office.draft()
    pages = {"apply": ALLOWANCE} | {part: path_of(draft, part) for part in ("form", "check")}
    for name, path in pages.items():
        page.goto(path)
        made_for_fingers(page, name)


def test_the_counters_wide_screen_shows_form_and_material_beside_each_other(
    signed_in: Callable[..., Page], office: Office
) -> None:
    case, page = office.submitted(), signed_in("clerk", COUNTER)
    page.goto(HALL_LIST)
    check(page, "staff-work", COUNTER)
    page.goto(work(case))
    check(page, "staff-case", COUNTER)
    form, pane = page.locator("#form").bounding_box(), page.locator("iframe[name=preview]").bounding_box()
    assert form
    assert pane
    assert form["x"] + form["width"] <= pane["x"]
    assert pane["width"] >= 600
    # Both are seen without scrolling.
    assert form["y"] < 1080
    assert pane["y"] < 1080 / 2
