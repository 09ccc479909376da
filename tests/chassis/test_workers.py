"""Workers on the real broker and the real store, in processes of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from services.chassis.queues import Hearing
from services.chassis.settings import Settings
from stack import Stack
from tests.chassis.hearing import TRACE, AttentiveProcess, a_channel, a_fact, a_trace, publish, submitted, until, waiting_in
from tests.serving import settings_for
from yimen.intake.v1.events_pb2 import CaseAccepted

AWorker = Callable[..., AttentiveProcess]


@pytest.fixture
def a_worker(store: str, broker: str, tmp_path: Path) -> Iterator[AWorker]:
    """Builds worker processes, and ends them."""
    begun: list[AttentiveProcess] = []
    settings = settings_for(store, tmp_path / "keys", amqp_uri=broker)

    def build(name: str = "", settings: Settings = settings) -> AttentiveProcess:
        begun.append(AttentiveProcess(settings, tmp_path / f"worker{len(begun)}.log", name))
        return begun[-1].start()

    yield build
    for process in begun:
        process.close()
    with a_channel(broker) as channel:
        for process in begun:
            for method in ("note", "look_on"):
                for queue in Hearing(process.name, method, (), (1, 1)).names:
                    channel.queue_delete(queue)


def test_a_handler_runs_as_the_caller_in_the_scope_of_the_hall_and_in_the_trace(a_worker: AWorker, broker: str) -> None:
    worker = a_worker()
    with a_trace():
        [event] = publish(broker, submitted())
    effect = until(lambda: worker.effects.find_one({"event": event, "kind": "done"}))
    assert effect["caller"] == "people/lin"
    assert effect["hall"] == "440307003001"
    assert effect["trace"] == f"{TRACE:032x}"
    assert effect["subject"] == "halls/440307003001/cases/c1"


def test_a_worker_has_no_grpc_in_its_process(a_worker: AWorker, broker: str) -> None:
    worker = a_worker()
    [event] = publish(broker, submitted())
    assert until(lambda: worker.effects.find_one({"event": event}))["grpc"] is False


def test_what_fails_is_tried_again_and_succeeds(a_worker: AWorker, broker: str) -> None:
    worker = a_worker()
    [event] = publish(broker, submitted("fail 2"))
    until(lambda: worker.times("done", event))
    begun = [effect["at"] for effect in worker.effects.find({"event": event, "kind": "begun"})]
    assert len(begun) == 3
    assert all((later - earlier).total_seconds() >= 0.9 for earlier, later in pairwise(begun))
    assert waiting_in(broker, f"{worker.queue}.dead") == 0


def test_poison_is_parked_after_its_attempts_and_the_next_event_is_handled(a_worker: AWorker, broker: str) -> None:
    worker = a_worker()
    poison, healthy = publish(broker, submitted("poison"), submitted())
    until(lambda: worker.times("done", healthy), 0.9)
    until(lambda: waiting_in(broker, f"{worker.queue}.dead"))
    assert worker.times("begun", poison) == 3
    assert waiting_in(broker, worker.queue) == 0


def test_what_is_no_event_is_parked_at_once(a_worker: AWorker, broker: str) -> None:
    worker = a_worker()
    nonsense = [
        b"{",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"id":"1","type":"yimen.intake.v1.Nowhere","time":"2014-12-01T00:00:00Z","data":{}}',
        b'{"id":"1","type":"yimen.intake.v1.CaseSubmitted","time":"2014-12-01T00:00:00Z","data":{"facts":7}}',
    ]
    publish(broker, *nonsense)
    until(lambda: waiting_in(broker, f"{worker.queue}.dead") == len(nonsense), 5)


def test_an_event_that_arrives_twice_is_handled_once(a_worker: AWorker, broker: str) -> None:
    worker = a_worker()
    fact = a_fact(submitted())
    publish(broker, fact)
    until(lambda: worker.times("done", fact.id))
    publish(broker, fact, fact)
    [after] = publish(broker, submitted())
    until(lambda: worker.times("done", after))
    until(lambda: waiting_in(broker, worker.queue) == 0)
    assert worker.times("begun", fact.id) == 1


def test_handlers_that_hang_or_fail_do_not_hold_back_another(a_worker: AWorker, broker: str) -> None:
    worker = a_worker()
    publish(broker, *[submitted("slow 5")] * 20, *[submitted("poison")] * 20)
    began = time.monotonic()
    seen = publish(broker, *[CaseAccepted()] * 20)
    until(lambda: all(worker.times("done", event) for event in seen), 4)
    assert time.monotonic() - began < 4


def test_a_worker_that_is_killed_in_the_middle_gets_the_event_again(a_worker: AWorker, broker: str) -> None:
    worker = a_worker()
    [event] = publish(broker, submitted("slow 2"))
    until(lambda: worker.times("begun", event))
    worker.kill()
    assert worker.times("done", event) == 0
    a_worker(worker.name)
    until(lambda: worker.times("done", event))
    assert worker.times("begun", event) == 2


def test_a_worker_that_is_stopped_finishes_and_acknowledges_what_it_has_in_hand(a_worker: AWorker, broker: str) -> None:
    worker = a_worker()
    slow = publish(broker, *[submitted("slow 1.5")] * 12)
    until(lambda: sum(worker.times("begun", event) for event in slow) == 4)
    assert worker.stop() == 0
    begun = [event for event in slow if worker.times("begun", event)]
    assert all(worker.times("done", event) == 1 for event in begun)
    assert waiting_in(broker, worker.queue) == len(slow) - len(begun)
    a_worker(worker.name)
    until(lambda: all(worker.times("done", event) for event in slow))
    assert [worker.times("begun", event) for event in slow] == [1] * len(slow)


def test_a_timer_fires_in_one_of_the_replicas_and_moves_when_that_one_dies(a_worker: AWorker) -> None:
    one = a_worker()
    a_worker(one.name)
    time.sleep(3)
    ticks = [effect["at"] for effect in one.effects.find({"kind": "tick"})]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(ticks)]
    assert len(ticks) >= 4
    assert min(gaps) >= 0.4
    assert one.stop() == 0
    count = len(list(one.effects.find({"kind": "tick"})))
    until(lambda: len(list(one.effects.find({"kind": "tick"}))) > count, 5)


def test_dead_letters_are_listed_shown_and_replayed(a_worker: AWorker, broker: str) -> None:
    worker = a_worker()
    first, second = publish(broker, submitted("fail 3"), submitted("fail 3"))
    dead = f"{worker.queue}.dead"
    until(lambda: waiting_in(broker, dead) == 2)

    assert _deadletters(broker, "list", dead) == [{"queue": dead, "events": 2}]
    shown = _deadletters(broker, "show", dead)
    assert {letter["event"]["id"] for letter in shown} == {first, second}
    assert all(letter["attempts"] == 3 for letter in shown)
    assert all(letter["error"].startswith("Mishap at attentive.py:") for letter in shown)
    assert waiting_in(broker, dead) == 2

    assert _deadletters(broker, "replay", dead, "--id", first) == [{"replayed": first}]
    until(lambda: worker.times("done", first))
    assert worker.times("done", second) == 0
    assert waiting_in(broker, dead) == 1
    assert _deadletters(broker, "replay", dead) == [{"replayed": second}]
    until(lambda: worker.times("done", second))
    assert waiting_in(broker, dead) == 0


def test_a_worker_outlives_a_restart_of_the_broker_and_loses_nothing(store: str, a_worker: AWorker, tmp_path: Path) -> None:
    stack = Stack(tmp_path / "broker", only=["broker"])
    try:
        stack.start()
        own = stack.env["AMQP_URI"]
        worker = a_worker(settings=settings_for(store, tmp_path / "keys", amqp_uri=own))
        [waits] = publish(own, submitted("fail 1"))
        until(lambda: worker.times("begun", waits))
        [in_hand] = publish(own, submitted("slow 3"))
        until(lambda: worker.times("begun", in_hand))
        stack.restart("broker")
        until(lambda: worker.times("done", waits) and worker.times("done", in_hand), 40)
        until(worker.listening)
        [after] = publish(own, submitted())
        until(lambda: worker.times("done", after))
        until(lambda: waiting_in(own, worker.queue) == 0)
    finally:
        stack.stop()


def test_on_a_cluster_the_queues_are_replicated(store: str, broker: str, a_worker: AWorker, tmp_path: Path) -> None:
    worker = a_worker(settings=settings_for(store, tmp_path / "keys", amqp_uri=broker, amqp_queues="quorum"))
    fails, poison = publish(broker, submitted("fail 1"), submitted("poison"))
    until(lambda: worker.times("done", fails))
    until(lambda: waiting_in(broker, f"{worker.queue}.dead"))
    assert worker.times("begun", poison) == 3


def _deadletters(broker: str, *arguments: str) -> list[dict[str, Any]]:
    argv = [sys.executable, "-W", "ignore", "-m", "services.chassis.deadletters", *arguments]
    environment = {**os.environ, "AMQP_URI": broker, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
