"""Search over the service, on the real store: filters, pages, suggestions, and how soon a result is fresh."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from services.chassis import clock, tenancy
from services.matters.documents import Matter, Unit
from services.matters.rules import Act
from services.matters.search import thesaurus
from services.matters.search.catalogue import Catalogue
from services.matters.search.following import Following
from services.matters.search.index import Index, Narrowing
from stack import Stack
from tests.matters.builders import a_code, a_matter
from tests.matters.conftest import DISTRICT, Office
from tests.matters.test_servicer import a_draft, cancel, every_page, publish
from tests.serving import As, refusal, settings_for
from yimen.halls.v1 import halls_pb2
from yimen.matters.v1 import elements_pb2, matter_pb2, search_pb2, versions_pb2

FRESH_SECONDS = 1.0
LIST = Narrowing("440307")
PINGHU, BUJI = "halls/440307003", "halls/440307014"


def search(as_: As, query: str = "", **narrowed: Any) -> search_pb2.SearchMattersResponse:
    fields: dict[str, Any] = {"parent": DISTRICT, "query": query, "page_size": 50}
    request = search_pb2.SearchMattersRequest(**(fields | narrowed))
    reply: search_pb2.SearchMattersResponse = as_.SearchMatters(request)
    return reply


def found(as_: As, query: str = "", **narrowed: Any) -> list[str]:
    return [result.matter for result in search(as_, query, **narrowed).results]


def soon(is_so: Callable[[], bool], seconds: float = FRESH_SECONDS) -> bool:
    """Whether it is so within this time."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


# what a reply says


def test_a_result_says_what_a_list_shows_of_a_matter(office: Office) -> None:
    first = search(office.anyone, "高龄老人津贴").results[0]
    assert first.matter == f"{DISTRICT}/matters/old-age-allowance"
    assert first.unit_display_name == "深圳市龙岗区民政局"
    assert first.promised_limit.value == 15
    assert first.display_name.en == "Old-age allowance"


def test_facets_are_named_in_both_languages_and_take_their_values_back(office: Office) -> None:
    whole = search(office.anyone, "登记")
    facets = {facet.field: facet.values for facet in whole.facets}
    assert set(facets) == {"matter_type", "unit", "tier", "service_object", "online_depth"}
    for field, values in facets.items():
        for value in values:
            assert value.label.zh, (field, value.value)
            assert value.label.en or field == "unit"
            chosen = search(office.anyone, "登记", **{field: value.value})
            assert chosen.total_size == value.count, (field, value.value)


def test_pages_follow_one_another_and_a_token_is_its_own_query_s(office: Office) -> None:
    request = search_pb2.SearchMattersRequest(parent=DISTRICT, query="登记", page_size=3)
    paged = [result.matter for result in every_page(office.anyone.SearchMatters, request, "results")]
    assert paged == found(office.anyone, "登记")
    assert len(paged) == len(set(paged))
    token = office.anyone.SearchMatters(
        search_pb2.SearchMattersRequest(parent=DISTRICT, query="登记", page_size=3)
    ).next_page_token
    other = search_pb2.SearchMattersRequest(parent=DISTRICT, query="许可", page_token=token)
    assert refusal(lambda: office.anyone.SearchMatters(other)).reason == "PAGE_TOKEN_INVALID"


def test_a_community_finds_only_what_can_be_brought_to_it(office: Office) -> None:
    everything, here = search(office.anyone), search(office.anyone, parent="halls/440307003002")
    assert 0 < here.total_size < everything.total_size
    for result in here.results:
        matter = office.anyone.GetMatter(matter_pb2.GetMatterRequest(name=result.matter))
        assert halls_pb2.TIER_COMMUNITY in (*matter.elements.accepted_at, *matter.elements.handled_at)


def test_what_a_street_s_office_answers_for_is_found_in_its_own_street(office: Office) -> None:
    def moved(district: str) -> dict[str, tuple[str, str]]:
        return Unit.directory(district) | {"units/440307-civil-affairs": ("平湖街道民政办", PINGHU.removeprefix("halls/"))}

    with following() as index:
        catalogue = Catalogue(index, moved, lambda hall: frozenset())
        for hall, is_found in ((DISTRICT, True), (PINGHU, True), (BUJI, False)):
            results = catalogue.search(search_pb2.SearchMattersRequest(parent=hall, query="高龄老人津贴")).results
            assert ("old-age-allowance" in (result.matter.rpartition("/")[2] for result in results)) == is_found


@pytest.mark.parametrize("wrong", [{"matter_type": 99}, {"parent": "halls/44"}, {"unit": "教育局"}, {"query": "长" * 101}])
def test_what_is_no_filter_is_refused(office: Office, wrong: dict[str, Any]) -> None:
    assert refusal(lambda: search(office.anyone, **wrong)).violations


# while typing


