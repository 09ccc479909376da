"""What is tried against a resident's pages and refused."""

import re
from collections.abc import Callable
from http.cookies import SimpleCookie
from itertools import product

import pytest
from playwright.sync_api import APIRequestContext, FilePayload, Page

from gateway.portal.pages import resident
from stack import Stack
from stack.journey import HALL, a_pdf, upload
from tests.portal.conftest import Visitor, sign_in
from tests.portal.residents import ALLOWANCE, CARD, CARD_FORM, Office, case_of, path_of, through_the_window
from yimen.intake.v1 import intake_pb2

HOSTILE = "\"'></textarea></title><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">{{7*7}}"
HOSTILE_FILE = '"><img src=x onerror="document.title=\'run\'">.pdf'


def csrf(asked: APIRequestContext, path: str = "/me") -> str:
    """A token of the visitor's."""
    found = re.search(r'name="csrf" value="([^"]+)"', asked.get(path).text())
    assert found
    return found[1]


def nothing_ran(page: Page) -> None:
    """What was typed stands on the page as text."""
    assert page.locator("img[src=x]").count() == 0
    assert page.locator("main script").count() == 0
    assert page.title() != "run"


def test_what_a_resident_types_is_shown_as_text_on_every_page(visitor: Visitor, platform: Stack, office: Office) -> None:
    person, clerk = office.person("resident").intake, office.person("clerk").intake
    case = intake_pb2.Case(matter=CARD)
    case.form.update({**CARD_FORM, "address": HOSTILE[:200], "photo_receipt": HOSTILE[:60], "agent_name": HOSTILE[:20]})
    draft = person.CreateCase(intake_pb2.CreateCaseRequest(parent=HALL, case=case))
    messages = list(upload(draft.name, "identity-card", a_pdf("identity-card")))
    messages[0].filename = HOSTILE_FILE
    person.UploadMaterial(iter(messages))

    page = visitor()
    page.on("dialog", lambda _: pytest.fail("a script ran"))
    sign_in(page, platform, "resident")
    for part in ("", "form", "materials", "check"):
        page.goto(path_of(draft, part))
        nothing_ran(page)
        shown = page.text_content("main") or "" if part in ("", "check") else page.locator("main").inner_html()
        assert ("<script>" in shown) == (part in ("", "check")), part

    # Into the form by its own fields, and back with what is wrong.
    page.goto(ALLOWANCE)
    page.get_by_role("button", name="开始申请").click()
    page.wait_for_url("**/form")
    texts = page.locator("main input:not([type]), main input[type=text], main textarea")
    for at in range(texts.count()):
        texts.nth(at).fill(HOSTILE)
    page.locator("button[value=next]:visible").last.click()
    page.locator("[data-focus]").wait_for()
    nothing_ran(page)
    assert page.input_value("[name=bank]") == HOSTILE
    allowance = case_of(page)
    for part in ("", "check"):
        page.goto(path_of(office.read(allowance), part))
        nothing_ran(page)

    # What the counter writes about a case, why it is withdrawn, how it is rated.
    submitted = office.submitted()
    returned = intake_pb2.RequestCorrectionRequest(name=submitted.name)
    returned.items.add(material="identity-card", reason=HOSTILE)
    clerk.RequestCorrection(returned)
    for part in ("", "materials"):
        page.goto(path_of(submitted, part))
        nothing_ran(page)
    page.goto(path_of(submitted, "withdraw"))
    page.fill("[name=reason]", HOSTILE)
    page.get_by_role("button", name="确认撤回").click()
    page.get_by_role("status").wait_for()
    nothing_ran(page)
    accepted = office.accepted()
    page.goto(path_of(accepted, "rate"))
    page.fill("[name=comment]", HOSTILE)
    page.get_by_role("button", name="提交评价").click()
    nothing_ran(page)
    assert page.input_value("[name=comment]") == HOSTILE
    page.goto("/inbox")
    nothing_ran(page)


def test_what_is_typed_of_oneself_is_shown_as_text(visitor: Visitor, platform: Stack) -> None:
    page = visitor()
    sign_in(page, platform, "entrepreneur")
    page.goto("/me/organisations/new")
    page.fill("[name=organisation_name]", HOSTILE)
    page.fill("[name=organisation_code]", HOSTILE[:30])
    page.get_by_role("button", name="登记").click()
    nothing_ran(page)
    page.goto("/me")
    page.evaluate("document.querySelector('[name=email]').type = 'text'")
    page.fill("[name=email]", HOSTILE)
    page.get_by_role("button", name="保存通知方式").click()
    page.locator("[data-focus]").wait_for()
    nothing_ran(page)


POSTED = sorted({place.path for place in resident.PLACES if place.method == "POST"})
READ = sorted({place.path for place in resident.PLACES if place.method == "GET" and place.signed_in})


@pytest.fixture
def there(office: Office) -> Callable[[str], str]:
    """Fills the variables of a path with those of a case that is there."""
    draft = office.draft()
    id_, file = draft.name.split("/")[3], draft.materials[0].name.split("/")[5]

    def fill(path: str) -> str:
        known = {"hall": "440307003002", "case": id_, "material": file, "matter": "senior-card", "notice": "n"}
        if path.startswith("/apply"):
            known["hall"] = "440307"
        return re.sub(r"\{(\w+)\}", lambda found: known[found[1]], path)

    return fill


def test_no_form_is_taken_from_elsewhere_or_without_the_visitors_own_token(
    visitor: Visitor, platform: Stack, office: Office, there: Callable[[str], str]
) -> None:
    page, another = visitor(), visitor()
    sign_in(page, platform, "resident")
    sign_in(another, platform, "resident-b")
    asked, own, foreign = page.context.request, csrf(page.context.request), csrf(another.context.request)
    before = office.cases()
    from_us, from_elsewhere = {"origin": platform.public_url}, {"origin": "https://elsewhere.example"}
    tried = ((own, from_elsewhere), (own, {"origin": "null"}), ("", from_us), (foreign, from_us))
    for path, (token, origin) in product(POSTED, tried):
        reply = asked.post(there(path), multipart={"csrf": token, "go": "later"}, headers=origin)
        assert reply.status == 403, f"{path} {origin}"
    assert office.cases() == before


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
        if not path.startswith("/sign-in"):
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
