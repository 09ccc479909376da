"""What the clerks of the hall do with a case that was handed in."""

import grpc

from services.chassis import clock
from services.intake import messages, rules
from services.intake.documents import Case
from services.intake.servicer.acting import actor
from yimen.intake.v1 import accepting_pb2, cases_pb2, events_pb2


class Accepting:
    """The part of the service that decides about acceptance."""

    def PassPreReview(self, request: accepting_pb2.PassPreReviewRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.name, request.etag)
        rules.pass_pre_review(case, by=actor(), at=clock.now())
        return case.save_with(events_pb2.CasePreReviewed(facts=case.facts())).to_proto()

    def RequestCorrection(self, request: accepting_pb2.RequestCorrectionRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.name, request.etag)
        told = [(item.material, item.reason) for item in request.items]
        rules.request_correction(case, told, by=actor(), at=clock.now())
        items = [messages.correction(item) for item in case.corrections]
        return case.save_with(events_pb2.CorrectionRequested(facts=case.facts(), items=items)).to_proto()

    def RefuseAcceptance(self, request: accepting_pb2.RefuseAcceptanceRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.name, request.etag)
        rules.refuse_acceptance(case, request.reason, by=actor(), at=clock.now())
        return case.save_with(events_pb2.CaseNotAccepted(facts=case.facts(), reason=request.reason)).to_proto()

    def AcceptCase(self, request: accepting_pb2.AcceptCaseRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.name, request.etag)
        rules.accept(case, by=actor(), at=clock.now())
        fact = events_pb2.CaseAccepted(facts=case.facts(), due_date=rules.due_date_told(case))
        return case.save_with(fact).to_proto()
