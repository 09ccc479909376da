"""What a resident does on the pages, for the tests: signs in through the U-key's own window, applies, signs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect

from stack import Stack, ukey
from stack.journey import a_pdf

# A matter with a form of every usual kind of question and four materials.
ALLOWANCE = "/apply/440307/old-age-allowance?hall=440307003002"
START = "#start"


def through_the_window(page: Page, label: str, pin: str = ukey.FIRST_PIN) -> Page:
    """Presses the page's button and answers in the agent's window; returns the window."""
    with page.expect_popup() as opened:
        page.locator(START).click()
    window = opened.value
    enter(window, label, pin)
    return window


def enter(window: Page, label: str, pin: str) -> None:
    """Chooses a U-key and enters a PIN in the agent's window."""
    window.locator("select[name=token]").select_option(label)
    window.locator("input[name=pin]").fill(pin)
    window.get_by_role("button", name="确定 OK").click()


def fill_allowance(page: Page, **other: str) -> None:
    """Answers the form of the old-age allowance."""
    typed = {
        "mobile": "13800000000",
        "address": "龙城街道良安田社区",
        "age": "82",
        "bank": "示例银行龙岗支行",
        "account_holder": "居民甲",
    }
    for name, value in {**typed, **other}.items():
        page.fill(f"[name='{name}']", value)
    page.check("input[name=household][value=longgang]")
    page.check("input[name=payee][value=card]")
    page.check("input[name=declaration]")


def go_on(page: Page) -> None:
    """Presses the form's visible button to the next page."""
    page.locator("button[name=go][value=next]:visible").last.click()


def put_file(page: Page, material: str, content: bytes | None = None, name: str = "") -> None:
    """Uploads a file to a material on the page of the materials."""
    row = page.locator(f"#m-{material}")
    file = FilePayload(name=name or f"{material}.pdf", mimeType="application/pdf", buffer=content or a_pdf(material))
    row.locator("input[type=file]").set_input_files(file)
    # With scripts a file goes up when it is chosen, and there is no button.
    button = row.get_by_role("button", name=re.compile("^上传|^Upload"))
    if button.is_visible():
        button.click()


def put_files(page: Page, *materials: str) -> None:
    """The same for several, each until the page has it."""
    for material in materials:
        put_file(page, material)
        expect(page.locator(f"#m-{material} .files li")).to_have_count(1)


def case_of(page: Page) -> str:
    """The name of the case whose page this is."""
    found = re.search(r"/cases/(\d+)/([a-z0-9-]+)", page.url)
    assert found, page.url
    return f"halls/{found[1]}/cases/{found[2]}"


@contextmanager
def no_token(platform: Stack) -> Iterator[None]:
    """The platform's machine while no U-key is plugged in."""
    folder = Path(platform.env["YIMEN_UKEY"]) / "tokens"
    away = folder.with_name("pulled-out")
    folder.rename(away)
    try:
        folder.mkdir()
        yield
    finally:
        folder.rmdir()
        away.rename(folder)
