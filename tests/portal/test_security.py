"""What is tried against the pages and refused."""

import httpx
import pytest
from playwright.sync_api import expect

from gateway.portal.drawings import inline
from gateway.portal.guard import safe_path
from gateway.portal.sessions import Session, Sessions
from stack import Stack
from tests.portal.conftest import Visitor, csrf_in, sign_in
from tests.portal.hostile import HOSTILE


def _refused_form(reply: httpx.Response) -> bool:
    return reply.status_code == 403 and "set-cookie" not in reply.headers


def test_a_form_from_elsewhere_is_refused(client: httpx.Client, platform: Stack) -> None:
    token = csrf_in(client.get("/sign-in").text)
    own = {"origin": platform.public_url}
    assert client.post("/sign-in/challenge", data={"csrf": token}, headers=own).status_code == 200
    for origin in ({"origin": "https://elsewhere.example"}, {"origin": "null"}, {}):
        assert _refused_form(client.post("/sign-in/challenge", data={"csrf": token}, headers=origin)), origin


def test_a_form_without_its_token_or_with_anothers_is_refused(client: httpx.Client, platform: Stack) -> None:
    own = {"origin": platform.public_url}
    client.get("/sign-in")
    with httpx.Client(base_url=platform.public_url, trust_env=False) as other:
        foreign = csrf_in(other.get("/sign-in").text)
    for token in ("", "AAAA", foreign, foreign[::-1]):
        assert _refused_form(client.post("/sign-in/challenge", data={"csrf": token}, headers=own)), token


def test_no_page_runs_or_loads_what_is_not_ours(client: httpx.Client) -> None:
    policy = client.get("/").headers["content-security-policy"]
    told = dict(part.split(" ", 1) for part in policy.split("; "))
    assert told["default-src"] == told["base-uri"] == told["frame-ancestors"] == "'none'"
    assert told["script-src"] == told["style-src"] == told["form-action"] == "'self'"
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere", "/static/portal.css"])
def test_every_reply_keeps_to_itself(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"


def test_the_probe_of_health_tells_that_the_door_is_open_and_no_more(client: httpx.Client) -> None:
    reply = client.get("/healthz")
    assert (reply.status_code, reply.text, reply.headers["content-type"]) == (200, "ok\n", "text/plain")
    assert "set-cookie" not in reply.headers


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(client: httpx.Client) -> None:
    for path in ("/sign-in", "/?lang=en"):
        cookie = client.get(path).headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/" in cookie


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "javascript:alert(1)",
        "/\t/elsewhere.example",
    ],
)
def test_nobody_is_sent_elsewhere(client: httpx.Client, elsewhere: str) -> None:
    assert safe_path(elsewhere) == "/"
    assert "elsewhere.example" not in client.get("/sign-in", params={"next": elsewhere}).text.split("<main", 1)[1]


def test_a_path_of_ours_is_kept() -> None:
    assert safe_path("/matters?q=老人&hall=440307") == "/matters?q=老人&hall=440307"


@pytest.mark.parametrize("path", ["/", "/matters", "/progress", "/sign-in", "/halls"])
def test_what_is_typed_into_an_address_is_shown_as_text(client: httpx.Client, path: str) -> None:
    fields = ("q", "hall", "next", "number", "holder", "unit", "lang", "page", "type")
    page = client.get(path, params=dict.fromkeys(fields, HOSTILE)).text
    assert "<script>document" not in page
    assert "<img src=x" not in page


def test_what_is_typed_into_a_form_is_shown_as_text(client: httpx.Client, platform: Stack) -> None:
    token = csrf_in(client.get("/progress").text)
    typed = {"csrf": token, "number": HOSTILE[:80], "holder": HOSTILE}
    page = client.post("/progress", data=typed, headers={"origin": platform.public_url}).text
    assert "alert(1)" in page
    assert "<script>document" not in page
    assert "<img src=x" not in page


def test_a_drawing_that_holds_more_than_shapes_is_not_shown() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><rect width="1" height="1"/>{}</svg>'
    assert inline(svg.format("<text>高龄 &amp; 老人</text>"))
    for more in (
        "<script>alert(1)</script>",
        '<rect onload="alert(1)"/>',
        '<image href="x"/>',
        '<text style="color:red">x</text>',
        "<foreignObject/>",
        "<!-- x -->",
        "<a>x</a>",
        "<rect",
    ):
        assert not inline(svg.format(more)), more
    assert not inline("<html/>")


def test_a_cookie_that_was_tampered_with_is_nobodys(client: httpx.Client) -> None:
    client.get("/sign-in")
    kept = client.cookies["session"]
    client.cookies.clear()
    client.cookies.set("session", kept[:-6] + "AAAAAA")
    assert client.get("/sign-in").status_code == 200


def test_a_seal_of_another_key_opens_nothing() -> None:
    def never(_request: object) -> None:
        raise AssertionError

    ours, theirs = (Sessions(key, never) for key in (b"a" * 32, b"b" * 32))  # type: ignore[arg-type]
    sealed = ours.seal(Session(person="people/a"))
    assert ours.open(sealed) == Session(seed=ours.open(sealed).seed, person="people/a")  # type: ignore[union-attr]
    assert theirs.open(sealed) is None
    assert ours.open("") is None


def test_a_session_planted_before_the_sign_in_is_worth_nothing_after_it(visitor: Visitor, platform: Stack) -> None:
    page = visitor()
    page.goto("/sign-in")
    [planted] = [cookie for cookie in page.context.cookies() if cookie["name"] == "session"]
    token = csrf_in(page.content())
    sign_in(page, platform, "resident")
    page.goto("/")
    assert page.get_by_text("居民甲").count() == 1
    with httpx.Client(base_url=platform.public_url, trust_env=False, cookies={"session": planted["value"]}) as thief:
        assert "居民甲" not in thief.get("/").text
    # The form of before the sign-in is no good after it either.
    headers = {"origin": platform.public_url}
    assert page.context.request.post("/sign-out", form={"csrf": token}, headers=headers).status == 403


def test_after_the_sign_out_the_session_is_over_everywhere(visitor: Visitor, platform: Stack) -> None:
    page = visitor()
    sign_in(page, platform, "resident")
    page.goto("/")
    assert "no-store" in (page.context.request.get("/").headers["cache-control"])
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_text("居民甲")).to_have_count(0)
