"""A guide on paper: A4, everything that the page says, and the flow chart in one piece."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.portal.conftest import Look, Visitor
from tests.portal.office import Office, path_of
from tests.portal.printing import PAPER_PIXELS, on_a4, printed, sheets

BUSINESS = "/matters/440307/business-registration"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_guide_prints_on_few_sheets_of_a4(visitor: Visitor, language: str) -> None:
    page = visitor(Look(language, "desktop"))
    page.goto(BUSINESS)
    pdf = printed(page, f"guide-{language}")
    assert on_a4(pdf)
    assert 2 <= sheets(pdf) <= 5


def test_what_is_folded_on_the_screen_is_open_on_paper_and_what_only_a_screen_needs_is_gone(visitor: Visitor) -> None:
    page = visitor()
    page.goto(BUSINESS)
    page.emulate_media(media="print")
    for text in ("实施编码", "设定依据"):
        assert page.get_by_text(text).first.is_visible(), text
    for gone in ("nav.contents", "[data-print]", ".footer", ".breadcrumb", "#s-sources"):
        assert not any(one.is_visible() for one in page.locator(gone).all()), gone
    assert page.get_by_role("img", name="流程图").is_visible()


def test_the_flow_chart_fits_one_sheet(visitor: Visitor) -> None:
    page = visitor()
    page.goto(BUSINESS)
    page.emulate_media(media="print")
    box = page.locator("figure.drawing").bounding_box()
    assert box is not None
    assert box["height"] < PAPER_PIXELS
    assert page.locator("figure.drawing").evaluate("one => getComputedStyle(one).breakInside") == "avoid"


def test_the_sample_of_a_form_is_a_drawing_of_this_host_on_one_sheet(visitor: Visitor) -> None:
    page = visitor(Look("en", "phone"))
    page.goto("/matters/440307/old-age-allowance")
    address = page.locator(".materials a").first.get_attribute("href") or ""
    reply = page.goto(address)
    assert reply is not None
    assert reply.headers["content-type"] == "image/svg+xml"
    assert "Application form (sample): Old-age allowance" in reply.text()
    pdf = page.pdf(format="A4", margin={"top": "1cm", "bottom": "1cm", "left": "1cm", "right": "1cm"})
    assert sheets(pdf) == 1


@pytest.fixture(scope="module")
def papers(office: Office) -> dict[str, tuple[str, str]]:
    """What is handed over or kept on paper: the address of each, and its number."""
    accepted, returned, refused = office.accepted(), office.returned(), office.refuse(office.submitted().name)
    denied = office.decided(reasons=["年龄不足"])
    return {
        "accepted": (path_of(accepted, office.notice(accepted.name, "accept")), f"{accepted.number}-SL01"),
        "correction": (path_of(returned, office.notice(returned.name, "requestCorrection")), f"{returned.number}-BZ01"),
        "not-accepted": (path_of(refused, office.notice(refused.name, "refuseAcceptance")), f"{refused.number}-BY01"),
        "denied": (path_of(denied, office.notice(denied.name, "decide")), f"{denied.number}-JD01"),
        "receipt": (path_of(accepted, "receipt"), accepted.number),
    }


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_notice_and_a_receipt_print_on_one_sheet_with_number_and_date(
    signed_in: Callable[..., Page], papers: dict[str, tuple[str, str]], language: str
) -> None:
    page = signed_in("resident", Look(language, "desktop"))
    for name, (path, number) in papers.items():
        page.goto(f"{path}?translation=1")
        page.emulate_media(media="print")
        expect(page.get_by_text(number).first).to_be_visible()
        dated = "2 March 2026" if language == "en" else "2026年3月2日"
        expect(page.locator("main").get_by_text(dated).last).to_be_visible()
        for gone in (".masthead nav", ".footer", "[data-print]"):
            assert not any(one.is_visible() for one in page.locator(gone).all()), (name, gone)
        pdf = printed(page, f"{name}-{language}")
        assert on_a4(pdf), name
        assert sheets(pdf) == 1, name
