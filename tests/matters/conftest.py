"""The matters service in the test's own process, on the real store, with the reference list loaded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from services.chassis.caller import Post
from services.chassis.clients import Clients
from services.matters import load
from services.matters.__main__ import service
from tests.matters.asked import Asked
from tests.serving import As, Issuer, serving, settings_for
from yimen.matters.v1 import matters_pb2_grpc

DISTRICT = "halls/440307"


@dataclass
class Office:
    """The list's office: its stub as one caller or another."""

    channel: grpc.Channel
    issuer: Issuer
    asked: Asked

    def by(self, person: str = "", *posts: Post) -> As:
        """Calls as a person with these posts; as nobody without one."""
        token = self.issuer.token(f"people/{person}", *posts) if person else ""
        return As(matters_pb2_grpc.MattersServiceStub(self.channel), token)

    @property
    def anyone(self) -> As:
        """Calls without a token."""
        return self.by()

    @property
    def editor(self) -> As:
        """Calls as an editor of the district."""
        return self.by("editor", Post("EDITOR", "440307"))

    def load(self, progress: Callable[[int, int], None] = lambda done, of: None) -> load.Loaded:
        """Loads the reference list as the editor."""
        return load.load(
            self.channel, self.issuer.token("people/editor", Post("EDITOR", "440307", covers_subtree=True)), progress
        )


@pytest.fixture(scope="package")
def office(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A running service with the reference list."""
    keys: Path = tmp_path_factory.mktemp("matters-keys")
    settings = settings_for(store, keys)
    issuer, asked = Issuer(), Asked()
    with serving([service(Clients(settings), settings)], settings, issuer) as channel:
        office = Office(channel, issuer, asked)
        office.load()
        yield office
