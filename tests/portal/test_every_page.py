"""Every template in the states that its page can be in, beside those of the journeys: for everybody, in English throughout."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.sync_api import Page, expect

from gateway.portal import texts
from stack import Stack
from tests.portal.conftest import HALL_LIST, PHONE, UNIT_LIST, Visitor, check, sign_in
from tests.portal.office import Office, path_of, work
from yimen.intake.v1 import cases_pb2

Cases: TypeAlias = Mapping[str, cases_pb2.Case]
# How a state is come to by a page of somebody who has signed in.
Way: TypeAlias = Callable[[Page, Cases], object]
TEMPLATES = texts.HERE / "templates"


@pytest.fixture(scope="module")
def cases(office: Office) -> Cases:
    """A case for each state."""
    overdue, broken, denied = office.reviewed(), office.accepted(), office.decided(reasons=["年龄不足", "户籍不符"])
    office.age(overdue.name, 60)
    office.forge(broken.name)
    return {
        "draft": office.draft(), "submitted": office.submitted(), "returned": office.returned(),
        "refused": office.refuse(office.submitted().name), "suspended": office.suspended(), "extended": office.extended(),
        "denied": denied, "granted": office.decided(), "delivered": office.delivered(), "withdrawn": office.withdrawn(),
        "terminated": office.terminated(), "paused": office.extended(office.suspended()), "overdue": overdue, "broken": broken,
    }  # fmt: skip


def at(path: str | Callable[[Cases], str], status: int = 200) -> Way:
    """By an address."""

    def go(page: Page, cases: Cases) -> None:
        reply = page.goto(path if isinstance(path, str) else path(cases))
        assert reply
        assert reply.status == status, page.url

    return go


def notice(state: str, more: str = "", *, last: bool = True) -> Way:
    """By the timeline of a case to one of its notices."""

    def go(page: Page, cases: Cases) -> None:
        page.goto(path_of(cases[state]))
        links = page.locator("main a[href*='/notices/']")
        hrefs = [one.get_attribute("href") or "" for one in links.all()]
        numbers = sorted({int(href.rpartition("/")[2]) for href in hrefs})
        page.goto(path_of(cases[state], f"notices/{numbers[-1 if last else 0]}{more}"))
        expect(page.locator(".paper")).to_be_visible()

    return go


def pressed(path: str | Callable[[Cases], str], *, form: str = "", **typed: str) -> Way:
    """By a form that is filled in wrongly, past what a browser itself refuses."""

    def go(page: Page, cases: Cases) -> None:
        page.goto(path if isinstance(path, str) else path(cases))
        chosen = page.locator(f"main form{form}").last
        chosen.evaluate("form => form.noValidate = true")
        for name, value in typed.items():
            field = chosen.locator(f"[name={name}]")
            field.check() if field.get_attribute("type") == "radio" else field.fill(value)
        chosen.locator("button:not([name])").last.click()
        expect(page.locator("[aria-invalid=true], [role=alert]").first).to_be_visible()

    return go


def looked_up(state: str) -> Way:
    """By the number of a case and its applicant's name."""

    def go(page: Page, cases: Cases) -> None:
        page.goto("/progress")
        page.fill("[name=number]", cases[state].number)
        page.fill("[name=holder]", "居民甲")
        page.locator("main form button").click()
        expect(page.locator("main")).to_contain_text(cases[state].number)

    return go


def carried(page: Page, cases: Cases) -> None:
    """A form that was sent after its session ended."""
    page.goto(path_of(cases["extended"], "rate"))
    page.check("input[name=stars][value='5']")
    page.context.clear_cookies(name="session")
    page.locator("main form button").last.click()
    expect(page.locator("#carried")).to_have_count(1)


def too_late(page: Page, cases: Cases) -> None:
    """A form for a case that is not in its state any more."""
    page.goto(path_of(cases["submitted"]))
    renew = "(form, path) => { form.action = path; form.submit(); }"
    page.locator("form[action='/sign-out']").evaluate(renew, path_of(cases["submitted"], "renew"))
    expect(page.get_by_role("heading", level=1)).to_have_text("This cannot be done now")


def too_large(page: Page, cases: Cases) -> None:
    """A form of more than a megabyte."""
    page.goto("/progress")
    page.evaluate("document.querySelector('[name=number]').maxLength = 2e6")
    page.fill("[name=holder]", "x")
    page.evaluate("document.querySelector('[name=number]').value = '1'.repeat(1.2e6)")
    page.locator("main form button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The file is too large")


def suggested(page: Page, cases: Cases) -> None:
    """The list that is open under the search."""
    page.goto("/")
    page.get_by_role("combobox").press_sequentially("old")
    expect(page.get_by_role("option").first).to_be_visible()


def stale(page: Page, cases: Cases) -> None:
    """A step for a case that has changed since it was read."""
    page.goto(work(cases["submitted"]))
    page.locator("main form [name=etag]").evaluate_all("all => all.forEach(one => one.value = 'W/stale')")
    page.locator("main form button").first.click()
    expect(page.get_by_role("alert")).to_be_visible()


