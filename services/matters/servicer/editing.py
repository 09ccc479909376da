"""The life of a matter, from draft to cancelled."""

import grpc

from services.chassis import clock
from services.chassis.errors import InvalidFields
from services.matters import rules
from services.matters.documents import Listed, Matter, Unit
from services.matters.rules import Candidate
from yimen.matters.v1 import events_pb2, matters_pb2


class Editing:
    """What editors do."""

    def CreateMatter(self, request: matters_pb2.CreateMatterRequest, _: grpc.ServicerContext) -> matters_pb2.Matter:
        return Matter.draft(_hall(request.parent), request.matter_id, request.matter).save_with().to_proto()

    def UpdateMatter(self, request: matters_pb2.UpdateMatterRequest, _: grpc.ServicerContext) -> matters_pb2.Matter:
        matter = Matter.load(request.matter.name, request.matter.etag)
        rules.edit(matter)
        return matter.fill(request.matter).save_with().to_proto()

    def PublishMatter(self, request: matters_pb2.PublishMatterRequest, _: grpc.ServicerContext) -> matters_pb2.Matter:
        matter = Matter.load(request.name, request.etag)
        rules.edit(matter)
        if broken := rules.violations(_candidate(matter)):
            raise InvalidFields(broken)
        rules.publish(matter, at=clock.now())
        return matter.save_with(_published(matter)).to_proto()

    def CancelMatter(self, request: matters_pb2.CancelMatterRequest, _: grpc.ServicerContext) -> matters_pb2.Matter:
        matter = Matter.load(request.name, request.etag)
        rules.cancel(matter, request.reason, at=clock.now())
        return matter.save_with(events_pb2.MatterCancelled(matter=matter.name, reason=request.reason)).to_proto()


def _hall(parent: str) -> str:
    return parent.removeprefix("halls/")


def _candidate(matter: Matter) -> Candidate:
    elements = matter.elements
    unit_code = Unit.credit_code_of(elements.unit)
    return Candidate(elements, matter.form(), unit_code, live=Listed.with_code(matter.code))


def _published(matter: Matter) -> events_pb2.MatterPublished:
    return events_pb2.MatterPublished(
        matter=matter.name,
        matter_version=matter.matter_version,
        display_name=matter.elements.display_name.zh,
        unit=matter.unit,
    )
