"""matters over gRPC."""

import grpc

from services.chassis import clock, context
from services.chassis.errors import InvalidFields, Violation
from services.chassis.pages import page
from services.matters import rules
from services.matters.documents import Listed, Matter, Unit
from services.matters.rules import Candidate
from yimen.matters.v1 import events_pb2, matters_pb2, matters_pb2_grpc


class Matters(matters_pb2_grpc.MattersServiceServicer):
    """The list and its units. What each method promises is said at its RPC, in matters.proto."""

    def GetUnit(self, request: matters_pb2.GetUnitRequest, _: grpc.ServicerContext) -> matters_pb2.Unit:
        return Unit.load(request.name).to_proto()

    def ListUnits(self, request: matters_pb2.ListUnitsRequest, _: grpc.ServicerContext) -> matters_pb2.ListUnitsResponse:
        units: list[Unit]
        units, more = page(Unit.under(_hall(request.parent)), request, key="credit_code", ascending=True, size=50)
        return matters_pb2.ListUnitsResponse(units=[unit.to_proto() for unit in units], next_page_token=more)

    def CreateUnit(self, request: matters_pb2.CreateUnitRequest, _: grpc.ServicerContext) -> matters_pb2.Unit:
        hall = _hall(request.parent)
        if not request.unit_id.startswith(f"{hall[:6]}-"):
            raise InvalidFields([_foreign(request.unit_id, hall[:6])])
        return Unit.of(hall, request.unit_id, request.unit).save_with().to_proto()

    def GetMatter(self, request: matters_pb2.GetMatterRequest, _: grpc.ServicerContext) -> matters_pb2.Matter:
        return Matter.load(request.name).to_proto()

    def ListMatters(self, request: matters_pb2.ListMattersRequest, _: grpc.ServicerContext) -> matters_pb2.ListMattersResponse:
        state = request.state if _is_editor() else 0
        asked = Listed.on(state=state, unit=request.unit, matter_type=request.matter_type)
        matters: list[Listed]
        matters, more = page(asked, request, key="code", ascending=True)
        return matters_pb2.ListMattersResponse(matters=[m.to_proto() for m in matters], next_page_token=more)

    def SearchMatters(
        self, request: matters_pb2.SearchMattersRequest, _: grpc.ServicerContext
    ) -> matters_pb2.SearchMattersResponse:
        found = Listed.fitting(request.query, request.page_size or 10)
        return matters_pb2.SearchMattersResponse(matters=[matter.to_proto() for matter in found])

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


def _is_editor() -> bool:
    scope = context.current().scope
    return scope is not None and not scope.public


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


def _foreign(unit_id: str, district: str) -> Violation:
    return Violation(
        field="unit_id",
        rule="UNIT_OF_ITS_DISTRICT",
        zh=f"单位标识 {unit_id} 应以本区代码 {district}- 开头",
        en=f"the unit id {unit_id} must begin with its district's code, {district}-",
    )
