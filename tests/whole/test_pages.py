"""The portal over the whole list: a hall's home answers within twice its slowest call."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.portal.services import NAMES
from tests.chassis.hearing import free_port
from tests.matters.asked import eventually
from tests.portal.timings import times_of
from tests.whole.conftest import Whole
from tests.whole.test_list import facets

HALLS = ["440307", "440307003", "440307003002"]
RATIO = 2.0


@pytest.fixture(scope="module")
def portal(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A visitor of a portal over the whole list, in a process of its own."""
    keys: Path = tmp_path_factory.mktemp("portal-keys")
    (keys / "portal.key").write_bytes(secrets.token_bytes(32))
    listen = f"127.0.0.1:{free_port()}"
    told = {"YIMEN_LISTEN": listen, "YIMEN_KEYS": str(keys), "YIMEN_ADDRESSES": json.dumps(dict.fromkeys(NAMES, whole.address))}
    eventually(lambda: facets(whole)[0] == 12_934, seconds=30)
    with (
        subprocess.Popen([sys.executable, "-m", "gateway.portal"], env={**os.environ, **told}) as process,
        httpx.Client(base_url=f"http://{listen}", trust_env=False, timeout=20) as client,
    ):
        try:
            eventually(lambda: _is_up(client), seconds=30)
            yield client
        finally:
            process.terminate()


def _is_up(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("hall", HALLS)
def test_a_halls_home_takes_less_than_twice_its_slowest_call(portal: httpx.Client, hall: str) -> None:
    times = times_of(portal, f"/halls/{hall}")
    print(f"{hall}: {times}")
    assert times.page < RATIO * times.slowest, str(times)
