"""A real browser before the real platform: Debian's Chromium, in both languages, on a desktop's and on a phone's width."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import httpx
import pytest
from playwright.sync_api import APIRequestContext, Browser, BrowserContext, Error, Locator, Page, expect, sync_playwright

from gateway.portal import assets
from stack import Stack, ukey
from stack.calls import Grpc
from stack.journey import DISTRICT, HALL, MATTER
from tests.portal.office import Office

CHROMIUM = "/usr/bin/chromium"
# As root, with little shared memory, and without the imitation of a graphics card: on a busy machine it took no picture once.
_FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
# Milliseconds that a page is waited for: a busy machine is no failure.
PATIENCE = 20_000
# Seconds that a service which is back may take to be found.
_TRIES = 20
AXE = assets.FOLDER.parent / "node_modules" / "axe-core" / "axe.min.js"
# Where the pictures of pages are put, to be looked at; git ignores it.
PICTURES = Path(__file__).parent / "pictures"
WIDTHS = {"desktop": (1280, 900), "phone": (360, 780), "kiosk": (1080, 1920), "counter": (1920, 1080)}
LANGUAGES = ("zh", "en")
# WCAG 2.1 AA, and what axe advises beside it.
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@dataclass(frozen=True)
class Look:
    """One way of looking at a page."""

    language: str
    width: str


LOOKS = [Look(language, width) for language in LANGUAGES for width in ("desktop", "phone")]
DESKTOP, PHONE = Look("zh", "desktop"), Look("en", "phone")
HALL_LIST, UNIT_LIST = f"/work/{HALL}", "/work/units/440307-civil-affairs"
# A guide, as the list of a community's hall leads to it.
GUIDE = f"/matters/{DISTRICT.split('/')[1]}/{MATTER.split('/')[3]}?hall={HALL.split('/')[1]}"
# A touch screen that stands in a hall.
KIOSK = Look("zh", "kiosk")
# The screen at a counter.
COUNTER = Look("zh", "counter")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser. Its driver's loop runs in the tests' own thread while it is open: another package would meet it there."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


Visitor = Callable[..., Page]


@pytest.fixture
def visitor(chromium: Browser, platform: Stack) -> Iterator[Visitor]:
    """Opens a page of a visitor of their own: `visitor()`, `visitor(Look("en", "phone"))`, `visitor(scripts=False)`."""
    opened: list[BrowserContext] = []

    def visit(look: Look = Look("zh", "desktop"), *, scripts: bool = True) -> Page:
        width, height = WIDTHS[look.width]
        context = chromium.new_context(
            base_url=platform.public_url,
            viewport={"width": width, "height": height},
            locale="zh-CN" if look.language == "zh" else "en-GB",
            timezone_id="Asia/Shanghai",
            java_script_enabled=scripts,
            has_touch=look.width in ("phone", "kiosk"),
            is_mobile=look.width == "kiosk",
        )
        context.set_default_timeout(PATIENCE)
        context.add_cookies([{"name": "lang", "value": look.language, "url": platform.public_url}])
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"{page.url}: {error}"))
        return page

    yield visit
    for context in opened:
        context.close()


def csrf_in(page: str) -> str:
    """The token that the forms of a page carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, "the page carries no token"
    return found[1]


def csrf(asked: APIRequestContext, path: str = "/me") -> str:
    """A token of the visitor's, as a form of theirs carries it."""
    return csrf_in(asked.get(path).text())


def sign_in(page: Page, platform: Stack, label: str) -> None:
    """Signs the person of a U-key in without the agent's window: what the page does, said over HTTP with the page's cookies."""
    origin = {"origin": platform.public_url}
    asked = page.context.request
    token = csrf(asked, "/sign-in")
    nonce = asked.post("/sign-in/challenge", form={"csrf": token}, headers=origin).json()["nonce"]
    key = ukey.Token(Path(platform.env["YIMEN_UKEY"]), label)
    signed = key.authenticate(origin=platform.public_url, nonce=nonce, pin=ukey.FIRST_PIN)
    begun = asked.post("/sign-in", form={"csrf": token, "nonce": nonce, "token": json.dumps(signed)}, headers=origin)
    assert begun.ok, begun.text()


@pytest.fixture
def signed_in(visitor: Visitor, platform: Stack) -> Callable[..., Page]:
    """Opens a page of somebody who has signed in: `signed_in("clerk")`, `signed_in("resident", Look("en", "phone"))`."""

    def open_(label: str = "resident", look: Look = DESKTOP, *, scripts: bool = True) -> Page:
        page = visitor(look, scripts=scripts)
        sign_in(page, platform, label)
        return page

    return open_


@pytest.fixture
def client(platform: Stack) -> Iterator[httpx.Client]:
    """A visitor who keeps cookies and sees every header."""
    with httpx.Client(base_url=platform.public_url, trust_env=False, timeout=20) as opened:
        yield opened


def try_again(offered: Locator) -> None:
    """Presses what is offered again once a second until it is offered no longer, as a person does who was told to."""
    for _ in range(_TRIES):
        with offered.page.expect_navigation():
            offered.click()
        if not offered.count():
            return
        offered.page.wait_for_timeout(1000)


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands: rule, and the elements that break it."""
    # Evaluated by the browser's driver: the page's own policy would let no script of ours in.
    page.evaluate(AXE.read_text())
    told = {"runOnly": {"type": "tag", "values": _TAGS}, "resultTypes": ["violations"]}
    found = page.evaluate("told => axe.run(document, told)", told)
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]


def picture(page: Page, name: str, look: Look) -> None:
    """Puts a picture of the whole page beside the tests, to be looked at."""
    PICTURES.mkdir(exist_ok=True)
    for is_last in (False, False, True):
        try:
            page.screenshot(path=PICTURES / f"{name}-{look.language}-{look.width}.png", full_page=True)
        except Error:
            # On a busy machine the browser answers now and then that it can take none.
            if is_last:
                raise
        else:
            return


# Text in Chinese that is marked as nothing else than English; what a person typed into a field is theirs.
_CHINESE_LEFT = r"""() => {
  const han = /\p{Script=Han}/u, found = [];
  const english = element => !(element.closest("[lang]")?.lang ?? "").startsWith("zh");
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!han.test(walk.currentNode.data) || element.closest("script, style, noscript, template") || !english(element)) continue;
    // A title cannot mark the names in it.
    if (element.closest("option") || element.checkVisibility()) found.push(walk.currentNode.data.trim().slice(0, 80));
  }
  for (const name of ["aria-label", "placeholder", "title", "alt"])
    for (const element of document.querySelectorAll(`[${name}]`))
      if (han.test(element.getAttribute(name)) && english(element)) found.push(`${name}: ${element.getAttribute(name)}`);
  return found;
}"""


def chinese_left(page: Page) -> list[str]:
    """What an English page says in Chinese without saying that it is Chinese."""
    return list(page.evaluate(_CHINESE_LEFT))


def check(page: Page, name: str, look: Look) -> None:
    """What every page keeps, in each look: no violation of WCAG, nothing wider than the screen, no text left in Chinese."""
    picture(page, name, look)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the screen"
    assert page.get_attribute("html", "lang") == ("zh-CN" if look.language == "zh" else "en")
    assert look.language == "zh" or chinese_left(page) == []


@pytest.fixture(scope="session")
def office(platform: Stack) -> Iterator[Office]:
    """The people of a case over gRPC."""
    with grpc.insecure_channel(platform.address("gateway")) as channel:
        yield Office(platform, Grpc(channel))
