"""halls over real gRPC: what a client asks, what it is refused, and what happens when the data changes underneath."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest

import tenants
from services.chassis.clients import Clients
from services.halls.__main__ import service
from tests.serving import As, Issuer, refusal, serving, settings_for
from tests.tenants.tenant_folders import a_copy, edit
from yimen.halls.v1 import halls_pb2, halls_pb2_grpc

A_STREET = """\
"440307018":
  name: {zh: 吉华街道, en: Jihua Street}
"440307018001":
  name: {zh: 水径社区, en: Shuijing Community}
"440307018002":
  name: {zh: 凤凰社区, en: Fenghuang Community}
"440307018003":
  name: {zh: 三联社区, en: Sanlian Community}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tenants that the server serves."""
    return a_copy(tmp_path_factory.mktemp("tenants"))


@pytest.fixture(scope="module")
def halls(store: str, issuer: Issuer, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[As]:
    """The service as a client with no token sees it."""
    settings = settings_for(store, tmp_path_factory.mktemp("keys"), tenants=folder)
    with serving([service(Clients(settings), settings)], settings, issuer) as channel:
        yield As(halls_pb2_grpc.HallsServiceStub(channel))


def get(halls: As, code: str) -> halls_pb2.Hall:
    return halls.GetHall(halls_pb2.GetHallRequest(name=f"halls/{code}"))  # type: ignore[no-any-return]


def listed(
    halls: As, *, parent: str = "", tier: "halls_pb2.Tier.ValueType" = halls_pb2.TIER_UNSPECIFIED, page_size: int = 0
) -> list[list[halls_pb2.Hall]]:
    """All pages of a list."""
    request = halls_pb2.ListHallsRequest(parent=parent, tier=tier, page_size=page_size)
    pages: list[list[halls_pb2.Hall]] = []
    while not pages or request.page_token:
        reply = halls.ListHalls(request)
        pages.append(list(reply.halls))
        request.page_token = reply.next_page_token
    return pages


def counted(pages: list[list[halls_pb2.Hall]]) -> int:
    return sum(len(page) for page in pages)


def eventually(fact: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether it becomes a fact in time."""
    end = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def test_a_hall_is_told_whole(halls: As) -> None:
    hall = get(halls, "440307014014")
    assert hall.name == "halls/440307014014"
    assert hall.parent == "halls/440307014"
    assert hall.tier == halls_pb2.TIER_COMMUNITY
    assert hall.division == "凤凰社区"
    assert hall.display_name.zh == "龙岗区布吉街道凤凰社区政务服务大厅"
    assert hall.display_name.en == "Fenghuang Community Government Service Hall, Buji Street"
    assert hall.address.placeholder
    assert [(list(h.weekdays), h.opens, h.closes) for h in hall.opening_hours] == [
        ([1, 2, 3, 4, 5], "09:00", "12:00"),
        ([1, 2, 3, 4, 5], "14:00", "18:00"),
    ]
    assert [counter.id for counter in hall.counters] == ["general-1", "general-2", "delivery-1"]
    assert list(hall.handles) == [halls_pb2.TIER_COMMUNITY]
    assert len(hall.accepts) == 3


def test_the_district_has_no_parent(halls: As) -> None:
    assert get(halls, "440307").parent == ""


def test_every_hall_is_told_as_it_is_configured(halls: As) -> None:
    told = {hall.name: hall for page in listed(halls, page_size=200) for hall in page}
    for hall in tenants.load():
        message = told.pop(f"halls/{hall.code}")
        assert message.display_name.zh == hall.display_name.zh
        assert [counter.function for counter in message.counters] == [c.function for c in hall.counters.values()]
        assert message.address.text == hall.address
    assert not told


def test_pages_hold_every_hall_once_in_the_order_of_codes(halls: As) -> None:
    pages = listed(halls, page_size=50)
    assert [len(page) for page in pages] == [50, 50, 18]
    names = [hall.name for page in pages for hall in page]
    assert names == [f"halls/{hall.code}" for hall in tenants.load()]


def test_a_page_is_fifty_halls_where_no_size_is_asked(halls: As) -> None:
    assert [len(page) for page in listed(halls)] == [50, 50, 18]


def test_the_last_full_page_ends_the_list(halls: As) -> None:
    assert [len(page) for page in listed(halls, parent="halls/440307", page_size=4)] == [4, 4]


