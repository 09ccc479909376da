"""How a decided case comes to its applicant: completed, delivered, rated."""

import grpc

from services.chassis import clock, tenancy
from services.intake import rules
from services.intake.documents import Case
from services.intake.servicer.acting import actor
from yimen.intake.v1 import cases_pb2, delivering_pb2, events_pb2


class Delivering:
    """The part of the service that brings results out."""

    def CompleteCase(self, request: delivering_pb2.CompleteCaseRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.name, request.etag)
        rules.complete(case, request.result_number, by=actor(), at=clock.now())
        fact = events_pb2.CaseCompleted(facts=case.facts(), result=request.result_number)
        return case.save_with(fact).to_proto()

    def DeliverCase(self, request: delivering_pb2.DeliverCaseRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.name, request.etag)
        counters = list(tenancy.hall(case.hall).counters)
        rules.deliver(case, request.receiver, request.counter, counters=counters, by=actor(), at=clock.now())
        return case.save_with(events_pb2.CaseDelivered(facts=case.facts())).to_proto()

    def RateCase(self, request: delivering_pb2.RateCaseRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.name, request.etag)
        rules.rate(case, request.stars, request.comment, by=actor(), at=clock.now())
        return case.save_with(events_pb2.CaseRated(facts=case.facts(), stars=request.stars)).to_proto()
