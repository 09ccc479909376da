"""A file on a slow line: how far it is is shown, and one that is stopped leaves nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from stack.journey import a_pdf, eventually
from tests.portal.office import Office, path_of
from tests.portal.residents import put_file

# Bytes a second, and of the file: some twenty seconds, of which none is waited for.
SLOW, LARGE = 150_000, 3_000_000
_HOW_FAR = "document.querySelector('#m-photo-receipt progress').value"


@contextmanager
def a_slow_line(page: Page) -> Iterator[None]:
    """The page while its line carries little."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    limits = {"offline": False, "latency": 20, "downloadThroughput": -1}
    line.send("Network.emulateNetworkConditions", {**limits, "uploadThroughput": SLOW})
    try:
        yield
    finally:
        # A context does not close before its line carries what is under way.
        line.send("Network.emulateNetworkConditions", {**limits, "uploadThroughput": -1})
        line.detach()


def test_an_upload_shows_how_far_it_is_and_leaves_nothing_when_it_is_stopped(
    signed_in: Callable[..., Page], office: Office
) -> None:
    page, draft = signed_in("resident"), office.draft()
    page.goto(path_of(draft, "materials"))
    row = page.locator("#m-photo-receipt")
    with a_slow_line(page):
        put_file(page, "photo-receipt", a_pdf("x") + b"\n" * LARGE)
        expect(row.get_by_role("progressbar")).to_be_visible()
        for far in (3, 8):
            eventually(lambda far=far: page.evaluate(_HOW_FAR) > far, f"{far} per cent of the file")  # type: ignore[misc]
        assert page.evaluate(_HOW_FAR) < 90
        expect(row.locator("[data-percent]")).to_contain_text("%")
        row.get_by_role("button", name="停止").click()
        expect(row.get_by_text("已停止上传")).to_be_visible()
        expect(row.get_by_role("progressbar")).to_have_count(0)
    assert [file.material for file in office.read(draft.name).materials] == ["identity-card"]
    row.get_by_role("button", name="重试").click()
    expect(row.locator(".files li")).to_have_count(1)
    assert {file.material for file in office.read(draft.name).materials} == {"identity-card", "photo-receipt"}
