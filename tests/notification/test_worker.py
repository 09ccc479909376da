"""The worker in its own process, on the real store, the real broker and a real mail server."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import mongoengine
import pika
import pytest

from services.chassis import clock, context, documents, events
from services.chassis.context import Scope
from services.chassis.queues import Hearing
from services.chassis.settings import Settings
from services.chassis.workers import hearings
from services.notification.documents import Channels, Notice
from services.notification.rules import Channel, State
from services.notification.texts import SPOKEN
from tests.chassis.hearing import a_channel, free_port, until, waiting_in
from tests.notification.mailbox import Mailbox
from tests.serving import settings_for
from yimen.intake.v1 import events_pb2 as intake


@dataclass
class Worker:
    """`python -m services.notification worker`, with the mailbox that it sends to."""

    settings: Settings
    mailbox: Mailbox
    log: Path
    _processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self) -> None:
        """Starts one more process and returns once it hears the broker."""
        listen = f"127.0.0.1:{free_port()}"
        environment = {
            **os.environ,
            "MONGODB_URI": self.settings.mongodb_uri,
            "AMQP_URI": self.settings.amqp_uri,
            "YIMEN_DATABASE_PREFIX": self.settings.database_prefix,
            "YIMEN_SMTP": f"127.0.0.1:{self.mailbox.port}",
            "YIMEN_LISTEN": listen,
        }
        with self.log.open("ab") as log:
            argv = [sys.executable, "-W", "ignore", "-m", "services.notification", "worker"]
            self._processes.append(subprocess.Popen(argv, env=environment, stderr=log))

        def hears() -> bool:
            assert self._processes[-1].poll() is None, self.log.read_text()[-4000:]
            try:
                return httpx.get(f"http://{listen}/readyz", timeout=5).status_code == 200
            except httpx.TransportError:
                return False

        until(hears, 30)

    def kill(self) -> None:
        """Kills every process."""
        for process in self._processes:
            process.kill()
            process.wait()
        self._processes.clear()

    def publish(self, *facts: events.OutboxEntry) -> None:
        """Publishes facts as intake's relay does."""
        with a_channel(self.settings.amqp_uri) as channel:
            for fact in facts:
                properties = pika.BasicProperties(content_type=events.CONTENT_TYPE, delivery_mode=2, message_id=fact.id)
                channel.basic_publish("yimen.intake", fact.type, fact.body.encode(), properties, mandatory=True)


