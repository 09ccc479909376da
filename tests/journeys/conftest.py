"""The demo's people at the public port of the platform, signed in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import grpc
import pytest

from stack import Stack
from stack.actors import Actor, actor
from stack.calls import Grpc, Json, Transport
from stack.journey import HALL, a_pdf, upload
from tests.senior_card import FORM, MATTER
from yimen.intake.v1 import accepting_pb2, applying_pb2, cases_pb2, listing_pb2


@dataclass(frozen=True)
class Office:
    """Everybody whom a case meets, signed in over one transport."""

    resident: Actor
    neighbour: Actor
    clerk: Actor
    other_clerk: Actor
    approver: Actor

    def a_draft(self, request_id: str = "") -> cases_pb2.Case:
        """A draft of the resident's at the clerk's hall that could be submitted; made once for one request id."""
        case = cases_pb2.Case(matter=MATTER)
        case.form.update(FORM)
        request = applying_pb2.CreateCaseRequest(parent=HALL, case=case, request_id=request_id)
        draft: cases_pb2.Case = self.resident.intake.CreateCase(request)
        self.resident.intake.UploadMaterial(upload(draft.name, "identity-card", a_pdf("identity-card"), request_id))
        return self.read(draft.name)

    def a_submitted_case(self) -> cases_pb2.Case:
        """A case that the resident has handed in."""
        draft = self.a_draft()
        return self.resident.intake.SubmitCase(self.a_submission(draft.name))  # type: ignore[no-any-return]

    def a_submission(self, name: str, request_id: str = "") -> applying_pb2.SubmitCaseRequest:
        """The signed request that hands a draft in."""
        content = self.resident.intake.GetSubmissionContent(applying_pb2.GetSubmissionContentRequest(name=name))
        signature = self.resident.sign(content.content)
        return applying_pb2.SubmitCaseRequest(name=name, etag=content.etag, signature=signature, request_id=request_id)

    def a_reviewed_case(self) -> cases_pb2.Case:
        """A case that the clerk can accept."""
        case = self.a_submitted_case()
        return self.clerk.intake.PassPreReview(accepting_pb2.PassPreReviewRequest(name=case.name))  # type: ignore[no-any-return]

    def read(self, name: str) -> cases_pb2.Case:
        """The case as the resident reads it now."""
        return self.resident.intake.GetCase(listing_pb2.GetCaseRequest(name=name))  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def channel(platform: Stack) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(platform.address("gateway")) as channel:
        yield channel


@pytest.fixture(scope="module")
def office(platform: Stack, channel: grpc.Channel) -> Office:
    """The people over gRPC, with tokens that outlive a module of tests (15 minutes)."""
    return _office(platform, Grpc(channel))


@pytest.fixture(scope="session")
def transports(platform: Stack, channel: grpc.Channel) -> dict[str, Callable[[], Transport]]:
    """The two ways to call the platform through its one port."""
    return {"grpc": lambda: Grpc(channel), "json": lambda: Json(platform.public_url)}


def _office(platform: Stack, transport: Transport) -> Office:
    labels = ("resident", "resident-b", "clerk", "clerk-b", "approver")
    people = [actor(platform, label, transport) for label in labels]
    for someone in people:
        someone.sign_in()
    return Office(*people)
