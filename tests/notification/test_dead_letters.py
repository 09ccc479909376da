"""What the worker could not handle, over real gRPC on the real broker: seen by operators, and given to the worker again."""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pika
import pytest

from services.chassis import events, workers
from services.chassis.caller import Post
from services.chassis.clients import Clients
from services.chassis.events import ATTEMPT, ERROR
from services.chassis.settings import Settings
from services.notification import __main__ as wiring
from services.notification.letters import HANDLERS
from tests.chassis.hearing import a_channel, waiting_in
from tests.serving import As, Issuer, refusal, serving, settings_for
from yimen.intake.v1 import events_pb2 as intake
from yimen.notification.v1 import notification_pb2 as api
from yimen.notification.v1 import notification_pb2_grpc

DISTRICT, STREET, OTHER_STREET = "440307", "440307003", "440307006"
[HANDLER] = HANDLERS
DEAD = f"{HANDLER}.dead"


@pytest.fixture(scope="module")
def settings(store: str, broker: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_for(store, tmp_path_factory.mktemp("keys"), amqp_uri=broker)


@pytest.fixture
def channel(settings: Settings, issuer: Issuer) -> Iterator[grpc.Channel]:
    with serving([wiring.service(Clients(settings), settings)], settings, issuer) as channel:
        yield channel


@pytest.fixture
def queues(broker: str) -> Iterator[None]:
    """The handler's queue, which nobody hears, and that of its dead letters."""
    with a_channel(broker) as channel:
        for queue in (HANDLER, DEAD):
            channel.queue_declare(queue, durable=True)
        yield
        for queue in (HANDLER, DEAD):
            channel.queue_delete(queue)


def staff(channel: grpc.Channel, issuer: Issuer, role: str = "OPERATOR", hall: str = DISTRICT, *, subtree: bool = True) -> As:
    post = Post(role, hall, covers_subtree=subtree)
    return As(notification_pb2_grpc.NotificationServiceStub(channel), issuer.token("people/ops", post))


@pytest.fixture
def operator(channel: grpc.Channel, issuer: Issuer) -> As:
    return staff(channel, issuer)


def park(broker: str, hall: str = DISTRICT, *, body: bytes = b"") -> str:
    """Puts a letter among the dead ones as the worker does; returns the event's id."""
    facts = intake.CaseFacts(case=f"halls/{hall}/cases/c1", applicant="people/lin", matter_display_name="高龄老人津贴")
    fact = events.entry(intake.CaseAccepted(facts=facts), subject=facts.case, hall=hall, caller="people/lin")
    headers = {ATTEMPT: 8, ERROR: "KeyError at texts.py:180", "traceparent": "00-1-2-01"}
    properties = pika.BasicProperties(delivery_mode=2, message_id=fact.id, type=fact.type, headers=headers)
    with a_channel(broker) as channel:
        channel.basic_publish("", DEAD, body or fact.body.encode(), properties, mandatory=True)
    return str(fact.id)


def listed(caller: As, hall: str = DISTRICT) -> list[api.DeadLetter]:
    return list(caller.ListDeadLetters(api.ListDeadLettersRequest(parent=f"halls/{hall}")).dead_letters)


def replay(caller: As, name: str) -> api.DeadLetter:
    replayed: api.DeadLetter = caller.ReplayDeadLetter(api.ReplayDeadLetterRequest(name=name))
    return replayed


def test_what_operators_see_is_all_that_the_worker_hears() -> None:
    assert [hearing.queue for hearing in workers.hearings("notification")] == list(HANDLERS)


def test_there_is_nothing_before_a_worker_has_ever_heard(operator: As) -> None:
    assert listed(operator) == []


@pytest.mark.usefixtures("queues")
def test_a_letter_tells_of_its_event_and_nothing_of_what_the_event_says(operator: As, broker: str) -> None:
    event = park(broker)
    [letter] = listed(operator)
    assert letter.name == f"halls/{DISTRICT}/deadLetters/{HANDLER}.{event}"
    assert (letter.handler, letter.event_id) == (HANDLER, event)
    assert letter.event_type == events.full_name(intake.CaseAccepted)
    assert (letter.subject, letter.attempts) == (f"halls/{DISTRICT}/cases/c1", 7)
    assert letter.error == "KeyError at texts.py:180"
    assert letter.HasField("event_time")
    assert "lin" not in str(letter).replace("handler", "")


@pytest.mark.usefixtures("queues")
def test_a_letter_is_replayed_once_and_gone_afterwards(operator: As, broker: str, caplog: pytest.LogCaptureFixture) -> None:
    first, second, third = park(broker), park(broker), park(broker)
    letters = {letter.event_id: letter for letter in listed(operator)}
    with caplog.at_level(logging.INFO, "services.notification.letters"):
        assert replay(operator, letters[second].name) == letters[second]
    [line] = caplog.records
    assert (line.__dict__["event"], line.__dict__["operator"]) == (second, "people/ops")
    assert [letter.event_id for letter in listed(operator)] == [first, third]
    again = refusal(lambda: replay(operator, letters[second].name))
    assert (again.code, again.reason) == (grpc.StatusCode.NOT_FOUND, "RESOURCE_UNKNOWN")
    with a_channel(broker) as channel:
        _, properties, body = channel.basic_get(HANDLER, auto_ack=True)
    assert json.loads(body)["id"] == properties.message_id == second
    assert properties.headers == {"traceparent": "00-1-2-01"}, "it begins with its first attempt, in its old trace"
    assert (waiting_in(broker, HANDLER), waiting_in(broker, DEAD)) == (0, 2)


@pytest.mark.usefixtures("queues")
def test_looking_loses_and_reorders_nothing_however_many_look_at_once(operator: As, broker: str) -> None:
    parked = [park(broker) for _ in range(12)]
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda _: [letter.event_id for letter in listed(operator)], range(12)))
    assert all(one == parked for one in seen)
    with a_channel(broker) as channel:
        assert [channel.basic_get(DEAD, auto_ack=True)[1].message_id for _ in parked] == parked


