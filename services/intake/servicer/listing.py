"""What is read: a case, work lists, a person's cases, histories, and who read what across halls."""

import grpc

from services.chassis import access, audit, context
from services.chassis.errors import NotYours
from services.chassis.pages import page
from services.intake import messages
from services.intake.documents import Case
from services.intake.rules import State, history
from yimen.intake.v1 import cases_pb2, listing_pb2


class Listing:
    """The part of the service that changes nothing."""

    def GetCase(self, request: listing_pb2.GetCaseRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        return Case.load(request.name).to_proto()

    def ListCases(self, request: listing_pb2.ListCasesRequest, _: grpc.ServicerContext) -> listing_pb2.ListCasesResponse:
        staff = bool(context.current().role)
        if staff and request.parent.startswith("people/"):
            raise NotYours(name=request.parent)
        if request.subtree:
            context.settle(access.under(context.current()))
        # Staff work in the order of submission; a person looks for what was last.
        key = "submit_time" if staff else "create_time"
        cases: list[Case]
        if request.number:
            cases, more = Case.listed_by_number(request.number, request.states), ""
        else:
            cases, more = page(Case.listed(request.states), request, key=key, ascending=staff)
        return listing_pb2.ListCasesResponse(cases=[case.to_proto() for case in cases], next_page_token=more)

    def ListHistory(self, request: listing_pb2.ListHistoryRequest, _: grpc.ServicerContext) -> listing_pb2.ListHistoryResponse:
        case = Case.load(request.parent)
        return listing_pb2.ListHistoryResponse(entries=[messages.history_entry(entry) for entry in case.history])

    def VerifyHistory(self, request: listing_pb2.VerifyHistoryRequest, _: grpc.ServicerContext) -> listing_pb2.HistoryVerdict:
        case = Case.load(request.name)
        wrong = history.first_wrong(case.history, case=case.name, state=State(case.state).json)
        return listing_pb2.HistoryVerdict(intact=wrong is None, first_wrong_sequence=wrong or 0)

    def ListAccessRecords(
        self, request: listing_pb2.ListAccessRecordsRequest, _: grpc.ServicerContext
    ) -> listing_pb2.ListAccessRecordsResponse:
        hall = request.parent.removeprefix("halls/")
        found: list[audit.AccessRecord]
        found, more = page(audit.records_of("intake").objects(hall=hall), request, key="time")
        records = [
            listing_pb2.AccessRecord(
                name=f"{request.parent}/accessRecords/{one.id}",
                reader=one.reader,
                subject=one.subject,
                rpc=one.rpc,
                time=messages.timestamp(one.time),
                trace_id=one.trace_id,
            )
            for one in found
        ]
        return listing_pb2.ListAccessRecordsResponse(access_records=records, next_page_token=more)
