"""Intake at work beside the real matters and identity services, each on a server of its own, on the real store."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime

import grpc
import pytest

from services.chassis import clock
from services.chassis.caller import Post
from services.chassis.clients import Clients
from services.chassis.server import Server
from services.identity.__main__ import service as identity
from services.identity.load import load as load_people
from services.intake.__main__ import service as intake
from services.intake.rules.calendar import SHANGHAI
from services.matters.__main__ import service as matters
from services.matters.load import load as load_matters
from stack import keys, ukey
from tests.intake.counter import Applicant, Counter, Ukey
from tests.serving import Issuer, settings_for

OPERATOR = Post("OPERATOR", "440307", covers_subtree=True)
EDITOR = Post("EDITOR", "440307", covers_subtree=True)
APPLICANTS: Sequence[str] = ("resident", "resident-b")


@pytest.fixture(scope="package")
def counter(store: str, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """The running service, with the 40 matters and two people who have U-keys."""
    folder = tmp_path_factory.mktemp("intake")
    keys.ensure(folder / "keys")
    bank = ukey.Bank.opened(folder, folder / "trust")
    settings = settings_for(store, folder / "keys", trust=folder / "trust")
    with ExitStack() as ends:
        addresses = settings.addresses
        clients = Clients(settings)
        channels = {}
        for name, make in (("identity", identity), ("matters", matters), ("intake", intake)):
            server = Server([make(clients, settings)], settings, issuer.verifier()).start()
            ends.callback(server.stop)
            addresses[name] = f"127.0.0.1:{server.port}"
            channels[name] = ends.enter_context(grpc.insecure_channel(addresses[name]))
        # What is not in force yet cannot be applied for: the list came into force before the first day of any test.
        set_clock("2015-01-05 09:00")
        load_matters(channels["matters"], issuer.token("people/editor", EDITOR))
        clock.shift(0)
        residents = [ukey.person(label) for label in APPLICANTS]
        names = load_people(channels["identity"], issuer.token("people/operator", OPERATOR), residents)
        made = Counter(channels["intake"], channels["matters"], issuer)
        for someone in residents:
            calls = made.by(names[someone.label])
            made.applicants[someone.label] = Applicant(names[someone.label], calls, Ukey(bank, someone))
        yield made


@pytest.fixture(autouse=True)
def clock_as_it_was() -> Iterator[None]:
    """A test that shifts the clock leaves it as it was."""
    yield
    clock.shift(0)


def set_clock(time: str) -> None:
    """Sets the domain's day and time, in Shenzhen: `2026-03-02 10:00`."""
    wanted = datetime.fromisoformat(time).replace(tzinfo=SHANGHAI)
    clock.shift((wanted - clock.real_now()).total_seconds())


@pytest.fixture
def on() -> Callable[[str], None]:
    """Sets the domain's clock: `on("2026-03-02 10:00")`."""
    return set_clock


@pytest.fixture
def monday(on: Callable[[str], None]) -> None:
    """Monday 2 March 2026, in the morning."""
    on("2026-03-02 09:30")