# By template, and by who looks: each state with the way to it.
STATES: dict[str, dict[str, dict[str, Way]]] = {
    "notices/notice.html": {
        "resident": {
            **{state: notice(state) for state in ("refused", "suspended", "extended", "terminated")},
            **{state: notice(state) for state in ("delivered", "denied", "granted", "paused")},
            "translated": notice("granted", "?translation=1"),
            "accepted": notice("granted", last=False),
        },
    },
    "staff/act.html": {
        "clerk": {"refuse": at(lambda known: work(known["submitted"], "refuse"))}
        | {"terminate": pressed(lambda known: work(known["submitted"], "terminate"))},
        "approver": {
            "resume": at(lambda known: work(known["suspended"], "resume")),
            "complete": at(lambda known: work(known["granted"], "complete")),
            "suspend": pressed(lambda known: work(known["overdue"], "suspend")),
        },
        "head": {"extend": pressed(lambda known: work(known["overdue"], "extend"), days="11")},
    },
    "staff/case.html": {
        "clerk": {"stale": stale, "refused": at(lambda known: work(known["refused"]))},
        "approver": {
            state: at(lambda known, state=state: work(known[state])) for state in ("suspended", "overdue", "denied", "broken")  # type: ignore[misc]
        },
    },
    "staff/work.html": {
        "clerk": {part: at(f"{HALL_LIST}?part={part}") for part in ("correction", "going", "delivery", "over")},
        "approver": {part: at(f"{UNIT_LIST}?part={part}") for part in ("review", "suspended", "decided", "over")},
        "clerk-b": {"empty": at("/work")},
    },
    "problem.html": {
        "resident": {
            "403": at("/work", 403),
            "409": too_late,
            "413": too_large,
        },
    },
    "public/progress.html": {"": {"errors": pressed("/progress")}},
    "public/progress_found.html": {
        "": {state: looked_up(state) for state in ("returned", "suspended", "overdue", "granted", "delivered", "withdrawn")},
    },
    "public/home.html": {"": {"suggested": suggested}},
    "resident/apply.html": {
        "resident": {"draft": at("/apply/440307/senior-card")},
        "entrepreneur": {"errors": pressed("/apply/440307/catering", organisation_code="9144")},
    },
    "resident/case.html": {
        "resident": {
            state: at(lambda known, state=state: path_of(known[state]))  # type: ignore[misc]
            for state in ("withdrawn", "terminated", "refused", "suspended", "extended", "denied", "delivered", "overdue")
        },
    },
    "resident/me.html": {
        "resident": {"errors": pressed("/me", form="[action='/me/channels']", email="nobody", begins="22:00")},
    },
    "resident/not_yet.html": {
        "resident": {
            "rate": at(lambda known: path_of(known["submitted"], "rate")),
            "collect": at(lambda known: path_of(known["suspended"], "collect")),
        },
    },
    "resident/organisation.html": {"resident": {"errors": pressed("/me/organisations/new", organisation_code="9144")}},
    "resident/rate.html": {
        "resident": {
            "errors": pressed(lambda known: path_of(known["extended"], "rate")),
            "completion": at(lambda known: path_of(known["delivered"], "rate")),
        },
    },
    "resident/receipt.html": {"resident": {"new": at(lambda known: path_of(known["submitted"], "receipt?new=1"))}},
    # At the end: its way ends the session.
    "resident/sign_in.html": {"resident": {"carried": carried}},
}  # fmt: skip
# Looked at in both languages and widths by the tests of these files.
ELSEWHERE = {
    "test_public_pages.py": {
        "public/accessibility.html", "public/guide.html", "public/hall.html", "public/halls.html", "public/help.html",
        "public/home.html", "public/open_data.html", "public/progress.html", "public/search.html",
    },
    "test_operator.py": {
        "operator/dead_letters.html", "operator/halls.html", "operator/health.html", "operator/matters.html",
        "public/comparison.html", "public/versions.html",
    },
    "test_resident_pages.py": {
        "resident/cases.html", "resident/check.html", "resident/collect.html", "resident/form.html", "resident/inbox.html",
        "resident/materials.html", "resident/withdraw.html",
    },
    "test_resident_journey.py": {"resident/notice.html"},
}  # fmt: skip


def test_every_template_of_a_page_is_looked_at() -> None:
    pages = {
        str(file.relative_to(TEMPLATES)) for file in TEMPLATES.rglob("*.html")
        if '{% extends "layout.html" %}' in file.read_text(encoding="utf-8")
    }  # fmt: skip
    assert pages - set(STATES) == set().union(*ELSEWHERE.values()) - set(STATES)
    assert all((Path(__file__).parent / name).exists() for name in ELSEWHERE)


@pytest.mark.parametrize("template", STATES)
def test_every_state_of_a_page_is_for_everybody(visitor: Visitor, platform: Stack, cases: Cases, template: str) -> None:
    wrong: dict[str, str] = {}
    for label, states in STATES[template].items():
        page = visitor(PHONE)
        if label:
            sign_in(page, platform, label)
        for state, way in states.items():
            name = f"{Path(template).with_suffix('').as_posix().replace('/', '-')}-{state}"
            try:
                way(page, cases)
                check(page, name, PHONE)
            except AssertionError as error:
                wrong[f"{label} {state}"] = str(error)[:1500]
    assert not wrong, "\n\n".join(f"{state}: {said}" for state, said in wrong.items())
