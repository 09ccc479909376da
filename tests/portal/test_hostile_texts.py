"""What residents and staff type is shown as text wherever residents and staff read it, in both languages."""

from collections.abc import Callable, Iterable

import pytest
from playwright.sync_api import Page

from gateway.portal.notices import CODES
from tests import senior_card
from tests.portal.conftest import DESKTOP, HALL_LIST, UNIT_LIST, Look
from tests.portal.hostile import HOSTILE, HOSTILE_FILE, HOSTILE_SHORT, nothing_came_of_it
from tests.portal.office import Office, path_of, work
from tests.portal.residents import ALLOWANCE
from yimen.identity.v1 import people_pb2
from yimen.intake.v1 import cases_pb2, delivering_pb2, listing_pb2
from yimen.matters.v1 import elements_pb2

ENGLISH = Look("en", "desktop")
FORM = {**senior_card.FORM, "address": HOSTILE, "photo_receipt": HOSTILE_SHORT}
# A code that belongs to nobody.
CODE = "91440300300000010H"
# Steps that lead to a notice which repeats nothing that somebody typed.
SILENT = {"accept"}
Cases = dict[str, cases_pb2.Case]


@pytest.fixture(scope="module")
def cases(office: Office) -> Cases:
    """Cases whose every text is hostile, one for each way that a case can go; `returned` is that of a hostile organisation."""

    def submitted() -> cases_pb2.Case:
        return office.submitted(draft=office.draft(form=FORM, filename=HOSTILE_FILE))

    organisation = registered(office)
    matter = office.matter(elements_pb2.SERVICE_OBJECT_ENTERPRISE).name
    for_it = office.draft("resident-b", matter=matter, form=FORM, filename=HOSTILE_FILE, organisation=organisation)
    returned = office.correct(office.submitted("resident-b", for_it).name, {"identity-card": HOSTILE, "": HOSTILE})

    suspended = office.suspended(office.reviewed(office.accepted(submitted())), HOSTILE)
    rated(office, suspended)
    denied = office.extended(office.accepted(submitted()), HOSTILE)
    office.suspended(office.reviewed(denied), HOSTILE)
    office.resume(denied.name, HOSTILE)
    denied = office.decided(denied, [HOSTILE, HOSTILE])
    delivered = office.delivered(office.complete(denied.name, HOSTILE_SHORT), HOSTILE_SHORT)
    rated(office, delivered)
    return {
        "submitted": submitted(),
        "returned": returned,
        "refused": office.refuse(submitted().name, HOSTILE),
        "suspended": suspended,
        "delivered": delivered,
        "withdrawn": office.withdrawn(submitted(), HOSTILE),
        "terminated": office.terminated(submitted(), HOSTILE),
    }


def registered(office: Office) -> str:
    """The hostile organisation of `resident-b`."""
    person = office.person("resident-b")
    listed = person.identity.ListOrganisations(people_pb2.ListOrganisationsRequest(parent=person.name, page_size=100))
    if names := [one.name for one in listed.organisations if one.code == CODE]:
        return str(names[0])
    named = people_pb2.Organisation(display_name=HOSTILE, code=CODE)
    request = people_pb2.CreateOrganisationRequest(organisation=named)
    return str(person.identity.CreateOrganisation(request).name)


def rated(office: Office, case: cases_pb2.Case) -> None:
    """Rates the stage that is open, with stars and a comment."""
    rating = delivering_pb2.RateCaseRequest(name=case.name, stars=1, comment=HOSTILE)
    office.person("resident").intake.RateCase(rating)


def each_shows_text(page: Page, paths: Iterable[str], *, shown: bool = False) -> None:
    """No element comes of what was typed, on any of the pages.

    Those in English, which mark what is in Chinese, are opened; those in Chinese, many and alike, are parsed alone.
    """
    in_english = any(one["name"] == "lang" and one["value"] == "en" for one in page.context.cookies())
    for path in paths:
        if in_english:
            reply = page.goto(path, wait_until="domcontentloaded")
            assert reply
            assert reply.status == 200, path
            nothing_came_of_it(page, shown=shown)
        else:
            asked = page.context.request.get(path)
            assert asked.status == 200, path
            nothing_came_of_it(page, html=asked.text(), shown=shown)


def notices(office: Office, case: cases_pb2.Case, label: str) -> list[tuple[str, str]]:
    """The notices of a case: the part of the address of each, and the action that it tells of."""
    entries = office.person(label).intake.ListHistory(listing_pb2.ListHistoryRequest(parent=case.name)).entries
    return [(f"notices/{entry.sequence}", entry.action) for entry in entries if entry.action in CODES]


@pytest.mark.parametrize("look", [DESKTOP, ENGLISH], ids=str)
def test_an_applicant_reads_what_was_typed_as_text(
    signed_in: Callable[..., Page], office: Office, cases: Cases, look: Look
) -> None:
    returned, own = cases["returned"], [case for name, case in cases.items() if name != "returned"]
    page = signed_in("resident", look)
    each_shows_text(page, ["/cases", "/cases?show=going", "/cases?show=over", "/inbox", "/me"])
    each_shows_text(page, [path_of(case) for case in own], shown=True)
    each_shows_text(page, [path_of(case, "receipt") for case in own], shown=True)
    each_shows_text(page, [path_of(cases["submitted"], "withdraw"), path_of(cases["suspended"], "materials")])
    for case in own:
        for part, action in notices(office, case, "resident"):
            translated = [path_of(case, f"{part}?translation=1")] if look.language == "en" else []
            each_shows_text(page, [path_of(case, part), *translated], shown=action not in SILENT)
    page.goto("/inbox")
    for path in page.locator("a[href^='/inbox/']").evaluate_all("all => all.map(one => one.getAttribute('href'))")[:6]:
        each_shows_text(page, [path])

    theirs = signed_in("resident-b", look)
    parts = ["", "materials", "check", *(part for part, _ in notices(office, returned, "resident-b"))]
    each_shows_text(theirs, [path_of(returned, part) for part in parts], shown=True)
    each_shows_text(theirs, ["/cases", path_of(returned, "form"), path_of(returned, "withdraw")])
    each_shows_text(theirs, ["/me", "/apply/440307/catering"], shown=True)


