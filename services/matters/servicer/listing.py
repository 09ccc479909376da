"""Reading the list and its units, and keeping the units."""

import grpc

from services.chassis.errors import InvalidFields, Violation
from services.chassis.pages import page
from services.matters.board import Board
from services.matters.documents import Head, Listed, Unit, for_staff
from services.matters.milestones import Milestones, Stretches
from services.matters.rules import Preparation, State
from yimen.matters.v1 import matter_pb2, publication_pb2, units_pb2


class Listing:
    """Units and matters."""

    board: Board
    milestones: Milestones

    def GetUnit(self, request: units_pb2.GetUnitRequest, _: grpc.ServicerContext) -> units_pb2.Unit:
        return Unit.load(request.name).to_proto()

    def ListUnits(self, request: units_pb2.ListUnitsRequest, _: grpc.ServicerContext) -> units_pb2.ListUnitsResponse:
        units: list[Unit]
        units, more = page(Unit.under(_hall(request.parent)), request, key="credit_code", ascending=True, size=50)
        return units_pb2.ListUnitsResponse(units=[unit.to_proto() for unit in units], next_page_token=more)

    def CreateUnit(self, request: units_pb2.CreateUnitRequest, _: grpc.ServicerContext) -> units_pb2.Unit:
        hall = _hall(request.parent)
        if not request.unit_id.startswith(f"{hall[:6]}-"):
            raise InvalidFields([_foreign(request.unit_id, hall[:6])])
        return Unit.of(hall, request.unit_id, request.unit).save_with().to_proto()

    def GetMatter(self, request: matter_pb2.GetMatterRequest, _: grpc.ServicerContext) -> matter_pb2.Matter:
        return Head.load(request.name).to_proto()

    def ListMatters(self, request: matter_pb2.ListMattersRequest, _: grpc.ServicerContext) -> matter_pb2.ListMattersResponse:
        if request.preparation and not for_staff():
            return matter_pb2.ListMattersResponse()
        asked = Listed.on(
            state=request.state if for_staff() else 0,
            unit=request.unit,
            matter_type=request.matter_type,
            preparation=request.preparation,
        )
        matters: list[Listed]
        stretches = Stretches(asked, _hall(request.parent), self.milestones)
        matters, more = page(stretches, request, key="code", ascending=True)
        now = [matter.by_the_clock().to_proto() for matter in matters]
        wanted = request.state if for_staff() else matter_pb2.MATTER_STATE_PUBLISHED
        return matter_pb2.ListMattersResponse(matters=[m for m in now if wanted in (0, m.state)], next_page_token=more)

    def GetPublication(
        self, request: publication_pb2.GetPublicationRequest, _: grpc.ServicerContext
    ) -> publication_pb2.Publication:
        hall = _hall(request.name).partition("/")[0]
        told = publication_pb2.Publication(
            name=request.name,
            published_count=self.board.count(hall),
            cancelled_count=Listed.on(state=State.CANCELLED).count(),
        )
        for preparation in Preparation:
            if count := Listed.on(preparation=preparation).count():
                told.preparations.add(preparation=preparation, count=count)
        return told


def _hall(parent: str) -> str:
    return parent.removeprefix("halls/")


def _foreign(unit_id: str, district: str) -> Violation:
    return Violation(
        field="unit_id",
        rule="UNIT_OF_ITS_DISTRICT",
        zh=f"单位标识 {unit_id} 应以本区代码 {district}- 开头",
        en=f"the unit id {unit_id} must begin with its district's code, {district}-",
    )
