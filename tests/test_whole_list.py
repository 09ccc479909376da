"""The whole list of 12,934 matters, loaded once: counted by query, searched, paged, handed out, and shown by the portal."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import httpx
import pytest

from gateway.portal import themes
from gateway.portal.services import NAMES
from services.chassis.caller import Post
from services.chassis.clients import Clients
from services.halls import __main__ as halls
from services.matters import __main__ as matters
from services.matters import load
from services.matters.exchange.sending import Sender
from services.matters.search.entries import EX_OFFICIO
from tests.chassis.hearing import free_port
from tests.matters.asked import Asked, eventually
from tests.matters.conftest import DISTRICT, Office
from tests.portal.timings import times_of
from tests.serving import Issuer, served, settings_for
from yimen.matters.v1 import elements_pb2 as pb
from yimen.matters.v1 import exchange_pb2, matter_pb2, search_pb2, units_pb2

ONLINE = [depth for depth in pb.OnlineDepth.values() if depth >= pb.ONLINE_DEPTH_RECEIPT]
HALLS = ["440307", "440307003", "440307003002"]
# Of a hall's home to the slowest call that it makes.
RATIO = 2.0


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


@pytest.fixture(scope="module")
def whole(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The service after the load of everything."""
    settings = settings_for(store, tmp_path_factory.mktemp("whole-keys"))
    issuer, asked, progress = Issuer(), Asked(), list[tuple[int, int]]()
    services = [make(Clients(settings), settings) for make in (matters.service, halls.service)]
    with served(services, settings, issuer) as address, grpc.insecure_channel(address) as channel:
        loaded = load.load_all(channel, editor_token(issuer), lambda done, of: progress.append((done, of)))
        whole = Whole(Office(channel, issuer, asked), loaded, progress, address)
        # The search follows what is imported.
        eventually(lambda: facets(whole)[0] == 12_934, seconds=30)
        yield whole


def facets(whole: Whole, **narrowed: int) -> tuple[int, dict[str, dict[str, int]]]:
    """How many matters there are, and how many of each kind."""
    request = search_pb2.SearchMattersRequest(parent=DISTRICT, page_size=1, **narrowed)  # type: ignore[arg-type]
    reply = whole.office.anyone.SearchMatters(request)
    return reply.total_size, {facet.field: {one.value: one.count for one in facet.values} for facet in reply.facets}


def test_the_load_tells_how_far_it_is(whole: Whole) -> None:
    done, of = zip(*whole.progress, strict=True)
    assert (whole.loaded.units, whole.loaded.matters, whole.loaded.left) == (53, 12_934, ())
    assert list(done) == sorted(done)
    assert set(of) == {2 * 12_934}
    assert done[-1] == of[-1]
    assert len(done) > 50


def test_a_repeated_load_is_over_at_once(whole: Whole) -> None:
    began = time.monotonic()
    assert whole.load() == whole.loaded
    assert time.monotonic() - began < 10


def test_the_list_has_53_units_and_12934_matters_in_10_types_of_which_266_are_licences(whole: Whole) -> None:
    units = whole.office.anyone.ListUnits(units_pb2.ListUnitsRequest(parent=DISTRICT, page_size=200)).units
    total, found = facets(whole)
    assert (len(units), total) == (53, 12_934)
    assert len(found["matter_type"]) == 10
    assert found["matter_type"]["MATTER_TYPE_LICENCE"] == 266
    assert sum(found["matter_type"].values()) == 12_934
    assert len(found["unit"]) == 53


def test_350_matters_are_online_across_the_25_units_that_approve(whole: Whole) -> None:
    online = [facets(whole, online_depth=depth) for depth in ONLINE]
    assert sum(total for total, _ in online) == 350
    units = set[str]().union(*(found["unit"] for total, found in online if total))
    licensing = facets(whole, matter_type=pb.MATTER_TYPE_LICENCE)[1]["unit"]
    assert len(units) == 25
    assert units == licensing.keys()


