"""What people do at the counter of a hall, as tests say it."""

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import grpc
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from google.api import httpbody_pb2
from google.protobuf import json_format
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from services.chassis.caller import Post
from stack.ukey import Bank, DemoPerson
from tests.serving import As, Issuer
from yimen.intake.v1 import accepting_pb2, applying_pb2, cases_pb2, intake_pb2_grpc, listing_pb2, reviewing_pb2
from yimen.matters.v1 import matters_pb2_grpc, offers_pb2

HALL = "440307003002"
OTHER_HALL = "440307003012"
UNIT = "units/440307-civil-affairs"
OTHER_UNIT = "units/440307-market-supervision"
MATTER = "halls/440307/matters/old-age-allowance"

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
FORM: dict[str, Any] = {
    "mobile": "13800000000",
    "address": "龙岗区平湖街道",
    "age": 83,
    "household": "longgang",
    "bank": "中国银行",
    "account_holder": "居民甲",
    "payee": "card",
    "declaration": True,
}
REQUIRED = ("application-form", "identity-card", "household-register")

CLERK = Post("CLERK", HALL)
APPROVER = Post("APPROVER", "440307", UNIT, covers_subtree=True)
HEAD = Post("HEAD", "440307", UNIT, covers_subtree=True)
SUPERVISOR = Post("SUPERVISOR", "440307", covers_subtree=True)

_turn = itertools.count(1)


class Ukey:
    """A person's certified key, held in memory: the tokens of tests/identity and of the journeys are SoftHSM's."""

    def __init__(self, bank: Bank, someone: DemoPerson) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        certificate = bank.issue(public, resident_id=someone.resident_id, name=someone.name)
        self._signer = SimpleSigner(
            asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
            asn1_keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
            SimpleCertificateStore(),  # type: ignore[no-untyped-call]
        )

    def sign(self, content: bytes) -> bytes:
        """A detached CMS signature."""
        attributes = PdfCMSSignedAttributes(signing_time=datetime.now(UTC))
        signing = self._signer.async_sign_general_data(content, "sha256", detached=True, signed_attr_settings=attributes)
        return bytes(asyncio.run(signing).dump())


@dataclass
class Applicant:
    """Someone who applies: a person with a U-key."""

    person: str
    intake: As
    ukey: Ukey

    def draft(self, matter: str = MATTER, hall: str = HALL, form: dict[str, Any] | None = None, **more: Any) -> cases_pb2.Case:
        """A new draft."""
        case = cases_pb2.Case(matter=matter, organisation=more.pop("organisation", ""))
        json_format.ParseDict(FORM if form is None else form, case.form)
        made: cases_pb2.Case = self.intake.CreateCase(applying_pb2.CreateCaseRequest(parent=f"halls/{hall}", case=case, **more))
        return made

    def upload(self, case: cases_pb2.Case, material: str, data: bytes = PDF, **more: Any) -> cases_pb2.CaseMaterial:
        """A file for a material."""
        put: cases_pb2.CaseMaterial = self.intake.UploadMaterial(in_parts(case.name, material, data, **more))
        return put

    def complete_draft(self, **more: Any) -> cases_pb2.Case:
        """A draft that may be submitted."""
        case = self.draft(**more)
        for material in REQUIRED:
            self.upload(case, material, PDF + material.encode())
        return self.see(case)

    def submit(self, case: cases_pb2.Case, **more: Any) -> cases_pb2.Case:
        """Signs what the case contains and hands it in."""
        content = self.intake.GetSubmissionContent(applying_pb2.GetSubmissionContentRequest(name=case.name)).content
        submitted: cases_pb2.Case = self.intake.SubmitCase(
            applying_pb2.SubmitCaseRequest(name=case.name, signature=self.ukey.sign(content.encode()), **more)
        )
        return submitted

    def submitted(self, **more: Any) -> cases_pb2.Case:
        """A case that was handed in."""
        return self.submit(self.complete_draft(**more))

    def see(self, case: cases_pb2.Case) -> cases_pb2.Case:
        """The case as the applicant sees it now."""
        seen: cases_pb2.Case = self.intake.GetCase(listing_pb2.GetCaseRequest(name=case.name))
        return seen


@dataclass
class Counter:
    """The service, and whoever comes to it."""

    channel: grpc.Channel
    # Of the matters service.
    matters: grpc.Channel
    issuer: Issuer
    applicants: dict[str, Applicant] = field(default_factory=dict)

    def by(self, person: str, *posts: Post) -> As:
        """Calls as a person with these posts."""
        token = self.issuer.token(person, *posts) if person else ""
        return As(intake_pb2_grpc.IntakeServiceStub(self.channel), token)

    def say(self, hall: str, matter: str, *, accepts: bool) -> None:
        """Has a hall say whether it accepts a matter."""
        token = self.issuer.token("people/editor", Post("EDITOR", hall))
        offer = offers_pb2.Offer(name=f"halls/{hall}/offers/{matter.rpartition('/')[2]}", accepts=accepts)
        As(matters_pb2_grpc.MattersServiceStub(self.matters), token).UpdateOffer(offers_pb2.UpdateOfferRequest(offer=offer))

    @property
    def applicant(self) -> Applicant:
        return self.applicants["resident"]

    @property
    def neighbour(self) -> Applicant:
        return self.applicants["resident-b"]

    @property
    def clerk(self) -> As:
        """A clerk of the hall."""
        return self.by("people/clerk", CLERK)

    @property
    def approver(self) -> As:
        """An approver of the unit in the district."""
        return self.by("people/approver", APPROVER)

    @property
    def head(self) -> As:
        """The head of the unit."""
        return self.by("people/head", HEAD)

    @property
    def supervisor(self) -> As:
        """A supervisor of the district."""
        return self.by("people/supervisor", SUPERVISOR)

    def accepted(self) -> cases_pb2.Case:
        """A case that was accepted."""
        case: cases_pb2.Case = self.clerk.AcceptCase(accepting_pb2.AcceptCaseRequest(name=self.applicant.submitted().name))
        return case

    def in_review(self) -> cases_pb2.Case:
        """A case that the unit has taken up."""
        case: cases_pb2.Case = self.approver.StartReview(reviewing_pb2.StartReviewRequest(name=self.accepted().name))
        return case


def in_parts(
    case: str,
    material: str,
    data: bytes,
    *,
    request_id: str = "",
    filename: str = "扫描件.pdf",
    part: int = 256 * 1024,
    size: int = 0,
) -> Iterator[applying_pb2.UploadMaterialRequest]:
    """The messages of an upload: the first names the material and the size, the true one unless another is given."""
    named: dict[str, Any] = {"parent": case, "material": material, "filename": filename, "request_id": request_id}
    named["size"] = size or len(data)
    pieces: Sequence[bytes] = [data[n : n + part] for n in range(0, len(data), part)] or [b""]
    for n, piece in enumerate(pieces):
        yield applying_pb2.UploadMaterialRequest(content=httpbody_pb2.HttpBody(data=piece), **(named if n == 0 else {}))


def an_item(material: str, reason: str = "不清晰") -> cases_pb2.CorrectionItem:
    """Something to be corrected."""
    return cases_pb2.CorrectionItem(material=material, reason=reason)


def a_request_id() -> str:
    """One that was not used before."""
    return f"r-{next(_turn)}"
