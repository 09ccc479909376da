import smtplib
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stack import NotWell, Stack, demo
from stack.supervision import MARK

# Each starts servers of its own.
pytestmark = pytest.mark.store


def processes_of(stack: Stack) -> list[int]:
    """The pids of all that carries the stack's mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(stack.root):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


@pytest.fixture(scope="module")
def mail_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("mail"), only=["smtp"])
    stack.start()
    yield stack
    stack.stop()


def send(stack: Stack, to: str, subject: str) -> None:
    host, _, port = stack.address("smtp").partition(":")
    with smtplib.SMTP(host, int(port)) as client:
        client.sendmail("no-reply@yimen.invalid", [to], f"Subject: {subject}\r\n\r\n...\r\n")


def test_a_second_start_starts_nothing_anew(mail_stack: Stack) -> None:
    before = mail_stack.processes["smtp"].pid

    mail_stack.start()

    assert mail_stack.processes["smtp"].pid == before


def test_mail_is_kept_in_the_order_in_which_it_came(mail_stack: Stack) -> None:
    send(mail_stack, "order@example.com", "first")
    send(mail_stack, "order@example.com", "second")

    assert [message["Subject"] for message in mail_stack.mail.messages("order@example.com")] == ["first", "second"]


def test_the_mail_server_refuses_when_told_to(mail_stack: Stack) -> None:
    with mail_stack.mail.refusing("451 4.3.2 later"), pytest.raises(smtplib.SMTPRecipientsRefused, match="later"):
        send(mail_stack, "refused@example.com", "no")

    send(mail_stack, "refused@example.com", "yes")
    assert [message["Subject"] for message in mail_stack.mail.messages("refused@example.com")] == ["yes"]


def test_a_program_that_cannot_start_fails_with_the_reason_and_the_end_of_its_log(tmp_path: Path) -> None:
    stack = Stack(tmp_path, only=["store"])
    (tmp_path / "store").write_text("a file where the store wants its folder")

    with pytest.raises(NotWell) as failure:
        stack.start()
    stack.stop()

    assert failure.value.name == "store"
    assert "FileExistsError" in str(failure.value) or "exists" in str(failure.value)


def test_a_demo_that_cannot_be_played_says_why_and_ends_non_zero_with_nothing_running(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = Stack(tmp_path)
    (tmp_path / "store").write_text("a file where the store wants its folder")

    assert demo.main(stack, once=True) == 1

    assert "store" in capsys.readouterr().out
    assert processes_of(stack) == []


def test_down_ends_exactly_what_was_started(tmp_path: Path, mail_stack: Stack) -> None:
    stack = Stack(tmp_path, only=["smtp", "store"])
    stack.start()
    assert len(processes_of(stack)) >= 3

    stack.stop()

    assert processes_of(stack) == []
    assert mail_stack.programs["smtp"].probe() == ""


def test_a_real_store_takes_the_embedded_ones_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONGODB_URI", "mongodb://store.example:27017/")
    stack = Stack(tmp_path, only=["store", "smtp"])
    stack.start()
    try:
        assert sorted(stack.processes) == ["smtp"]
        assert stack.env["MONGODB_URI"] == "mongodb://store.example:27017/"
    finally:
        stack.stop()


def test_what_was_written_outlives_a_kill_of_the_store(tmp_path: Path) -> None:
    import pymongo

    stack = Stack(tmp_path, only=["store"])
    stack.start()
    try:
        with pymongo.MongoClient[dict[str, object]](stack.env["MONGODB_URI"]) as client:
            client["some"]["things"].insert_many([{"_id": n} for n in range(50)])
        stack.kill("store")
        stack.wait("store")
        with pymongo.MongoClient[dict[str, object]](stack.env["MONGODB_URI"]) as client:
            assert sum(1 for _ in client["some"]["things"].find()) == 50
    finally:
        stack.stop()


@pytest.mark.broker
def test_a_second_broker_lives_beside_the_first_and_leaves_no_port_mapper(broker: str, tmp_path: Path) -> None:
    import pika

    second = Stack(tmp_path, only=["broker"])
    second.start()
    try:
        assert second.env["AMQP_URI"] != broker
        pika.BlockingConnection(pika.URLParameters(broker)).close()
        pika.BlockingConnection(pika.URLParameters(second.env["AMQP_URI"])).close()
    finally:
        second.stop()

    assert processes_of(second) == []
    pika.BlockingConnection(pika.URLParameters(broker)).close()
