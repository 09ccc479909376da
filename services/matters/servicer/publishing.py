"""From the draft to the list and off it: review, publication, cancellation."""

import grpc

from services.chassis.errors import InvalidFields
from services.matters import issuing, rules
from services.matters.documents import Matter, Unit, Version, form_of
from services.matters.rules import Candidate, State
from services.matters.rules.codes import issued_by
from services.matters.servicer.acting import act, instant
from yimen.matters.v1 import elements_pb2, matter_pb2, versions_pb2


class Publishing:
    """What editors put on the list and take off it."""

    def SubmitMatter(self, request: versions_pb2.SubmitMatterRequest, _: grpc.ServicerContext) -> matter_pb2.Matter:
        matter, by = Matter.load(request.name, request.etag), act()
        version = rules.submit(matter, by)
        issuing.complete(matter, version)
        _require_publishable(matter, version)
        return matter.save_with(*matter.settle(by.at)).to_proto()

    def ReturnMatter(self, request: versions_pb2.ReturnMatterRequest, _: grpc.ServicerContext) -> matter_pb2.Matter:
        matter, by = Matter.load(request.name, request.etag), act(request.reason)
        rules.take_back(matter, by)
        return matter.save_with(*matter.settle(by.at)).to_proto()

    def PublishMatter(self, request: matter_pb2.PublishMatterRequest, _: grpc.ServicerContext) -> matter_pb2.Matter:
        matter, by = Matter.load(request.name, request.etag), act(request.reason)
        _require_publishable(matter, rules.publish(matter, by, instant(request.effective_time)))
        return matter.save_with(*matter.settle(by.at)).to_proto()

    def CancelMatter(self, request: matter_pb2.CancelMatterRequest, _: grpc.ServicerContext) -> matter_pb2.Matter:
        matter, by = Matter.load(request.name, request.etag), act(request.reason)
        rules.cancel(matter, by, instant(request.effective_time))
        return matter.save_with(*matter.settle(by.at)).to_proto()


def candidate(matter: Matter, elements: elements_pb2.Elements) -> Candidate:
    """What the rules of publication judge, with what the elements themselves do not say."""
    others = [one for one in Matter.holders_of(matter.hall, issued_by(elements)) if one.slug != matter.slug]
    return Candidate(
        elements,
        form_of(elements),
        Unit.credit_code_of(elements.unit),
        live=next((one.name for one in others if one.state != State.CANCELLED), ""),
        former=next((one.name for one in others if one.state == State.CANCELLED), ""),
        name=matter.name,
        strangers=[unit for unit in elements.joint_units if Unit.credit_code_of(unit) is None],
    )


def _require_publishable(matter: Matter, version: Version) -> None:
    """Passes a version that breaks no rule of publication; else InvalidFields with every breach."""
    if broken := rules.violations(candidate(matter, matter.elements_of(version))):
        raise InvalidFields(broken)