@pytest.mark.usefixtures("queues")
def test_letters_come_in_pages_the_oldest_first(operator: As, broker: str) -> None:
    parked = [park(broker) for _ in range(5)]
    request = api.ListDeadLettersRequest(parent=f"halls/{DISTRICT}", page_size=2)
    found = []
    while True:
        page = operator.ListDeadLetters(request)
        found += [letter.event_id for letter in page.dead_letters]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert found == parked


@pytest.mark.usefixtures("queues")
def test_what_is_no_event_is_listed_at_the_district_and_can_be_replayed(operator: As, broker: str) -> None:
    park(broker, body=b"\xff no event")
    park(broker, body=b"[1]")
    letters = listed(operator)
    assert [(letter.event_id, letter.event_type, letter.HasField("event_time")) for letter in letters] == [("", "", False)] * 2
    for letter in letters:
        replay(operator, letter.name)
    assert listed(operator) == []
    assert waiting_in(broker, HANDLER) == 2


@pytest.mark.usefixtures("queues")
def test_an_operator_sees_and_replays_what_is_of_the_own_halls_alone(
    channel: grpc.Channel, issuer: Issuer, broker: str, operator: As
) -> None:
    ours, theirs = park(broker, STREET), park(broker, OTHER_STREET)
    street = staff(channel, issuer, hall=STREET)
    assert [letter.event_id for letter in listed(street, STREET)] == [ours]
    other = next(letter.name for letter in listed(operator) if letter.event_id == theirs)
    assert refusal(lambda: listed(street)).code == grpc.StatusCode.NOT_FOUND
    assert refusal(lambda: replay(street, other)).code == grpc.StatusCode.NOT_FOUND
    disguised = other.replace(OTHER_STREET, STREET)
    assert refusal(lambda: replay(street, disguised)).code == grpc.StatusCode.NOT_FOUND
    alone = staff(channel, issuer, subtree=False)
    assert listed(alone) == []
    assert waiting_in(broker, DEAD) == 2


@pytest.mark.parametrize("role", ["CLERK", "EDITOR", "SUPERVISOR", "LEGAL"])
def test_no_other_role_sees_or_replays(channel: grpc.Channel, issuer: Issuer, role: str) -> None:
    caller = staff(channel, issuer, role)
    name = f"halls/{DISTRICT}/deadLetters/{HANDLER}.x"
    for call in (lambda: listed(caller), lambda: replay(caller, name)):
        refused = refusal(call)
        assert (refused.code, refused.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")


def test_a_broker_that_is_away_is_said_to_be_in_both_languages(store: str, issuer: Issuer, settings: Settings) -> None:
    away = settings_for(store, settings.keys)
    with serving([wiring.service(Clients(away), away)], away, issuer) as channel:
        caller = staff(channel, issuer)
        for call in (lambda: listed(caller), lambda: replay(caller, f"halls/{DISTRICT}/deadLetters/{HANDLER}.x")):
            refused = refusal(call)
            assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "BROKER_AWAY")
            assert "消息队列" in refused.zh
            assert "broker" in refused.en
