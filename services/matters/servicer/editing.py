"""Writing what may be published: the first draft of a matter and the next version of a published one."""

import grpc

from services.chassis import tenancy
from services.matters.documents import Matter
from services.matters.rules import offers
from services.matters.servicer.acting import act
from yimen.matters.v1 import matter_pb2, versions_pb2


class Editing:
    """What editors write."""

    def CreateMatter(self, request: matter_pb2.CreateMatterRequest, _: grpc.ServicerContext) -> matter_pb2.Matter:
        hall = tenancy.hall(request.parent.removeprefix("halls/"))
        offers.require_district(hall)
        return Matter.draft(hall.code, request.matter_id, request.matter, act()).save_with().to_proto()

    def UpdateMatter(self, request: matter_pb2.UpdateMatterRequest, _: grpc.ServicerContext) -> matter_pb2.Matter:
        matter, by = Matter.load(request.matter.name, request.matter.etag), act()
        matter.edit(request.matter, by)
        return matter.save_with(*matter.settle(by.at)).to_proto()

    def ReviseMatter(self, request: versions_pb2.ReviseMatterRequest, _: grpc.ServicerContext) -> matter_pb2.Matter:
        matter, by = Matter.load(request.name, request.etag), act(request.reason)
        matter.propose(matter_pb2.Matter(elements=request.elements, provenance=request.provenance), by)
        return matter.save_with(*matter.settle(by.at)).to_proto()
