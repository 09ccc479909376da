"""What a page costs: bytes over the wire at a first visit, requests to nobody else, and time beside the calls that it makes."""

from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page

from stack import Stack
from stack.journey import DISTRICT, HALL
from tests.portal.conftest import GUIDE, HALL_LIST, UNIT_LIST, Visitor
from tests.portal.office import Office, path_of, work
from tests.portal.timings import Times, times_of

FIRST_LOAD_BYTES = 150_000
PAGES = {"home": "/", "halls": "/halls", "hall": f"/{HALL}", "district": f"/{DISTRICT}", "matters": "/matters", "guide": GUIDE}
# What a page may do beside its calls: it does not grow with the list, and is the portal's own.
OWN_MILLISECONDS = 6.0


@pytest.mark.parametrize("name", PAGES)
def test_a_first_visit_stays_below_the_budget_and_asks_nobody_else(visitor: Visitor, platform: Stack, name: str) -> None:
    page = visitor()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    loaded: list[float] = []
    hosts: set[str] = set()
    session.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(PAGES[name], wait_until="networkidle")
    print(f"{name}: {sum(loaded) / 1000:.0f} kB in {len(loaded)} replies")
    assert sum(loaded) < FIRST_LOAD_BYTES
    assert hosts == {platform.public_url.removeprefix("http://")}


def of_their_own(page: Page, platform: Stack) -> httpx.Client:
    """A client that is who has signed in on a page."""
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    return httpx.Client(base_url=platform.public_url, trust_env=False, timeout=20, cookies=cookies)


def light(name: str, times: Times) -> None:
    """Says the times of a page and holds its own work to the budget."""
    print(f"{name}: {times}")
    assert times.own < OWN_MILLISECONDS, f"{name}: {times}"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_little_beside_its_calls(client: httpx.Client, name: str) -> None:
    light(name, times_of(client, PAGES[name]))


def test_the_pages_of_residents_and_staff_do_little_beside_their_calls(
    signed_in: Callable[..., Page], platform: Stack, office: Office
) -> None:
    case = office.reviewed()
    pages = {
        "resident": {"my cases": "/cases", "my case": path_of(case), "my receipt": path_of(case, "receipt")},
        "clerk": {"a hall's work": HALL_LIST, "a staff case": work(case)},
        "approver": {"a unit's work": f"{UNIT_LIST}?part=review", "a decision": work(case, "decide")},
    }
    for label, theirs in pages.items():
        with of_their_own(signed_in(label), platform) as client:
            for name, path in theirs.items():
                light(name, times_of(client, path))