@pytest.mark.parametrize(
    ("parent", "tier", "count"),
    [
        ("halls/440307", halls_pb2.TIER_UNSPECIFIED, 8),
        ("halls/440307014", halls_pb2.TIER_UNSPECIFIED, 24),
        ("halls/440307014014", halls_pb2.TIER_UNSPECIFIED, 0),
        ("", halls_pb2.TIER_DISTRICT, 1),
        ("", halls_pb2.TIER_STREET, 8),
        ("", halls_pb2.TIER_COMMUNITY, 109),
        ("halls/440307", halls_pb2.TIER_COMMUNITY, 0),
    ],
)
def test_a_list_is_of_a_parent_and_a_tier_where_asked(
    halls: As, parent: str, tier: "halls_pb2.Tier.ValueType", count: int
) -> None:
    assert counted(listed(halls, parent=parent, tier=tier)) == count


@pytest.mark.parametrize("code", ["440308", "440307099", "440307014999"])
def test_an_unknown_hall_is_refused_in_both_languages(halls: As, code: str) -> None:
    for call in (lambda: get(halls, code), lambda: listed(halls, parent=f"halls/{code}")):
        refused = refusal(call)
        assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "HALL_UNKNOWN")
        assert refused.zh == f"没有代码为 {code} 的大厅"
        assert refused.en == f"no hall has the code {code}"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (halls_pb2.ListHallsRequest(page_size=201), "page_size"),
        (halls_pb2.ListHallsRequest(page_size=-1), "page_size"),
        (halls_pb2.ListHallsRequest(parent="440307"), "parent"),
        (halls_pb2.ListHallsRequest(tier=9), "tier"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_field_of_a_list_is_named(halls: As, request_: halls_pb2.ListHallsRequest, field: str) -> None:
    refused = refusal(lambda: halls.ListHalls(request_))
    assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
    assert list(refused.violations) == [field]


@pytest.mark.parametrize("name", ["", "halls/", "halls/凤凰", "halls/44030701401", "halls/440307/cases/1"])
def test_what_is_no_halls_name_is_named(halls: As, name: str) -> None:
    refused = refusal(lambda: halls.GetHall(halls_pb2.GetHallRequest(name=name)))
    assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
    assert list(refused.violations) == ["name"]


def test_a_page_token_of_another_list_is_refused(halls: As) -> None:
    token = halls.ListHalls(halls_pb2.ListHallsRequest(page_size=5)).next_page_token
    assert token
    for other in (
        halls_pb2.ListHallsRequest(page_size=5, page_token=token, parent="halls/440307"),
        halls_pb2.ListHallsRequest(page_size=5, page_token=token[:-2]),
        halls_pb2.ListHallsRequest(page_size=5, page_token="page 2"),
    ):
        refused = refusal(lambda other=other: halls.ListHalls(other))  # type: ignore[misc]
        assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID")


def test_a_new_street_with_three_communities_is_served_within_seconds_without_a_restart(halls: As, folder: Path) -> None:
    assert refusal(lambda: get(halls, "440307018002")).reason == "HALL_UNKNOWN"
    (folder / "streets" / "jihua.yaml").write_text(A_STREET)
    try:
        assert eventually(lambda: counted(listed(halls)) == 122)
        assert get(halls, "440307018002").display_name.zh == "龙岗区吉华街道凤凰社区政务服务大厅"
        assert [hall.division for hall in listed(halls, parent="halls/440307018")[0]] == ["水径社区", "凤凰社区", "三联社区"]
    finally:
        (folder / "streets" / "jihua.yaml").unlink()
    assert eventually(lambda: counted(listed(halls)) == 118)


def test_the_last_good_halls_stay_while_the_data_breaks_a_rule(
    halls: As, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    edit(folder, "district.yaml", "name:", "sign: {colour: '#00ff00'}\n  name:")

    def told() -> bool:
        assert counted(listed(halls)) == 118
        return "district.yaml:5: [unified] sign.colour is unified by standards/district.yaml" in caplog.text

    try:
        assert eventually(told)
    finally:
        edit(folder, "district.yaml", "sign: {colour: '#00ff00'}\n  name:", 'telephone: "0755-12345678"\n  name:')
    assert eventually(lambda: get(halls, "440307").telephone == "0755-12345678")
