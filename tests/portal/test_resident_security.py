"""What is tried against a resident's pages and refused."""

import re
from collections.abc import Callable
from http.cookies import SimpleCookie

import pytest
from playwright.sync_api import FilePayload

from gateway.portal.pages import resident
from stack import Stack
from stack.journey import a_pdf
from tests.portal.conftest import Visitor, csrf, sign_in
from tests.portal.office import Office
from tests.portal.residents import through_the_window

POSTED = sorted({place.path for place in resident.PLACES if place.method == "POST"})
READ = sorted({place.path for place in resident.PLACES if place.method == "GET" and place.signed_in})


@pytest.fixture
def there(office: Office) -> Callable[[str], str]:
    """Fills the variables of a path with those of a case that is there."""
    draft = office.draft()
    id_, file = draft.name.split("/")[3], draft.materials[0].name.split("/")[5]

    def fill(path: str) -> str:
        known = {"hall": "440307003002", "case": id_, "material": file, "matter": "senior-card", "notice": "n", "sequence": "1"}
        if path.startswith("/apply"):
            known["hall"] = "440307"
        return re.sub(r"\{(\w+)\}", lambda found: known[found[1]], path)

    return fill


def test_whoever_is_not_signed_in_sees_and_does_nothing(
    visitor: Visitor, platform: Stack, office: Office, there: Callable[[str], str]
) -> None:
    asked = visitor().context.request
    before = office.cases()
    for path in READ:
        reply = asked.get(there(path), max_redirects=0)
        assert reply.status == 303, path
        assert reply.headers["location"].startswith("/sign-in?next=/")
    token = csrf(asked, "/sign-in")
    for path in POSTED:
        if not path.startswith(("/sign-in", "/sign-out")):
            reply = asked.post(there(path), multipart={"csrf": token}, headers={"origin": platform.public_url})
            assert reply.status == 401, path
    assert office.cases() == before


def test_nobody_does_anything_to_anothers_case(
    visitor: Visitor, platform: Stack, office: Office, there: Callable[[str], str]
) -> None:
    page = visitor()
    sign_in(page, platform, "resident-b")
    asked = page.context.request
    token, before = csrf(asked), office.cases()
    fields: dict[str, str | float | bool | bytes | FilePayload] = {
        "csrf": token,
        "go": "next",
        "mobile": "1",
        "stars": "1",
        "signature": "AAAA",
        "material": "identity-card",
    }
    for path in POSTED:
        if "{case}" in path:
            reply = asked.post(there(path), multipart=fields, headers={"origin": platform.public_url})
            assert reply.status == 404, path
    assert office.cases() == before


def test_a_file_never_runs_in_the_pages_name(visitor: Visitor, platform: Stack, office: Office) -> None:
    page = visitor()
    sign_in(page, platform, "resident")
    file = office.draft().materials[0].name.split("/")
    reply = page.context.request.get(f"/downloads/cases/{file[1]}/{file[3]}/{file[5]}")
    assert reply.status == 200
    assert reply.body() == a_pdf("identity-card")
    headers = reply.headers
    assert headers["content-type"] == "application/pdf"
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:alert(1)"]
)
def test_a_sign_in_leads_nowhere_else(visitor: Visitor, platform: Stack, elsewhere: str) -> None:
    page = visitor()
    page.goto(f"/sign-in?next={elsewhere}")
    assert page.get_attribute("#onward", "data-onward") == "/"
    if elsewhere.startswith("//"):
        through_the_window(page, "resident")
        page.wait_for_url(f"{platform.public_url}/")


def test_a_sign_in_makes_a_new_cookie_out_of_reach_for_scripts(visitor: Visitor, platform: Stack) -> None:
    page = visitor()
    page.goto("/sign-in")
    [planted] = [one for one in page.context.cookies() if one["name"] == "session"]
    stale = page.get_attribute("#sign-in [name=csrf]", "value") or ""
    with page.expect_response(lambda reply: reply.request.method == "POST" and reply.url.endswith("/sign-in")) as begun:
        through_the_window(page, "resident")
    flags = SimpleCookie(begun.value.all_headers()["set-cookie"])["session"]
    assert flags["httponly"]
    assert flags["samesite"].lower() == "lax"
    page.locator(".who").wait_for()
    [kept] = [one for one in page.context.cookies() if one["name"] == "session"]
    assert kept["value"] != planted["value"]
    assert "session" not in page.evaluate("document.cookie")
    # The page of before the sign-in can do nothing for who signed in.
    reply = page.context.request.post("/me/channels", form={"csrf": stale}, headers={"origin": platform.public_url})
    assert reply.status == 403
