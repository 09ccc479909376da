"""What matters tells others, on a real broker."""

import secrets
from pathlib import Path

import pika

from services.chassis.caller import Post
from services.chassis.clients import Clients
from services.chassis.events import Envelope
from services.matters.__main__ import service
from tests.matters.builders import UNIT, UNIT_CODE, a_matter
from tests.serving import As, Issuer, serving, settings_for
from yimen.matters.v1 import events_pb2, matter_pb2, matters_pb2_grpc, units_pb2, versions_pb2

DISTRICT = "halls/440307"


def test_a_publication_and_a_cancellation_are_heard_in_order(store: str, broker: str, tmp_path: Path) -> None:
    settings = settings_for(store, tmp_path, amqp_uri=broker)
    issuer = Issuer()
    with (
        pika.BlockingConnection(pika.URLParameters(broker)) as connection,
        serving([service(Clients(settings), settings)], settings, issuer) as channel,
    ):
        hearing = connection.channel()
        hearing.exchange_declare("yimen.matters", "topic", durable=True)
        queue = f"test-{secrets.token_hex(4)}"
        hearing.queue_declare(queue, exclusive=True)
        hearing.queue_bind(queue, "yimen.matters", "yimen.matters.v1.#")

        editor = As(matters_pb2_grpc.MattersServiceStub(channel), issuer.token("people/editor", Post("EDITOR", "440307")))
        unit = units_pb2.Unit(display_name="区教育局", credit_code=UNIT_CODE)
        editor.CreateUnit(units_pb2.CreateUnitRequest(parent=DISTRICT, unit_id=UNIT.removeprefix("units/"), unit=unit))
        draft = matter_pb2.CreateMatterRequest(parent=DISTRICT, matter_id="heard", matter=a_matter())
        name = editor.CreateMatter(draft).name
        editor.SubmitMatter(versions_pb2.SubmitMatterRequest(name=name))
        editor.PublishMatter(matter_pb2.PublishMatterRequest(name=name))
        editor.CancelMatter(matter_pb2.CancelMatterRequest(name=name, reason="并入其他事项"))

        heard: list[Envelope] = []
        for _, _, body in hearing.consume(queue, auto_ack=True, inactivity_timeout=10):
            assert body is not None, f"only {heard} was heard"
            heard.append(Envelope.from_json(body))
            if len(heard) == 2:
                break
    assert [fact.data for fact in heard] == [
        events_pb2.MatterPublished(matter=name, matter_version=1, display_name="办学许可", unit=UNIT),
        events_pb2.MatterCancelled(matter=name, reason="并入其他事项"),
    ]
    assert {(fact.subject, fact.hall, fact.caller) for fact in heard} == {(name, "440307", "people/editor")}
