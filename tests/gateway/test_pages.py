"""Several portals behind Envoy: a visitor stays with one of them, and goes to another when it ends."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway import envoy
from gateway.clusters import PAGES_IDLE_SECONDS
from gateway.portal.services import NAMES
from stack.programs import ENVOY, SERVICES
from tests.chassis.hearing import free_port, until

# Portals and Envoy are started here.
pytestmark = pytest.mark.platform
PORTALS = 3
PAGE = "/static/mark.svg"


class Door:
    """Envoy before three portals; `visit` asks as the visitor of a cookie, `served` says how often each portal was asked."""

    def __init__(self, folder: Path, running: ExitStack) -> None:
        (folder / "portal.key").write_bytes(secrets.token_bytes(32))
        listen, self._admin = (f"127.0.0.1:{free_port()}" for _ in range(2))
        portals = [f"127.0.0.1:{free_port()}" for _ in range(PORTALS)]
        nobody = f"127.0.0.1:{free_port()}"
        told = {"YIMEN_KEYS": str(folder), "YIMEN_ADDRESSES": json.dumps(dict.fromkeys(NAMES, nobody))}
        self.processes = {
            address: running.enter_context(
                subprocess.Popen([sys.executable, "-m", "gateway.portal"], env={**os.environ, **told, "YIMEN_LISTEN": address})
            )
            for address in portals
        }
        written = envoy.configuration(
            listen=listen, admin=self._admin, services={name: [nobody] for name in SERVICES}, portals=portals
        )
        (folder / "envoy.json").write_text(json.dumps(written))
        argv = [str(ENVOY), "-c", str(folder / "envoy.json"), "--disable-hot-restart", "--concurrency", "1", "-l", "error"]
        self.processes["envoy"] = running.enter_context(subprocess.Popen(argv))
        for process in self.processes.values():
            running.callback(process.terminate)
        self._client = running.enter_context(httpx.Client(base_url=f"http://{listen}", trust_env=False, timeout=20))

    def visit(self, cookie: str = "") -> int:
        """The status of a page."""
        headers = {"cookie": f"session={cookie}"} if cookie else {}
        try:
            return self._client.get(PAGE, headers=headers).status_code
        except httpx.TransportError:
            return 0

    def answer(self, accept: str) -> httpx.Response:
        """The reply to whoever takes this."""
        return self._client.get(PAGE, headers={"accept": accept})

    def served(self) -> dict[str, int]:
        """How many requests each portal was sent."""
        return {_address(host): _total(host) for host in self._hosts()}

    def well(self) -> int:
        """How many portals Envoy holds for well."""
        return sum("failed_active_health_check" not in host["health_status"] for host in self._hosts())

    def _hosts(self) -> list[dict[str, Any]]:
        """The portals as Envoy sees them (admin interface, /clusters)."""
        told = httpx.get(f"http://{self._admin}/clusters?format=json", trust_env=False).json()
        (hosts,) = (one["host_statuses"] for one in told["cluster_statuses"] if one["name"] == "portal")
        return list(hosts)


def _address(host: dict[str, Any]) -> str:
    at = host["address"]["socket_address"]
    return f"{at['address']}:{at['port_value']}"


def _total(host: dict[str, Any]) -> int:
    return next(int(stat.get("value", 0)) for stat in host["stats"] if stat["name"] == "rq_total")


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The door, open."""
    with ExitStack() as running:
        opened = Door(tmp_path_factory.mktemp("door"), running)
        until(lambda: opened.visit() == httpx.codes.OK and opened.well() == PORTALS)
        yield opened


def asked(door: Door, *cookies: str) -> dict[str, int]:
    """How many more requests each portal was sent while these visitors asked for a page each."""
    before = door.served()
    assert [door.visit(cookie) for cookie in cookies] == [httpx.codes.OK] * len(cookies)
    return {address: count - before[address] for address, count in door.served().items()}


def test_a_visitor_stays_with_one_portal_and_visitors_are_spread(door: Door) -> None:
    # On a busy machine Envoy holds a portal for ill now and then, and sends its visitors elsewhere meanwhile.
    for cookie in ("first", "second"):
        until(lambda cookie=cookie: sorted(asked(door, *[cookie] * 12).values()) == [0, 0, 12])  # type: ignore[misc]
    until(lambda: min(asked(door, *[f"visitor-{number}" for number in range(60)]).values()) > 5)


def test_a_portal_keeps_a_connection_for_longer_than_the_gateway_does(door: Door) -> None:
    portal, *_ = door.processes
    with closing(HTTPConnection(portal, timeout=20)) as connection:
        for pause in (0, PAGES_IDLE_SECONDS + 1):
            time.sleep(pause)
            connection.request("GET", PAGE)
            reply = connection.getresponse()
            assert (reply.status, reply.will_close) == (httpx.codes.OK, False)
            reply.read()


def test_the_visitors_of_a_portal_that_ends_go_to_another(door: Door) -> None:
    (theirs,) = (address for address, count in asked(door, "first").items() if count)
    door.processes[theirs].kill()
    until(lambda: door.visit("first") == httpx.codes.OK)
    until(lambda: door.well() == PORTALS - 1)
    assert sorted(asked(door, *["first"] * 12).values()) == [0, 0, 12]


def test_while_no_portal_answers_a_browser_gets_a_page_and_a_program_json(door: Door) -> None:
    for address in door.processes.keys() - {"envoy"}:
        door.processes[address].kill()
    until(lambda: door.visit() in (502, 503))
    page = door.answer("text/html,application/xhtml+xml,*/*;q=0.8")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "style-src 'sha256-" in page.headers["content-security-policy"]
    assert "<h1>服务暂时不可用，请稍后重试</h1>" in page.text
    assert "The service does not answer: try again shortly." in page.text
    assert door.answer("*/*").json()["details"][0]["reason"] == "SERVICE_AWAY"
