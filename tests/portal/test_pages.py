"""The public pages through the one port: what they show, in both languages, and what keeps them to themselves."""

import httpx
import pytest

from stack import Stack
from stack.journey import HALL, MATTER

pytestmark = pytest.mark.platform


@pytest.fixture
def browser(platform: Stack) -> httpx.Client:
    """A visitor who keeps cookies."""
    return httpx.Client(base_url=platform.public_url, trust_env=False, timeout=20)


def test_the_home_page_leads_to_every_hall(browser: httpx.Client) -> None:
    page = browser.get("/")
    assert page.status_code == 200
    assert page.text.count('href="/halls/') >= 118


def test_a_search_finds_a_matter_and_its_guide(browser: httpx.Client) -> None:
    assert f'href="/{MATTER}"' in browser.get("/", params={"q": "老人津贴"}).text
    guide = browser.get(f"/{MATTER}").text
    assert "高龄老人津贴" in guide
    assert "个工作日" in guide


def test_a_hall_says_what_it_accepts(browser: httpx.Client) -> None:
    assert f'href="/{MATTER}"' in browser.get(f"/{HALL}").text


def test_the_language_is_kept(browser: httpx.Client) -> None:
    assert "Find a matter" in browser.get("/", params={"lang": "en"}).text
    assert "Find a matter" in browser.get("/").text


def test_what_is_not_there_is_said_in_words(browser: httpx.Client) -> None:
    page = browser.get("/halls/440307999")
    assert page.status_code == 404
    assert "没有这个页面" in page.text


def test_what_is_typed_is_shown_as_text(browser: httpx.Client) -> None:
    assert "<script>" not in browser.get("/", params={"q": '"><script>alert(1)</script>'}).text


def test_a_page_loads_nothing_from_elsewhere(browser: httpx.Client) -> None:
    page = browser.get("/")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "http" not in page.text.replace("http-equiv", "")
    cookie = page.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
