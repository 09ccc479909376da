"""The smallest service that the chassis can carry, on the contract of intake: papers that are filed and accepted."""

from typing import Any

from mongoengine import StringField

from services.chassis import context
from services.chassis.documents import HallDocument
from services.chassis.errors import FailedPrecondition
from services.chassis.pages import page
from services.chassis.server import Service
from yimen.intake.v1 import cases_pb2, events_pb2, intake_pb2, intake_pb2_grpc, listing_pb2


class AcceptedAlready(FailedPrecondition):
    """A paper is accepted once."""

    zh = "{paper} 已受理"
    en = "{paper} is accepted already"


class Paper(HallDocument):
    """One paper of a hall."""

    pattern = "halls/{hall}/cases/{id}"
    owner_field = "applicant"
    unit_field = "unit"

    applicant = StringField(required=True)
    unit = StringField()
    state = StringField(default="DRAFT")
    number = StringField()

    meta = {
        "collection": "papers",
        "db_alias": "intake",
        "indexes": [
            ("hall", "-create_time"),
            ("applicant", "-create_time"),
            ("unit", "-create_time"),
            {"fields": ["number"], "unique": True, "sparse": True},
        ],
    }

    def to_proto(self) -> cases_pb2.Case:
        """The paper as a case."""
        return cases_pb2.Case(
            name=self.name,
            applicant=self.applicant,
            state=cases_pb2.CaseState.Value(f"CASE_STATE_{self.state}"),
            etag=self.etag,
        )


class Papers(intake_pb2_grpc.IntakeServiceServicer):
    """Files, lists and accepts papers."""

    def CreateCase(self, request: Any, _: Any) -> cases_pb2.Case:
        person = context.current().caller.require_person()
        paper = Paper.new(
            hall=request.parent.removeprefix("halls/"),
            applicant=person,
            unit=request.case.unit or None,
            number=request.case.number or None,
        )
        return paper.save_with(events_pb2.CaseSubmitted()).to_proto()

    def GetCase(self, request: Any, _: Any) -> cases_pb2.Case:
        return Paper.load(request.name).to_proto()

    def ListCases(self, request: Any, _: Any) -> listing_pb2.ListCasesResponse:
        papers: list[Paper]
        papers, token = page(Paper.objects, request)
        return listing_pb2.ListCasesResponse(cases=[paper.to_proto() for paper in papers], next_page_token=token)

    def AcceptCase(self, request: Any, _: Any) -> cases_pb2.Case:
        paper = Paper.load(request.name, request.etag)
        if paper.state == "ACCEPTED":
            raise AcceptedAlready(paper=paper.name)
        paper.state = "ACCEPTED"
        return paper.save_with(events_pb2.CaseAccepted()).to_proto()

    def StartReview(self, request: Any, _: Any) -> cases_pb2.Case:
        raise ZeroDivisionError("the secret of the house")

    def RateCase(self, request: Any, _: Any) -> cases_pb2.Case:
        return cases_pb2.Case(applicant=str(Paper.across_halls("").count()))


def paper_service() -> Service:
    """The service, to be served by a test."""
    return Service(
        "intake",
        intake_pb2.DESCRIPTOR.services_by_name["IntakeService"],
        intake_pb2_grpc.add_IntakeServiceServicer_to_server,
        Papers(),  # type: ignore[abstract]  # a few RPCs are enough here
        [Paper],
    )
