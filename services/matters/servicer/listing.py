"""Reading the list and its units, and keeping the units."""

import grpc

from services.chassis import context
from services.chassis.errors import InvalidFields, Violation
from services.chassis.pages import page
from services.matters.documents import Listed, Matter, Unit
from yimen.matters.v1 import matters_pb2


class Listing:
    """Units and matters."""

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


def _hall(parent: str) -> str:
    return parent.removeprefix("halls/")


def _is_editor() -> bool:
    scope = context.current().scope
    return scope is not None and not scope.public


def _foreign(unit_id: str, district: str) -> Violation:
    return Violation(
        field="unit_id",
        rule="UNIT_OF_ITS_DISTRICT",
        zh=f"单位标识 {unit_id} 应以本区代码 {district}- 开头",
        en=f"the unit id {unit_id} must begin with its district's code, {district}-",
    )
