"""What cannot be done yet, or not any more: the page says why, and when it can."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.portal.conftest import DESKTOP, PHONE, check
from tests.portal.office import Office, path_of
from tests.portal.residents import through_the_window


def test_whoever_comes_too_early_is_told_when(signed_in: Callable[..., Page], office: Office) -> None:
    page, case = signed_in("resident", PHONE), office.submitted()
    for part, why in (
        ("rate", "You cannot rate yet"),
        ("collect", "cannot be collected yet"),
        ("materials", "after acceptance"),
    ):
        page.goto(path_of(case, part))
        expect(page.locator("h1")).to_contain_text(why)
        expect(page.locator("main")).to_contain_text("not been accepted yet")
        check(page, f"too-early-{part}", PHONE)
    assert page.locator("main li").filter(has_text="hotograph").count() == 1


def test_a_draft_is_discarded_without_a_reason(signed_in: Callable[..., Page], office: Office) -> None:
    page, draft = signed_in(), office.draft()
    page.goto(path_of(draft, "withdraw"))
    expect(page.locator("main")).not_to_contain_text("撤回")
    expect(page.locator("textarea")).to_have_count(0)
    page.get_by_role("button", name="确认放弃").click()
    expect(page.get_by_text("草稿已放弃。")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("撤回")
    page.goto("/cases?show=over")
    expect(page.locator(".rows li").first).to_contain_text("已放弃")


def test_every_hall_that_takes_the_matter_can_be_chosen_by_its_street(signed_in: Callable[..., Page]) -> None:
    page = signed_in()
    page.goto("/apply/440307/old-age-allowance?hall=440307003002")
    halls = page.locator("select[name=hall]")
    assert halls.locator("option").count() > 100
    assert halls.input_value() == "halls/440307003002"
    first = halls.locator("optgroup").first
    assert first.get_attribute("label") == "平湖街道"
    assert first.locator("option").first.get_attribute("value") == "halls/440307003002"
    check(page, "apply-halls", DESKTOP)


def test_a_signature_of_another_is_said_where_it_is_tried_again(signed_in: Callable[..., Page], office: Office) -> None:
    page, draft = signed_in(), office.draft()
    page.goto(path_of(draft, "check"))
    through_the_window(page, "resident-b")
    refusal = page.locator("#sign ~ .notice, section .notice").filter(has_text="没有提交")
    expect(refusal).to_be_focused()
    expect(refusal).to_be_in_viewport()
    expect(refusal).to_contain_text("您本人的U盾")
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(f"{page.url.partition('/cases')[0]}{path_of(draft, 'check')}?lang=en")
    expect(page.get_by_role("button", name="Sign with")).to_be_visible()