def test_all_of_it_goes_out_in_the_order_of_codes(whole: Whole) -> None:
    types, codes, size = Counter[str](), list[str](), 0
    rest = b""
    for part in Sender(whole.channel).export(DISTRICT, exchange_pb2.LIST_FORMAT_JSON_LINES):
        assert len(part) < 1024 * 1024
        size += len(part)
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            elements = json.loads(line)["elements"]
            types[elements["matter_type"]] += 1
            codes.append(elements["implementation_code"])
    assert (rest, len(codes), len(set(codes))) == (b"", 12_934, 12_934)
    assert codes == sorted(codes)
    assert (types["MATTER_TYPE_LICENCE"], len(types)) == (266, 10)
    assert size > 30_000_000


def test_what_people_apply_for_can_be_told_from_what_is_done_to_them(whole: Whole) -> None:
    asked = search_pb2.SearchMattersRequest(parent=DISTRICT, page_size=50)
    everything = whole.office.anyone.SearchMatters(asked)
    asked.on_application = True
    applied_for = whole.office.anyone.SearchMatters(asked)
    by_type = {
        value.value: value.count for facet in everything.facets if facet.field == "matter_type" for value in facet.values
    }
    ex_officio = sum(by_type.get(name, 0) for name in EX_OFFICIO)
    assert ex_officio > 0
    assert applied_for.total_size == everything.total_size - ex_officio
    assert not {pb.MATTER_TYPE_PENALTY, pb.MATTER_TYPE_INSPECTION} & {one.matter_type for one in applied_for.results}
    suggested = search_pb2.SuggestMattersRequest(parent=DISTRICT, prefix="罚", on_application=True, page_size=20)
    for one in whole.office.anyone.SuggestMatters(suggested).suggestions:
        matter = whole.office.anyone.GetMatter(matter_pb2.GetMatterRequest(name=one.matter))
        assert pb.MatterType.Name(matter.elements.matter_type) not in EX_OFFICIO


def test_every_way_of_a_theme_finds_what_people_apply_for(whole: Whole) -> None:
    for group in themes.groups():
        for way in (way for theme in group.themes for way in theme.ways):
            asked = search_pb2.SearchMattersRequest(
                parent=DISTRICT,
                query=way.words or way.zh,
                service_object=pb.ServiceObject.Value(group.object),
                on_application=True,
            )
            assert whole.office.anyone.SearchMatters(asked).total_size, way.zh


def walked(whole: Whole, request: matter_pb2.ListMattersRequest, pages: int) -> list[str]:
    """The codes of the first pages."""
    codes: list[str] = []
    for _ in range(pages):
        reply = whole.office.anyone.ListMatters(request)
        codes += [matter.elements.implementation_code for matter in reply.matters]
        request.page_token = reply.next_page_token
        if not request.page_token:
            break
    return codes


def test_a_page_of_the_whole_list_asks_the_store_for_a_stretch_of_it(whole: Whole) -> None:
    with whole.office.asked.hearing() as asked:
        codes = walked(whole, matter_pb2.ListMattersRequest(parent=DISTRICT, page_size=50), pages=8)
    assert len(codes) == 400
    assert codes == sorted(codes)
    stretches = [filter_["code"] for collection, filter_ in asked if collection == "matters" and "shelves" in filter_]
    assert len(stretches) >= 8
    assert all("$lt" in code for code in stretches)


def test_the_licences_are_listed_to_the_last(whole: Whole) -> None:
    request = matter_pb2.ListMattersRequest(parent=DISTRICT, matter_type=pb.MATTER_TYPE_LICENCE, page_size=50)
    codes = walked(whole, request, pages=100)
    assert (len(codes), len(set(codes))) == (266, 266)
    assert codes == sorted(codes)


@pytest.fixture(scope="module")
def portal(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A visitor of a portal over the whole list, in a process of its own."""
    keys: Path = tmp_path_factory.mktemp("portal-keys")
    (keys / "portal.key").write_bytes(secrets.token_bytes(32))
    listen = f"127.0.0.1:{free_port()}"
    told = {"YIMEN_LISTEN": listen, "YIMEN_KEYS": str(keys), "YIMEN_ADDRESSES": json.dumps(dict.fromkeys(NAMES, whole.address))}
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
    times = times_of(portal, f"/halls/{hall}", asked=400)
    print(f"{hall}: {times}")
    assert times.page < RATIO * times.slowest, str(times)