@pytest.mark.parametrize("look", [DESKTOP, ENGLISH], ids=str)
def test_staff_read_what_was_typed_as_text(signed_in: Callable[..., Page], office: Office, cases: Cases, look: Look) -> None:
    clerk, approver, head = (signed_in(label, look) for label in ("clerk", "approver", "head"))
    seen = [case for name, case in cases.items() if name != "withdrawn"]
    each_shows_text(clerk, [f"{HALL_LIST}?part={part}" for part in ("received", "correction", "going", "delivery", "over")])
    each_shows_text(clerk, [work(case) for case in seen], shown=True)
    steps = ("correct", "refuse", "terminate")
    each_shows_text(clerk, [work(cases["submitted"], step) for step in steps[:2]], shown=True)
    each_shows_text(clerk, [work(cases["submitted"], "terminate"), work(cases["returned"], "terminate")])
    for case in seen:
        for part, action in notices(office, case, "clerk"):
            translated = [work(case, f"{part}?translation=1")] if look.language == "en" else []
            each_shows_text(clerk, [work(case, part), *translated], shown=action not in SILENT)
    each_shows_text(approver, [f"{UNIT_LIST}?part={part}" for part in ("accepted", "review", "suspended", "decided", "over")])
    each_shows_text(approver, [work(cases["suspended"]), work(cases["delivered"])], shown=True)
    each_shows_text(approver, [work(cases["suspended"], "resume")])
    each_shows_text(head, [work(cases["suspended"], "extend")])


def test_a_form_and_its_errors_show_as_text_what_was_typed(signed_in: Callable[..., Page], office: Office) -> None:
    page = signed_in("resident")
    page.goto(ALLOWANCE)
    page.locator("main form button").last.click()
    page.wait_for_url("**/form")
    texts = page.locator("main input:not([type]), main input[type=text], main textarea")
    for at in range(texts.count()):
        texts.nth(at).fill(HOSTILE)
    page.locator("button[value=next]:visible").last.click()
    page.locator("[data-focus]").wait_for()
    nothing_came_of_it(page)
    assert page.input_value("[name=bank]") == HOSTILE
    case = page.url.removesuffix("/form").partition("/cases/")[2]
    each_shows_text(page, [f"/cases/{case}", f"/cases/{case}/check"], shown=True)

    # Refused: what is too long to withdraw or to rate with, and a rating without stars.
    accepted = office.accepted()
    for part, field, value in (("withdraw", "reason", HOSTILE * 6), ("rate", "comment", HOSTILE)):
        page.goto(path_of(accepted, part))
        page.locator(f"[name={field}]").evaluate("one => one.removeAttribute('maxlength')")
        page.fill(f"[name={field}]", value)
        page.locator("main form button").last.click()
        page.get_by_role("alert").wait_for()
        nothing_came_of_it(page)
        assert page.input_value(f"[name={field}]") == value

    page.goto("/me/organisations/new")
    page.fill("[name=organisation_name]", HOSTILE)
    page.fill("[name=organisation_code]", HOSTILE[:30])
    page.locator("main form button").last.click()
    page.locator("[data-focus]").wait_for()
    nothing_came_of_it(page)
    page.goto("/apply/440307/catering")
    page.check("input[name=who][value=new]")
    page.fill("[name=organisation_name]", HOSTILE)
    page.fill("[name=organisation_code]", HOSTILE[:30])
    page.locator("main form button").last.click()
    page.locator("[data-focus]").wait_for()
    nothing_came_of_it(page)
    assert page.input_value("[name=organisation_name]") == HOSTILE
    page.goto("/me")
    page.evaluate("document.querySelectorAll('[name=email], [type=time]').forEach(one => one.type = 'text')")
    for field in ("email", "begins", "ends"):
        page.fill(f"[name={field}]", HOSTILE)
    page.locator("form[action='/me/channels'] button").click()
    page.locator("[data-focus]").wait_for()
    nothing_came_of_it(page)
    assert page.locator("[name=email]").get_attribute("value") == HOSTILE


def test_what_everybody_types_is_shown_as_text(visitor: Callable[..., Page]) -> None:
    page = visitor()
    for path, field in (("/", "q"), ("/matters", "q"), ("/halls", "q")):
        page.goto(path)
        page.locator(f"main [name={field}]").evaluate("one => one.removeAttribute('maxlength')")
        page.fill(f"main [name={field}]", HOSTILE)
        page.keyboard.press("Enter")
        page.wait_for_url("**q=*")
        nothing_came_of_it(page)
    page.goto("/progress")
    page.fill("[name=number]", HOSTILE_SHORT)
    page.fill("[name=holder]", HOSTILE[:100])
    page.locator("main form button").click()
    page.get_by_role("alert").wait_for()
    nothing_came_of_it(page)
    assert page.input_value("[name=holder]") == HOSTILE[:100]