@pytest.mark.parametrize("typed", ["高龄", "gaoling", "gllr", "老人金"])
def test_a_matter_is_suggested_while_it_is_typed(office: Office, typed: str) -> None:
    request = search_pb2.SuggestMattersRequest(parent=DISTRICT, prefix=typed)
    suggestions = office.anyone.SuggestMatters(request).suggestions
    assert suggestions[0].matter == f"{DISTRICT}/matters/old-age-allowance"
    assert suggestions[0].text.zh == "高龄老人津贴申请"
    assert len({one.matter for one in suggestions}) == len(suggestions) <= 8


# how soon


def test_what_is_published_revised_and_cancelled_is_found_so_within_a_second(office: Office) -> None:
    draft = a_draft(office, display_name={"zh": "珊瑚养殖许可"})
    assert draft.name not in found(office.anyone, "珊瑚养殖")
    live = publish(office.editor, draft)
    assert soon(lambda: live.name in found(office.anyone, "珊瑚养殖"))

    elements = elements_pb2.Elements()
    elements.CopyFrom(live.elements)
    elements.display_name.zh = "海胆养殖许可"
    revised = office.editor.ReviseMatter(versions_pb2.ReviseMatterRequest(name=live.name, elements=elements, reason="更名"))
    assert not found(office.anyone, "海胆")
    publish(office.editor, revised)
    assert soon(lambda: found(office.anyone, "海胆") == [live.name])
    assert live.name not in found(office.anyone, "珊瑚")

    cancel(office.editor, live)
    assert soon(lambda: not found(office.anyone, "海胆"))


def test_a_version_with_a_date_is_found_from_its_date_on(office: Office) -> None:
    draft = a_draft(office, display_name={"zh": "鲍鱼养殖许可"})
    date = clock.now() + timedelta(seconds=1.5)
    publish(office.editor, draft, effective_time=date)
    while clock.now() < date:
        assert not found(office.anyone, "鲍鱼")
        time.sleep(0.05)
    assert soon(lambda: found(office.anyone, "鲍鱼") == [draft.name])


def test_what_another_process_stores_in_one_go_is_found_within_a_second(office: Office) -> None:
    act = Act("people/editor", clock.now(), "导入")
    many = [
        Matter.published(
            "440307", f"many-{secrets.token_hex(4)}", a_matter(**a_code(9000 + n), display_name={"zh": f"海藻第{n}号许可"}), act
        )
        for n in range(100)
    ]
    assert not Matter.insert_many(many)
    assert soon(lambda: search(office.anyone, "海藻").total_size == len(many))
    Matter._get_collection().delete_many({"_id": {"$in": [matter.pk for matter in many]}})
    assert soon(lambda: search(office.anyone, "海藻").total_size == 0)


@contextmanager
def following() -> Iterator[Index]:
    """An index as another process of the service has it."""
    index = Index(thesaurus.kept())
    follows = Following([index], Matter._get_collection)
    follows.start()
    try:
        yield index
    finally:
        follows.stop()


def test_another_process_of_the_service_finds_the_same_and_all_of_it_from_its_start(office: Office) -> None:
    with following() as index:
        assert len(index) == search(office.anyone).total_size
        there = index.search("登记", LIST, offset=0, limit=50).results
        # Near equals may stand the other way round: see Index.drop.
        assert sorted(result.matter for result in there) == sorted(found(office.anyone, "登记"))


def test_what_changes_while_the_store_goes_away_and_comes_back_is_found(tmp_path: Path) -> None:
    stack = Stack(tmp_path, only=["store"])
    stack.start()
    settings = settings_for(stack.env["MONGODB_URI"], tmp_path / "keys")
    tenancy.use(settings.tenants)
    client: MongoClient[dict[str, Any]] = MongoClient(settings.mongodb_uri, serverSelectionTimeoutMS=2000)
    matters = client[settings.database("matters")].matters
    index = Index(thesaurus.kept())
    follows = Following([index], lambda: matters)
    try:
        matters.insert_many([stored("a", "珊瑚养殖许可"), stored("b", "海胆养殖许可")])
        follows.start()
        assert len(index) == 2
        stack.restart("store")
        matters.insert_one(stored("c", "鲍鱼养殖许可"))
        matters.delete_one({"_id": "440307-a"})
        assert soon(lambda: index.search("珊瑚", LIST, offset=0, limit=1).total == 0 and len(index) == 2, seconds=10)
    finally:
        follows.stop()
        client.close()
        stack.stop()


def stored(slug: str, name: str) -> dict[str, Any]:
    """A matter as the index reads it."""
    content = a_matter(display_name={"zh": name}).SerializeToString()
    return {
        "_id": f"440307-{slug}", "hall": "440307", "slug": slug, "state": 2, "version": 1, "shelves": [""], "content": content
    }  # fmt: skip
