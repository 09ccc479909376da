"""What the applicant does: drafts, corrects, signs, submits, withdraws."""

import hashlib

import grpc

from services.chassis import clock, context, tenancy
from services.intake import contents, messages, rules
from services.intake.documents import Case, Series, Submission
from services.intake.rules.admission import MatterNotPublished
from services.intake.servicer.acting import actor
from yimen.identity.v1 import identity_pb2_grpc, people_pb2, sessions_pb2
from yimen.intake.v1 import applying_pb2, cases_pb2, events_pb2
from yimen.matters.v1 import matter_pb2, matters_pb2_grpc, offers_pb2


class Applying:
    """The part of the service that the applicant calls, but for materials."""

    def __init__(self, matters: matters_pb2_grpc.MattersServiceStub, identity: identity_pb2_grpc.IdentityServiceStub) -> None:
        self._matters = matters
        self._identity = identity

    def CreateCase(self, request: applying_pb2.CreateCaseRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        hall, asked, by = tenancy.hall(request.parent.removeprefix("halls/")), request.case, actor()
        matter = self._open(asked.matter, hall.code, asked.organisation)
        names = {"organisation": asked.organisation, "applicant_display_name": self._display_name(asked.organisation)}
        case = Case.open(hall.code, matter, by, **names)
        rules.create(case, by=by, at=clock.now())
        rules.revise(case, messages.form(asked.form))
        return case.save_with().to_proto()

    def UpdateCase(self, request: applying_pb2.UpdateCaseRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.case.name, request.case.etag)
        rules.revise(case, messages.form(request.case.form))
        return case.save_with().to_proto()

    def RenewCase(self, request: applying_pb2.RenewCaseRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.name, request.etag)
        case.take(self._open(case.matter, case.hall, case.organisation))
        given_up = rules.renew(case, by=actor(), at=clock.now())
        with contents.leaving(case, *(file.content for file in given_up)):
            case.save_with()
        return case.to_proto()

    def GetSubmissionContent(
        self, request: applying_pb2.GetSubmissionContentRequest, _: grpc.ServicerContext
    ) -> applying_pb2.SubmissionContent:
        case = Case.load(request.name)
        self._require_current(case)
        rules.require_complete(case)
        content = rules.content(case)
        sha256 = hashlib.sha256(content).hexdigest()
        return applying_pb2.SubmissionContent(content=content.decode(), sha256=sha256, etag=case.etag)

    def SubmitCase(self, request: applying_pb2.SubmitCaseRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case, at = Case.load(request.name, request.etag), clock.now()
        self._require_current(case)
        rules.require_complete(case)
        signed = self._signed(rules.content(case), request.signature)
        number = case.number or Series.next_number(case)
        submission = rules.submit(
            case, signed.content, number=number, certificate_sha256=signed.certificate_sha256, by=actor(), at=at
        )
        case.submissions.append(signed)
        return case.save_with(events_pb2.CaseSubmitted(facts=case.facts(), submission=submission)).to_proto()

    def WithdrawCase(self, request: applying_pb2.WithdrawCaseRequest, _: grpc.ServicerContext) -> cases_pb2.Case:
        case = Case.load(request.name, request.etag)
        rules.withdraw(case, request.reason, by=actor(), at=clock.now())
        return case.save_with(events_pb2.CaseWithdrawn(facts=case.facts())).to_proto()

    def _open(self, name: str, hall: str, organisation: str) -> matter_pb2.Matter:
        """The matter, where the hall takes it now; MatterNotPublished, HallDoesNotAccept, ApplicantNotServed."""
        matter = self._published(name)
        rules.require_open(matter.elements, hall=hall, is_taken=self._is_taken(name, hall), organisation=organisation)
        return matter

    def _require_current(self, case: Case) -> None:
        """Passes a case that was handed in, and a draft for what is in force; MatterNotPublished, MatterChanged."""
        if not case.number:
            rules.require_current(case, self._published(case.matter).matter_version)

    def _published(self, name: str) -> matter_pb2.Matter:
        """The published matter; MatterNotPublished for one that is none, or is not known at all."""
        try:
            matter: matter_pb2.Matter = self._matters.GetMatter(matter_pb2.GetMatterRequest(name=name))
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            raise MatterNotPublished(matter=name) from error
        if matter.state != matter_pb2.MATTER_STATE_PUBLISHED:
            raise MatterNotPublished(matter=name)
        return matter

    def _is_taken(self, matter: str, hall: str) -> bool:
        """Whether the hall takes cases of a published matter, by its tier, its standard and its own word."""
        name = f"halls/{hall}/offers/{matter.rpartition('/')[2]}"
        try:
            offer: offers_pb2.Offer = self._matters.GetOffer(offers_pb2.GetOfferRequest(name=name))
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            return False
        # Another district's hall may offer a matter of its own by the same id.
        return offer.accepts and offer.summary.matter == matter

    def _display_name(self, organisation: str) -> str:
        """Who applies: the organisation where the caller represents one (else NOT_FOUND), or the caller."""
        if not organisation:
            return context.current().caller.display_name
        asked = people_pb2.GetOrganisationRequest(name=organisation)
        return str(self._identity.GetOrganisation(asked).display_name)

    def _signed(self, content: bytes, signature: bytes) -> Submission:
        """The content with the caller's signature, which identity has verified."""
        facts = self._identity.VerifySignature(sessions_pb2.VerifySignatureRequest(signature=signature, content=content))
        return Submission(
            content=content,
            signature=signature,
            certificate_sha256=facts.certificate_sha256,
            signing_time=facts.signing_time.ToDatetime(clock.SHANGHAI),
            time=clock.now(),
        )
