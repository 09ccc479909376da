"""The matters service with the units alone: what is on its list comes by import."""

from collections.abc import Iterator

import pytest

from services.chassis.caller import Post
from services.chassis.clients import Clients
from services.matters import data
from services.matters.__main__ import service
from tests.exchange.bureau import Bureau
from tests.matters.asked import Asked
from tests.matters.conftest import Office
from tests.serving import Issuer, serving, settings_for


@pytest.fixture(scope="package")
def bureau(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    """A running service whose list is empty at first."""
    settings = settings_for(store, tmp_path_factory.mktemp("exchange-keys"))
    issuer, asked = Issuer(), Asked()
    with serving([service(Clients(settings), settings)], settings, issuer) as channel:
        office = Office(channel, issuer, asked)
        editor = office.by("editor", Post("EDITOR", "440307", covers_subtree=True))
        for request in data.units():
            editor.CreateUnit(request)
        yield Bureau(office, settings)
