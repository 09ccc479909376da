"""The matters service with what the reference programme and the urban-renewal chain touch of the whole list."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from services.chassis import clock
from services.chassis.caller import Post
from services.chassis.clients import Clients
from services.chassis.context import Scope, acting_in
from services.matters import data
from services.matters.__main__ import service
from services.matters.documents import Matter
from services.matters.rules import Act
from services.matters.streamlining import programme
from tests.matters.asked import Asked
from tests.matters.conftest import Office
from tests.serving import Issuer, serving, settings_for
from yimen.matters.v1 import matter_pb2, streamlining_pb2, units_pb2

HALL = "440307"


@dataclass
class Planned:
    """The whole list by the names of its matters, and the programme's change-sets for it."""

    matters: dict[str, matter_pb2.Matter]
    sets: list[streamlining_pb2.ChangeSet]

    @property
    def proposals(self) -> list[streamlining_pb2.Proposal]:
        """Of all sets."""
        return [proposal for change_set in self.sets for proposal in change_set.proposals]


@pytest.fixture(scope="package")
def units() -> dict[str, units_pb2.Unit]:
    """The units by their names."""
    return {f"units/{request.unit_id}": request.unit for request in data.units()}


@pytest.fixture(scope="package")
def whole(units: dict[str, units_pb2.Unit]) -> Planned:
    """The programme for the whole list."""
    listed = {}
    for request in data.everything():
        request.matter.name = f"{request.parent}/matters/{request.matter_id}"
        listed[request.matter.name] = request.matter
    names = {name: unit.display_name for name, unit in units.items()}
    return Planned(listed, programme.planned(listed.values(), names))


@pytest.fixture(scope="package")
def office(store: str, whole: Planned, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A running service whose list holds what the programme and the chain touch."""
    settings = settings_for(store, tmp_path_factory.mktemp("streamlining-keys"))
    issuer, asked = Issuer(), Asked()
    with serving([service(Clients(settings), settings)], settings, issuer) as channel:
        office = Office(channel, issuer, asked)
        keeper = office.by("editor", Post("EDITOR", HALL, covers_subtree=True))
        for unit in data.units():
            keeper.CreateUnit(unit)
        touched = {proposal.matter for proposal in whole.proposals}
        kept = {f"halls/{HALL}/matters/{slug}" for slug in ("construction-permit", "completion-filing")}
        with acting_in(Scope(hall=HALL)):
            act = Act("people/editor", clock.now(), "全清单导入")
            matters = [Matter.published(HALL, _slug(name), whole.matters[name], act) for name in sorted(touched | kept)]
            assert Matter.insert_many(matters) == []
        yield office


def _slug(name: str) -> str:
    return name.rpartition("/")[2]
