"""The atomic writes that the platform leans on, on the store in use."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mongoengine
import pytest
from pymongo.errors import DuplicateKeyError

from services.chassis import clock, context
from services.chassis.context import Scope
from services.chassis.documents import ResourceExists
from services.chassis.errors import ChangedMeanwhile
from services.intake.documents import Case, Series
from services.matters.documents import Matter
from services.notification.documents import Channels, Notice
from tests.store.asking import no_scan
from yimen.intake.v1.events_pb2 import CaseAccepted


def channels(person: str) -> Channels:
    with context.acting_in(Scope(owner=f"people/{person}")):
        return Channels.of(f"people/{person}/channels")


def stored(document: Any) -> dict[str, Any]:
    found: dict[str, Any] = document._get_collection().find_one({"_id": document.pk})
    return found


def test_state_and_facts_are_one_write_and_fields_that_went_are_gone() -> None:
    text = dict.fromkeys(("title_zh", "title_en", "body_zh", "body_en", "subject", "event_type"), "x")
    notice = Notice.new(person="w1", due=clock.now(), **text).save_with(CaseAccepted())
    assert "due" in stored(notice)
    notice.due = None
    with no_scan():
        notice.save_with(CaseAccepted(), CaseAccepted())
    found = stored(notice)
    assert (found["version"], len(found["outbox"]), "due" in found) == (2, 3, False)


def test_of_two_writers_of_one_version_one_is_refused_and_changes_nothing() -> None:
    first = channels("w2").save_with()
    second = channels("w2")
    first.language = "EN"
    first.save_with()
    second.email = "late@example.cn"
    with pytest.raises(ChangedMeanwhile):
        second.save_with(CaseAccepted())
    found = stored(first)
    assert (found["version"], found["language"], found["email"], found["outbox"]) == (2, "EN", "", [])


def test_of_many_writers_at_once_each_change_is_kept_or_refused() -> None:
    channels("w3").save_with()
    kept, barrier = [], threading.Barrier(8)

    def write(n: int) -> None:
        mine = channels("w3")
        barrier.wait()
        try:
            mine.save_with(CaseAccepted())
        except ChangedMeanwhile:
            return
        kept.append(n)

    for _ in range(5):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(8)))
    found = stored(channels("w3"))
    assert found["version"] == 1 + len(kept) == 1 + len(found["outbox"])


def test_one_name_is_made_once() -> None:
    channels("w4").save_with()
    again = Channels.new(id="w4")
    with pytest.raises(ResourceExists):
        again.save_with()


def test_taking_published_facts_out_leaves_the_others_and_the_rest() -> None:
    kept = channels("w5").save_with(CaseAccepted(), CaseAccepted(), CaseAccepted())
    before = stored(kept)
    ids = [entry["id"] for entry in before["outbox"]]
    with no_scan():
        Channels._get_collection().update_one({"_id": "w5"}, {"$pull": {"outbox": {"id": {"$in": [ids[0], ids[2]]}}}})
    after = stored(kept)
    assert [entry["id"] for entry in after["outbox"]] == [ids[1]]
    assert {**after, "outbox": 0} == {**before, "outbox": 0}


def test_a_series_gives_no_number_twice() -> None:
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: Series._next("s1"), range(200)))
    assert sorted(given) == list(range(1, 201))


def test_a_case_number_is_unique_in_its_hall_and_drafts_have_none() -> None:
    cases = Case._get_collection()
    cases.insert_many([{"_id": f"u{n}", "hall": "999999"} for n in range(3)])
    cases.insert_one({"_id": "u3", "hall": "999999", "number": "same"})
    cases.insert_one({"_id": "u4", "hall": "999998", "number": "same"})
    with pytest.raises(DuplicateKeyError):
        cases.insert_one({"_id": "u5", "hall": "999999", "number": "same"})
    with pytest.raises(DuplicateKeyError):
        cases.update_one({"_id": "u0"}, {"$set": {"number": "same"}})


def test_one_code_is_issued_to_one_matter_of_a_hall() -> None:
    matters = Matter._get_collection()
    for slug in ("x1", "x2"):
        matters.insert_one({"_id": slug, "hall": "999999", "slug": slug, "issued": [f"matters/{slug}"]})
    matters.update_one({"_id": "x1"}, {"$set": {"issued": ["matters/x1", "x", "y"]}})
    with pytest.raises(DuplicateKeyError):
        matters.update_one({"_id": "x2"}, {"$set": {"issued": ["matters/x2", "y"]}})
    matters.update_one({"_id": "x2"}, {"$set": {"issued": ["matters/x2", "z"]}})


@pytest.mark.parametrize(
    ("service", "collection", "field"),
    [
        ("identity", "sessions", "refresh_expire_time"),
        ("identity", "challenges", "expire_time"),
        ("notification", "handled", "at"),
    ],
)
def test_the_store_forgets_by_itself_what_has_had_its_time(service: str, collection: str, field: str) -> None:
    indexes = mongoengine.get_db(service)[collection].index_information().values()
    assert any(index["key"] == [(field, 1)] and index.get("expireAfterSeconds", 0) > 0 for index in indexes)
