"""What tests run on: a real store, a real broker, and once a session the whole platform. Each starts when first asked for."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import Stack
from stack.platform import REPOSITORY
from tests.serving import Issuer

# A Monday morning before a week without holidays: what the tests expect of working days holds in every year.
CLOCK = "2026-03-02T09:30:00+08:00"
_SERVERS = ("store", "broker", "platform")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks each test with the servers that it stands on, so that the fast ones can be run alone; the pages' come last.

    The browser then opens once in a process: its driver's loop is met by no other test, and it is never started again.
    """
    items.sort(key=lambda item: item.path.parent.name == "portal")
    for item in items:
        for server in set(getattr(item, "fixturenames", ())).intersection(_SERVERS):
            item.add_marker(server)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URI of a store."""
    stack = Stack(tmp_path_factory.mktemp("store"), only=["store"])
    try:
        stack.start()
        yield stack.env["MONGODB_URI"]
    finally:
        stack.stop()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URI of a broker."""
    stack = Stack(tmp_path_factory.mktemp("broker"), only=["broker"])
    try:
        stack.start()
        yield stack.env["AMQP_URI"]
    finally:
        stack.stop()


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole platform with its data, on a shifted clock and with halls of its own that a test may edit."""
    from stack import seed

    root = tmp_path_factory.mktemp("platform")
    stack = Stack(root, clock=CLOCK, tenants=_own_halls(root / "tenants"))
    try:
        stack.start()
        seed.seed(stack)
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    """Issues the access tokens of servers in the test's own process."""
    return Issuer()


def _own_halls(folder: Path) -> Path:
    data = shutil.ignore_patterns("*.py", "__pycache__")
    return shutil.copytree(REPOSITORY / "tenants", folder, ignore=data)
