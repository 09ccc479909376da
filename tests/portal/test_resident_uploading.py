"""Files go up when they are chosen; whoever goes on waits for them, and is told of what did not arrive."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from stack.journey import a_pdf
from tests.portal.conftest import PHONE, check
from tests.portal.office import Office, path_of


def choose(page: Page, material: str, content: bytes) -> None:
    """Chooses a file and presses nothing."""
    page.locator(f"#m-{material} input[type=file]").set_input_files(
        {"name": f"{material}.pdf", "mimeType": "application/pdf", "buffer": content}
    )


def test_a_file_that_was_chosen_is_with_the_case_when_one_goes_on(signed_in: Callable[..., Page], office: Office) -> None:
    page, draft = signed_in("resident", PHONE), office.draft()
    page.goto(path_of(draft, "materials"))
    expect(page.get_by_role("button", name="Upload")).to_have_count(0)

    def slow(route: Route) -> None:
        page.wait_for_timeout(700)
        route.continue_()

    page.route("**/uploads/**", slow)
    choose(page, "photo-receipt", a_pdf("photo"))
    page.get_by_role("link", name="Continue").click()
    expect(page.locator("[data-hold]")).to_contain_text("goes on")
    page.wait_for_url("**/check")
    assert len(office.read(draft.name).materials) == 2


def test_of_a_file_that_did_not_arrive_one_is_told_before_going_on(signed_in: Callable[..., Page], office: Office) -> None:
    page, draft = signed_in(), office.draft()
    page.goto(path_of(draft, "materials"))
    page.route("**/uploads/**", lambda route: route.abort("connectionreset"))
    choose(page, "photo-receipt", a_pdf("photo"))
    expect(page.locator("#m-photo-receipt")).to_contain_text("上传中断")
    on = page.get_by_role("link", name="继续", exact=True)
    on.click()
    expect(page.locator("[data-hold]")).to_contain_text("有文件没有传上去")
    assert page.url.endswith("/materials")
    on.click()
    page.wait_for_url("**/check")


def test_a_refused_file_holds_whoever_went_on(signed_in: Callable[..., Page], office: Office) -> None:
    page, draft = signed_in(), office.draft()
    page.goto(path_of(draft, "materials"))

    def slow(route: Route) -> None:
        page.wait_for_timeout(300)
        route.continue_()

    page.route("**/uploads/**", slow)
    choose(page, "photo-receipt", b"no document")
    page.get_by_role("link", name="继续", exact=True).click()
    expect(page.locator("#m-photo-receipt").get_by_role("alert")).to_be_visible()
    expect(page.locator("[data-hold]")).to_contain_text("有文件没有传上去")
    assert page.url.endswith("/materials")


def test_the_steps_say_what_is_not_finished(signed_in: Callable[..., Page], office: Office) -> None:
    page, draft = signed_in("resident", PHONE), office.draft(form={})
    page.goto(path_of(draft, "materials"))
    expect(page.locator(".steps .lacking")).to_have_text("Fill in the form: Not finished")
    for file in office.read(draft.name).materials:
        page.locator(f"#m-{file.material}").get_by_role("button", name="Remove").first.click()
    page.goto(path_of(draft, "check"))
    expect(page.locator(".steps .lacking")).to_have_count(2)
    check(page, "check-unfinished", PHONE)
