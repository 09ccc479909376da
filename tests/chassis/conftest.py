"""A server of papers, and people to call it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.chassis.caller import Post
from tests.chassis.paper import paper_service
from tests.serving import As, Issuer, serving, settings_for
from yimen.intake.v1 import intake_pb2_grpc


@dataclass
class Desk:
    """The papers' stub, as one caller or another."""

    stub: intake_pb2_grpc.IntakeServiceStub
    issuer: Issuer

    def by(self, person: str, *posts: Post) -> As:
        """Calls with the token of a person who holds these posts."""
        return As(self.stub, self.issuer.token(f"people/{person}", *posts))

    def with_token(self, token: str) -> As:
        """Calls with this token, or none."""
        return As(self.stub, token)


@pytest.fixture(scope="module")
def desk(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A running server of papers on the real store."""
    issuer = Issuer()
    keys: Path = tmp_path_factory.mktemp("keys")
    with serving([paper_service()], settings_for(store, keys), issuer) as channel:
        yield Desk(intake_pb2_grpc.IntakeServiceStub(channel), issuer)
