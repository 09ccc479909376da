from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from stack import Stack
from stack.journey import MATTER, eventually
from tests.journeys.conftest import Office
from yimen.halls.v1 import halls_pb2
from yimen.intake.v1 import applying_pb2, cases_pb2

STREET = "440307099"
COMMUNITIES = [f"{STREET}001", f"{STREET}002", f"{STREET}003"]
# Seconds.
SOON = 10.0


@pytest.fixture
def streets(platform: Stack) -> Iterator[Path]:
    """The folder of the platform's own streets; what a test adds is gone afterwards."""
    folder = Path(platform.env["YIMEN_TENANTS"]) / "streets"
    before = set(folder.iterdir())
    yield folder
    for added in set(folder.iterdir()) - before:
        added.unlink()


def a_street_with_three_communities() -> str:
    """A file of tenants/streets."""
    halls = [f'"{STREET}":\n  name: {{zh: 示例街道, en: Example Street}}\n']
    halls += [f'"{code}":\n  name: {{zh: 示例{code[-1]}社区, en: Example {code[-1]} Community}}\n' for code in COMMUNITIES]
    return "\n".join(halls)


def test_a_street_with_three_communities_is_an_edit_of_data(platform: Stack, office: Office, streets: Path) -> None:
    before = {name: process.pid for name, process in platform.processes.items()}

    def halls() -> list[str]:
        request = halls_pb2.ListHallsRequest(parent=f"halls/{STREET}")
        return [hall.name for hall in office.resident.halls.ListHalls(request).halls]

    def taken_at_the_last() -> cases_pb2.Case | None:
        request = applying_pb2.CreateCaseRequest(parent=f"halls/{COMMUNITIES[-1]}", case=cases_pb2.Case(matter=MATTER))
        try:
            return office.resident.intake.CreateCase(request)  # type: ignore[no-any-return]
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.NOT_FOUND:
                return None
            raise

    assert taken_at_the_last() is None
    (streets / "example.yaml").write_text(a_street_with_three_communities())

    assert eventually(lambda: halls() == [f"halls/{code}" for code in COMMUNITIES], "the communities", limit=SOON)
    case = eventually(taken_at_the_last, "a case at the new hall", limit=SOON)
    assert case.name.startswith(f"halls/{COMMUNITIES[-1]}/cases/")
    assert {name: process.pid for name, process in platform.processes.items()} == before
