"""From the draft to the list and off it: review, publication, cancellation."""

import grpc

from services.chassis.errors import InvalidFields
from services.matters import rules
from services.matters.documents import Listed, Matter, Unit, Version, form_of
from services.matters.rules import Candidate
from services.matters.servicer.acting import act, instant
from yimen.matters.v1 import elements_pb2, matters_pb2, versions_pb2


class Publishing:
    """What editors put on the list and take off it."""

    def SubmitMatter(self, request: versions_pb2.SubmitMatterRequest, _: grpc.ServicerContext) -> matters_pb2.Matter:
        matter, by = Matter.load(request.name, request.etag), act()
        _require_publishable(matter, rules.submit(matter, by))
        return matter.save_with(*matter.settle(by.at)).to_proto()

    def ReturnMatter(self, request: versions_pb2.ReturnMatterRequest, _: grpc.ServicerContext) -> matters_pb2.Matter:
        matter, by = Matter.load(request.name, request.etag), act(request.reason)
        rules.take_back(matter, by)
        return matter.save_with(*matter.settle(by.at)).to_proto()

    def PublishMatter(self, request: matters_pb2.PublishMatterRequest, _: grpc.ServicerContext) -> matters_pb2.Matter:
        matter, by = Matter.load(request.name, request.etag), act(request.reason)
        _require_publishable(matter, rules.publish(matter, by, instant(request.effective_time)))
        return matter.save_with(*matter.settle(by.at)).to_proto()

    def CancelMatter(self, request: matters_pb2.CancelMatterRequest, _: grpc.ServicerContext) -> matters_pb2.Matter:
        matter, by = Matter.load(request.name, request.etag), act(request.reason)
        rules.cancel(matter, by, instant(request.effective_time))
        return matter.save_with(*matter.settle(by.at)).to_proto()


def candidate(matter: Matter, elements: elements_pb2.Elements) -> Candidate:
    """What the rules of publication judge, with what the elements themselves do not say."""
    live = Listed.with_code(elements.implementation_code)
    return Candidate(elements, form_of(elements), Unit.credit_code_of(elements.unit), live="" if live == matter.name else live)


def _require_publishable(matter: Matter, version: Version) -> None:
    """Passes a version that breaks no rule of publication; else InvalidFields with every breach."""
    if broken := rules.violations(candidate(matter, matter.elements_of(version))):
        raise InvalidFields(broken)
