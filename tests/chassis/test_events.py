"""Envelopes, and the relay on the real store and the real broker."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.chassis import events
from services.chassis.events import Envelope, MalformedEvent
from services.chassis.relay import Relay
from services.chassis.settings import Settings
from stack import Stack
from tests.chassis.hearing import (
    TRACE,
    AttentiveProcess,
    Ear,
    a_channel,
    a_drawer_of_papers,
    a_paper,
    a_trace,
    an_old_paper,
    every_outbox_is_empty,
    outbox_of,
    submitted,
    until,
)
from tests.chassis.paper import Paper
from tests.serving import settings_for
from yimen.intake.v1.events_pb2 import CaseAccepted, CaseFacts, CaseRated, CaseSubmitted

ARelay = Callable[..., Relay]


def an_envelope() -> Envelope:
    at = datetime(2014, 12, 1, 1, 30, tzinfo=UTC)
    return Envelope("e1", "halls/440307/cases/c1", at, CaseRated(facts=CaseFacts(number="1"), stars=5), "440307", "people/lin")


def test_an_envelope_is_a_cloudevent() -> None:
    assert json.loads(an_envelope().to_json()) == {
        "specversion": "1.0",
        "id": "e1",
        "source": "/yimen/intake",
        "type": "yimen.intake.v1.CaseRated",
        "subject": "halls/440307/cases/c1",
        "time": "2014-12-01T01:30:00+00:00",
        "datacontenttype": "application/json",
        "hall": "440307",
        "caller": "people/lin",
        "data": {"facts": {"number": "1"}, "stars": 5},
    }


def test_an_envelope_survives_its_journey() -> None:
    assert Envelope.from_json(an_envelope().to_json()) == an_envelope()


def test_what_a_newer_publisher_added_is_ignored() -> None:
    newer = json.loads(an_envelope().to_json()) | {"priority": "high"}
    newer["data"]["mood"] = "glad"
    assert Envelope.from_json(json.dumps(newer)) == an_envelope()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", b'"text"', b"{}", b'{"id":"1","type":"no.Such","time":"2014-12-01T00:00:00Z","data":{}}'],
)
def test_what_is_no_event_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedEvent):
        Envelope.from_json(body)


def test_an_entry_carries_the_trace_of_the_call() -> None:
    with a_trace():
        kept = events.entry(submitted(), subject="halls/440307/cases/c1")
    assert f"-{TRACE:032x}-" in Envelope.from_json(kept.body).traceparent


def test_events_are_importable_without_grpc_nameko_or_pika() -> None:
    check = "import sys, services.chassis.events; sys.exit(bool({'grpc', 'nameko', 'pika', 'kombu'} & sys.modules.keys()))"
    subprocess.run([sys.executable, "-c", check], check=True)


@pytest.fixture
def settings(store: str, broker: str, tmp_path: Path) -> Iterator[Settings]:
    settings = settings_for(store, tmp_path / "keys", amqp_uri=broker)
    with a_drawer_of_papers(settings):
        yield settings


@pytest.fixture
def a_relay(settings: Settings) -> Iterator[ARelay]:
    """Builds relays of papers, and stops them."""
    running: list[Relay] = []

    def build(settings: Settings = settings) -> Relay:
        relay = Relay(settings, "intake", [Paper])
        relay.start()
        running.append(relay)
        return relay

    yield build
    for relay in running:
        relay.stop()


@pytest.fixture
def ear(settings: Settings) -> Iterator[Ear]:
    with a_channel(settings.amqp_uri) as channel:
        yield Ear(channel)


def test_a_nudged_document_is_published_at_once_and_its_outbox_emptied(a_relay: ARelay, ear: Ear) -> None:
    relay = a_relay()
    until(lambda: ear.hears_nothing(0.5))
    paper = a_paper(submitted())
    kept = outbox_of(paper)
    relay.nudge(paper)
    [heard] = ear.hears(1, 1.0)
    assert (heard.id, heard.subject, heard.hall) == (kept[0]["id"], paper.name, paper.hall)
    assert heard.data == submitted()
    until(lambda: outbox_of(paper) == [])


def test_removing_what_was_published_changes_neither_version_nor_time(a_relay: ARelay, settings: Settings) -> None:
    paper = a_paper(submitted())
    a_relay().nudge(paper)
    until(lambda: outbox_of(paper) == [])
    found = Paper._get_collection().find_one({"_id": paper.pk})
    assert found is not None
    assert (found["version"], found["update_time"]) == (1, paper.update_time)


def test_the_sweep_publishes_what_a_crash_left_and_waits_for_what_is_fresh(a_relay: ARelay, ear: Ear) -> None:
    left, fresh = an_old_paper(submitted()), a_paper(submitted())
    a_relay()
    assert [heard.subject for heard in ear.hears(1, 2.5)] == [left.name]
    assert outbox_of(fresh)
    assert [heard.subject for heard in ear.hears(1, 6)] == [fresh.name]
    until(lambda: not outbox_of(left) and not outbox_of(fresh))


def test_the_facts_of_a_document_are_published_in_order_and_once(a_relay: ARelay, ear: Ear) -> None:
    relay = a_relay()
    papers = [a_paper(submitted("0")) for _ in range(5)]
    for paper in papers:
        relay.nudge(paper)
    for step in range(1, 20):
        for paper in papers:
            paper.save_with(CaseSubmitted(facts=CaseFacts(number=str(step))))
            relay.nudge(paper)
    heard = ear.hears(100)
    for paper in papers:
        assert [_number(event) for event in heard if event.subject == paper.name] == [str(n) for n in range(20)]
    assert ear.hears_nothing(1)


def test_a_save_in_the_middle_of_publishing_keeps_its_own_fact(a_relay: ARelay, ear: Ear) -> None:
    relay = a_relay()
    paper = a_paper(submitted("0"))
    stale = Paper._from_son(Paper._get_collection().find_one({"_id": paper.pk}))
    relay.nudge(paper)
    until(lambda: outbox_of(paper) == [])
    stale.save_with(CaseAccepted())
    assert [entry["type"] for entry in outbox_of(paper)] == ["yimen.intake.v1.CaseAccepted"]
    relay.nudge(stale)
    assert [type(heard.data) for heard in ear.hears(2)] == [CaseSubmitted, CaseAccepted]
    assert ear.hears_nothing(1)


def test_two_relays_publish_a_backlog_in_order(a_relay: ARelay, ear: Ear) -> None:
    papers = [an_old_paper(submitted("0"), submitted("1"), submitted("2")) for _ in range(100)]
    a_relay()
    a_relay()
    until(every_outbox_is_empty)
    heard = ear.hears_out()
    for paper in papers:
        first_times = dict.fromkeys(_number(event) for event in heard if event.subject == paper.name)
        assert list(first_times) == ["0", "1", "2"]


def test_a_nudge_never_waits_for_a_broker_that_is_away(store: str, tmp_path: Path) -> None:
    settings = settings_for(store, tmp_path / "keys")
    with a_drawer_of_papers(settings):
        relay = Relay(settings, "intake", [Paper])
        relay.start()
        paper = a_paper(submitted())
        began = time.monotonic()
        for _ in range(12_000):
            relay.nudge(paper)
        assert time.monotonic() - began < 2
        assert len(outbox_of(paper)) == 1
        began = time.monotonic()
        relay.stop()
        assert time.monotonic() - began < 1


def test_the_sweep_reads_only_what_waits(settings: Settings) -> None:
    for _ in range(50):
        a_paper()
    an_old_paper(submitted())
    plan = Paper._get_collection().find({"outbox.since": {"$lte": datetime.now(UTC)}}).explain()
    assert "COLLSCAN" not in str(plan)
    assert "outbox.since" in str(plan["queryPlanner"]["winningPlan"])


def test_what_was_kept_while_the_broker_was_down_arrives_once_when_it_is_back(
    store: str, tmp_path: Path, a_relay: ARelay, settings: Settings
) -> None:
    stack = Stack(tmp_path / "broker", only=["broker"])
    worker = None
    try:
        stack.start()
        own = settings.model_copy(update={"amqp_uri": stack.env["AMQP_URI"]})
        relay = a_relay(own)
        worker = AttentiveProcess(own, tmp_path / "worker.log").start()
        papers = [a_paper(submitted()) for _ in range(20)]
        ending = threading.Event()

        def nudge_all() -> None:
            for paper in papers:
                relay.nudge(paper)
                ending.wait(0.1)

        nudging = threading.Thread(target=nudge_all)
        nudging.start()
        stack.kill("broker")
        nudging.join()
        stack.restart("broker")
        until(every_outbox_is_empty, 40)
        until(lambda: len({e["subject"] for e in worker.effects.find({"kind": "done"})}) == len(papers), 40)
        ending.wait(1)
        assert len(list(worker.effects.find({"kind": "done"}))) == len(papers)
    finally:
        if worker is not None:
            worker.close()
        stack.stop()


def _number(heard: Envelope) -> str:
    assert isinstance(heard.data, CaseSubmitted)
    return heard.data.facts.number
