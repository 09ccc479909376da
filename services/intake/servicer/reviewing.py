"""What the unit does with an accepted case, and how hall or unit end one early."""

import grpc

from services.chassis import clock
from services.intake import rules
from services.intake.documents import Case
from services.intake.servicer.acting import actor
from yimen.intake.v1 import cases_pb2, events_pb2, reviewing_pb2
from yimen.matters.v1 import elements_pb2


class Reviewing:
    """The part of the service that reviews and decides."""

    def StartReview(self, request: reviewing_pb2.StartReviewRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.name, request.etag)
        rules.start_review(case, by=actor(), at=clock.now())
        return case.save_with(events_pb2.CaseReviewStarted(facts=case.facts())).to_proto()

    def SuspendCase(self, request: reviewing_pb2.SuspendCaseRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.name, request.etag)
        rules.suspend(case, request.procedure, request.reason, by=actor(), at=clock.now())
        procedure = elements_pb2.SpecialProcedure.Name(request.procedure)
        fact = events_pb2.CaseSuspended(facts=case.facts(), procedure=procedure, reason=request.reason)
        return case.save_with(fact).to_proto()

    def ResumeCase(self, request: reviewing_pb2.ResumeCaseRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.name, request.etag)
        rules.resume(case, request.result, by=actor(), at=clock.now())
        fact = events_pb2.CaseResumed(facts=case.facts(), due_date=rules.due_date_told(case))
        return case.save_with(fact).to_proto()

    def ExtendCase(self, request: reviewing_pb2.ExtendCaseRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.name, request.etag)
        rules.extend(case, request.working_days, request.reason, by=actor(), at=clock.now())
        days, reason, due = request.working_days, request.reason, rules.due_date_told(case)
        fact = events_pb2.CaseExtended(facts=case.facts(), working_days=days, reason=reason, due_date=due)
        return case.save_with(fact).to_proto()

    def DecideCase(self, request: reviewing_pb2.DecideCaseRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.name, request.etag)
        rules.decide(case, request.outcome, request.reasons, by=actor(), at=clock.now())
        granted = request.outcome == cases_pb2.OUTCOME_GRANTED
        fact = events_pb2.CaseDecided(facts=case.facts(), granted=granted, reasons=request.reasons)
        return case.save_with(fact).to_proto()

    def TerminateCase(self, request: reviewing_pb2.TerminateCaseRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.name, request.etag)
        rules.terminate(case, request.reason, by=actor(), at=clock.now())
        return case.save_with(events_pb2.CaseTerminated(facts=case.facts(), reason=request.reason)).to_proto()
