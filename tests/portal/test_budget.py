"""What a page costs: bytes over the wire at a first visit, requests to nobody else, and time beside the calls that it makes."""

from urllib.parse import urlsplit

import httpx
import pytest

from stack import Stack
from stack.journey import DISTRICT, HALL
from tests.portal.conftest import GUIDE, Visitor
from tests.portal.timings import times_of

FIRST_LOAD_BYTES = 150_000
PAGES = {"home": "/", "halls": "/halls", "hall": f"/{HALL}", "district": f"/{DISTRICT}", "matters": "/matters", "guide": GUIDE}
# Beside its calls a page has its own work, which does not grow with the list.
# What a hall's home takes with the whole list is asked in tests/whole.
RATIO, OWN_MILLISECONDS = 2.0, 8.0


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


@pytest.mark.parametrize("name", PAGES)
def test_a_page_takes_little_more_than_its_calls(client: httpx.Client, name: str) -> None:
    times = times_of(client, PAGES[name])
    print(f"{name}: {times}")
    assert times.page < RATIO * times.slowest + OWN_MILLISECONDS
