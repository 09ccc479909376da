"""The services of matters and halls with the whole list of 12,934 matters, loaded once for every test of this package."""

from collections.abc import Iterator
from dataclasses import dataclass

import grpc
import pytest

from services.chassis.caller import Post
from services.chassis.clients import Clients
from services.halls import __main__ as halls
from services.matters import __main__ as matters
from services.matters import load
from tests.matters.asked import Asked
from tests.matters.conftest import Office
from tests.serving import Issuer, served, settings_for


@dataclass
class Whole:
    """A running service with the whole list, and what its load said of itself."""

    office: Office
    loaded: load.Loaded
    # (done, of) of each step.
    progress: list[tuple[int, int]]
    # Of the service, and of the tree of halls.
    address: str

    def load(self) -> load.Loaded:
        """Loads the whole list again."""
        return load.load_all(self.office.channel, editor_token(self.office.issuer))

    @property
    def channel(self) -> grpc.Channel:
        """To the service."""
        return self.office.channel


def editor_token(issuer: Issuer) -> str:
    """An access token of an editor of the district."""
    return issuer.token("people/editor", Post("EDITOR", "440307", covers_subtree=True))


@pytest.fixture(scope="package")
def whole(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The service after the load of everything."""
    settings = settings_for(store, tmp_path_factory.mktemp("whole-keys"))
    issuer, asked, progress = Issuer(), Asked(), list[tuple[int, int]]()
    services = [make(Clients(settings), settings) for make in (matters.service, halls.service)]
    with served(services, settings, issuer) as address, grpc.insecure_channel(address) as channel:
        loaded = load.load_all(channel, editor_token(issuer), lambda done, of: progress.append((done, of)))
        yield Whole(Office(channel, issuer, asked), loaded, progress, address)