@pytest.fixture(scope="module")
def running(store: str, broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """One worker for all tests."""
    folder = tmp_path_factory.mktemp("notification")
    settings = settings_for(store, folder / "keys", amqp_uri=broker)
    documents.connect(settings, "notification")
    Notice.ensure_indexes()
    Channels.ensure_indexes()
    mailbox = Mailbox()
    mailbox.open()
    worker = Worker(settings, mailbox, folder / "worker.log")
    worker.start()
    yield worker
    worker.kill()
    mailbox.close()
    mongoengine.disconnect("notification")
    [hearing] = hearings("notification")
    with a_channel(broker) as channel:
        for queue in hearing.names:
            channel.queue_delete(queue)


@pytest.fixture
def worker(running: Worker) -> Worker:
    """The worker, with an empty mailbox, and nobody told anything yet."""
    running.mailbox.reset()
    for documents_of in (Notice, Channels):
        documents_of._get_collection().delete_many({"version": {"$gte": 0}})
    return running


def a_person(person: str, **channels: str) -> None:
    """A person who said how they want to be told."""
    with context.acting_in(Scope(owner=f"people/{person}")):
        wanted = Channels.of(f"people/{person}/channels")
        for name, value in channels.items():
            setattr(wanted, name, value)
        wanted.save_with()


def accepted(person: str) -> events.OutboxEntry:
    """The fact that a case of a person was accepted."""
    facts = intake.CaseFacts(
        case="halls/440307/cases/c1", number="440307-1", applicant=f"people/{person}", matter_display_name="高龄老人津贴"
    )
    return events.entry(intake.CaseAccepted(facts=facts, due_date="2014-12-08"), subject=facts.case, hall="440307")


def notices(person: str) -> list[Notice]:
    """What a person was told."""
    with context.acting_in(Scope(owner=f"people/{person}")):
        return list(Notice.objects)


def mail_of(person: str) -> Any:
    """The one delivery by mail of the one notice of a person."""
    [notice] = notices(person)
    return notice.delivery(Channel.EMAIL)


def is_in(state: State, *people: str) -> Callable[[], bool]:
    """Whether the mail of each of these people has come so far."""
    return lambda: all(notices(person) and mail_of(person).state == state for person in people)


def test_the_worker_hears_every_fact_about_a_case() -> None:
    [hearing] = hearings("notification")
    assert hearing == Hearing("notification", "tell", tuple(SPOKEN))


def test_a_fact_reaches_the_inbox_and_the_mailbox(worker: Worker) -> None:
    a_person("lin", email="lin@example.cn")
    worker.publish(accepted("lin"), accepted("zhou"))
    until(is_in(State.SENT, "lin"))
    until(lambda: notices("zhou"))
    [mail] = worker.mailbox.taken
    [notice] = notices("lin")
    assert mail["To"] == "lin@example.cn"
    assert mail["Subject"] == "申请已受理"
    assert mail["Message-ID"].startswith(f"<{notice.id}@")
    assert "承诺于2014年12月8日前" in mail.get_content()
    assert [(d.channel, d.state) for d in notice.deliveries] == [
        (Channel.INBOX, State.DELIVERED),
        (Channel.EMAIL, State.SENT),
    ]
    [inbox_only] = notices("zhou")
    assert [d.channel for d in inbox_only.deliveries] == [Channel.INBOX]


def test_mail_is_written_in_the_language_that_the_person_reads(worker: Worker) -> None:
    a_person("lin", email="lin@example.cn", language="EN")
    worker.publish(accepted("lin"))
    until(is_in(State.SENT, "lin"))
    [mail] = worker.mailbox.taken
    assert mail["Subject"] == "Application accepted"


def test_a_fact_that_comes_twice_is_told_once(worker: Worker) -> None:
    a_person("lin", email="lin@example.cn")
    fact = accepted("lin")
    worker.publish(fact, fact, fact)
    until(is_in(State.SENT, "lin"))
    until(lambda: waiting_in(worker.settings.amqp_uri, "notification.tell") == 0)
    time.sleep(1)
    assert len(notices("lin")) == len(worker.mailbox.taken) == 1


def test_nothing_is_lost_or_sent_twice_when_the_mail_server_is_away_for_a_while(worker: Worker) -> None:
    people = [f"p{n}" for n in range(8)]
    for person in people:
        a_person(person, email=f"{person}@example.cn")
    worker.mailbox.close()
    worker.publish(*[accepted(person) for person in people])
    until(is_in(State.TEMPORARY_FAILURE, *people))
    assert mail_of("p0").last_error == "ConnectionRefusedError"
    worker.mailbox.open()
    until(is_in(State.SENT, *people), 60)
    assert sorted(mail["To"] for mail in worker.mailbox.taken) == [f"{person}@example.cn" for person in people]


def test_a_server_that_says_later_is_asked_again_and_one_that_says_never_is_not(worker: Worker) -> None:
    worker.mailbox.answers = ["451 4.3.2 lin@example.cn has to wait"]
    a_person("lin", email="lin@example.cn")
    worker.publish(accepted("lin"))
    until(is_in(State.TEMPORARY_FAILURE, "lin"))
    assert mail_of("lin").last_error == "451 4.3.2"
    worker.mailbox.rcpt_answers = ["550 5.1.1 nobody@example.cn is not here"]
    a_person("nobody", email="nobody@example.cn")
    worker.publish(accepted("nobody"))
    until(is_in(State.PERMANENT_FAILURE, "nobody"))
    assert (mail_of("nobody").last_error, mail_of("nobody").next_attempt_time) == ("550 5.1.1", None)
    until(is_in(State.SENT, "lin"), 40)
    assert mail_of("lin").attempts == 2
    assert len(worker.mailbox.taken) == 1


def test_an_address_that_no_header_takes_holds_nobody_up(worker: Worker) -> None:
    a_person("odd", email="=?utf-8?q?=0A?=@example.cn")
    a_person("lin", email="lin@example.cn")
    worker.publish(accepted("odd"), accepted("lin"))
    until(is_in(State.SENT, "lin"))
    until(is_in(State.PERMANENT_FAILURE, "odd"))
    assert mail_of("odd").next_attempt_time is None


def test_mail_that_is_due_waits_for_quiet_hours_that_began_meanwhile(worker: Worker) -> None:
    worker.mailbox.answers = ["451 4.3.2 later"]
    a_person("lin", email="lin@example.cn")
    worker.publish(accepted("lin"))
    until(is_in(State.TEMPORARY_FAILURE, "lin"))
    local = clock.now().astimezone(clock.SHANGHAI)
    begins, ends = f"{(local.hour - 1) % 24:02}:00", f"{(local.hour + 2) % 24:02}:00"
    a_person("lin", email="lin@example.cn", quiet_begins=begins, quiet_ends=ends)
    until(lambda: f"{mail_of('lin').next_attempt_time.astimezone(clock.SHANGHAI):%H:%M}" == ends, 40)
    assert (mail_of("lin").attempts, worker.mailbox.taken) == (1, [])


def test_mail_waits_for_the_end_of_quiet_hours_and_the_inbox_does_not(worker: Worker) -> None:
    local = clock.now().astimezone(clock.SHANGHAI)
    # A minute hand that moves to the next hour during the test would change the hours.
    begins, ends = f"{(local.hour - 1) % 24:02}:00", f"{(local.hour + 2) % 24:02}:00"
    a_person("lin", email="lin@example.cn", quiet_begins=begins, quiet_ends=ends)
    worker.publish(accepted("lin"))
    until(lambda: notices("lin"))
    [notice] = notices("lin")
    assert notice.delivery(Channel.INBOX).state == State.DELIVERED
    until(is_in(State.QUEUED, "lin"))
    assert notice.due is not None
    assert f"{notice.due.astimezone(clock.SHANGHAI):%H:%M}" == ends
    assert worker.mailbox.taken == []


def test_two_workers_send_a_backlog_once(worker: Worker) -> None:
    people = [f"q{n}" for n in range(30)]
    for person in people:
        a_person(person, email=f"{person}@example.cn")
    worker.start()
    worker.mailbox.seconds = 0.1
    worker.publish(*[accepted(person) for person in people])
    until(is_in(State.SENT, *people), 60)
    time.sleep(1)
    assert len(worker.mailbox.taken) == len(people)


def test_a_worker_that_is_killed_before_it_sends_loses_nothing(worker: Worker) -> None:
    people = [f"r{n}" for n in range(12)]
    for person in people:
        a_person(person, email=f"{person}@example.cn")
    worker.mailbox.seconds = 0.3
    worker.publish(*[accepted(person) for person in people])
    until(lambda: len(worker.mailbox.taken) >= 3)
    worker.kill()
    worker.mailbox.seconds = 0.0
    # A claim of the killed process runs out after two minutes: here they are said to be over.
    Notice._get_collection().update_many(
        {"due": {"$gte": clock.now()}}, {"$set": {"deliveries.1.next_attempt_time": clock.now(), "due": clock.now()}}
    )
    worker.start()
    until(is_in(State.SENT, *people), 60)
    assert {mail["To"] for mail in worker.mailbox.taken} == {f"{person}@example.cn" for person in people}
    # What was in the air at the kill may go out again, recognisable by its Message-ID.
    assert len({mail["Message-ID"] for mail in worker.mailbox.taken}) == len(people)
    assert len(worker.mailbox.taken) <= len(people) + 4
