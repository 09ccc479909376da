"""IdentityService: sign-in and sessions, people, organisations, posts, and whose a signature is."""

import base64
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from google.api import httpbody_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis import audit, clock, context, pages, tenancy
from services.chassis.access import is_held_at_unit
from services.chassis.caller import Caller
from services.chassis.errors import ChangedMeanwhile
from services.identity.banks import Banks
from services.identity.documents import Challenge, Failures, Organisation, Person, Post, Session
from services.identity.keys import Signer
from services.identity.rules import certificates, numbers, posts, sessions, signatures, tokens
from yimen.api.v1 import access_pb2
from yimen.identity.v1 import events_pb2, identity_pb2_grpc, people_pb2, sessions_pb2

# A failure with a certificate that no trusted bank issued locks nothing: it cannot sign in anyway, and anybody can make many.
_COUNTED = (tokens.SignatureMismatch, certificates.CertificateExpired, certificates.CertificateRevoked)


class Identity(identity_pb2_grpc.IdentityServiceServicer):
    """The servicer; security times are the machine's, never the shifted clock's."""

    def __init__(self, banks: Banks, signer: Signer, origins: Sequence[str]) -> None:
        self._banks = banks
        self._signer = signer
        self._origins = origins

    def CreateChallenge(self, request: sessions_pb2.CreateChallengeRequest, _: Any) -> sessions_pb2.Challenge:
        nonce = base64.b64encode(secrets.token_bytes(32)).decode()
        expires = _now() + sessions.CHALLENGE_LIFE
        Challenge(id=sessions.digest(nonce), expire_time=expires).save(force_insert=True)
        return sessions_pb2.Challenge(nonce=nonce, expire_time=_timestamp(expires))

    def SignIn(self, request: sessions_pb2.SignInRequest, _: Any) -> sessions_pb2.Session:
        at = _now()
        sessions.redeem(Challenge.use(request.nonce, at), at)
        holder = self._holder(request, at)
        person = Person.registered(holder.resident_id, holder.display_name).called(holder.display_name)
        session, refresh_token = Session.opened(person.name, at)
        return self._reply(session, person, refresh_token, at)

    def RefreshSession(self, request: sessions_pb2.RefreshSessionRequest, _: Any) -> sessions_pb2.Session:
        at = _now()
        session = Session.of(request.refresh_token)
        try:
            refresh_token = sessions.renew(session, request.refresh_token, at)
        except sessions.RefreshTokenReused:
            # The refusal itself changes something: the session is over.
            session.save_with()
            raise
        session.save_with()
        return self._reply(session, Person.load(session.person), refresh_token, at)

    def SignOut(self, request: sessions_pb2.SignOutRequest, _: Any) -> sessions_pb2.SignOutResponse:
        session = Session.load(f"sessions/{_caller().session}")
        sessions.end(session, _now())
        session.save_with()
        return sessions_pb2.SignOutResponse()

    def GetKeys(self, request: sessions_pb2.GetKeysRequest, _: Any) -> httpbody_pb2.HttpBody:
        return httpbody_pb2.HttpBody(content_type="application/jwk-set+json", data=self._signer.jwks())

    def ListEndedSessions(
        self, request: sessions_pb2.ListEndedSessionsRequest, _: Any
    ) -> sessions_pb2.ListEndedSessionsResponse:
        since = _now() - sessions.ACCESS_LIFE
        return sessions_pb2.ListEndedSessionsResponse(sessions=Session.ended_since(since))

    def VerifySignature(self, request: sessions_pb2.VerifySignatureRequest, _: Any) -> sessions_pb2.SignatureFacts:
        at = _now()
        signed = self._banks.judge(lambda trust: signatures.verify(request.signature, request.content, trust, at))
        # Of all people a caller sees only themselves, so anybody else's signature finds nobody.
        signer = Person.known(signed.holder.resident_id)
        if signer is None:
            raise signatures.SignerIsAnother
        return sessions_pb2.SignatureFacts(
            person=signer.name,
            certificate_sha256=signed.holder.certificate_sha256,
            issuer=signed.holder.issuer,
            signing_time=_timestamp(signed.signing_time),
        )

    def GetPerson(self, request: people_pb2.GetPersonRequest, _: Any) -> people_pb2.Person:
        return Person.load(request.name).to_proto()

    def RegisterPerson(self, request: people_pb2.RegisterPersonRequest, _: Any) -> people_pb2.Person:
        resident_id = numbers.resident_id(request.resident_id, clock.today())
        if known := Person.known(resident_id):
            # Whoever registers somebody who is known reads a person by the number.
            audit.record("identity", known.name)
            return known.to_proto()
        return Person.registered(resident_id, request.display_name).to_proto()

    def CreateOrganisation(self, request: people_pb2.CreateOrganisationRequest, _: Any) -> people_pb2.Organisation:
        representative = _caller().person
        organisation = Organisation.new(
            display_name=request.organisation.display_name,
            code=numbers.organisation_code(request.organisation.code),
            representatives=[representative],
        )
        fact = events_pb2.OrganisationRegistered(organisation=organisation.name, representative=representative)
        return organisation.save_with(fact).to_proto()

    def GetOrganisation(self, request: people_pb2.GetOrganisationRequest, _: Any) -> people_pb2.Organisation:
        return Organisation.load(request.name).to_proto()

    def ListOrganisations(self, request: people_pb2.ListOrganisationsRequest, _: Any) -> people_pb2.ListOrganisationsResponse:
        mine: list[Organisation]
        mine, more = pages.page_of(Organisation.objects, request, key=lambda one: f"{one.display_name} {one.id}")
        return people_pb2.ListOrganisationsResponse(
            organisations=[organisation.to_proto() for organisation in mine], next_page_token=more
        )

    def CreatePost(self, request: people_pb2.CreatePostRequest, _: Any) -> people_pb2.Post:
        hall, wanted = request.parent.removeprefix("halls/"), request.post
        role = access_pb2.Role.Name(wanted.role).removeprefix("ROLE_")
        person = Person.load(wanted.person)
        posts.check(
            hall=hall,
            unit=wanted.unit,
            held_at_unit=is_held_at_unit(role),
            covers_subtree=wanted.covers_subtree,
            reaches_subtree=_has_none_below(hall)
            or any(p.role == "OPERATOR" and p.covers_subtree and p.covers(hall) for p in _caller().posts),
        )
        post = Post.new(hall=hall, person=person.name, role=role, unit=wanted.unit, covers_subtree=wanted.covers_subtree)
        posts.first(post, Post.held_by(person.name))
        fact = events_pb2.PostCreated(post=post.name, person=person.name, role=wanted.role, unit=wanted.unit)
        return post.save_with(fact).to_proto()

    def ListPosts(self, request: people_pb2.ListPostsRequest, _: Any) -> people_pb2.ListPostsResponse:
        found: list[Post]
        found, next_page = pages.page(Post.objects, request, size=50)
        return people_pb2.ListPostsResponse(posts=[post.to_proto() for post in found], next_page_token=next_page)

    def EndPost(self, request: people_pb2.EndPostRequest, _: Any) -> people_pb2.Post:
        post = Post.load(request.name)
        posts.end(post, clock.now())
        post.save_with(events_pb2.PostEnded(post=post.name, person=post.person))
        # A refresh has no longer the post; should this stop half-way, access tokens that have it still die within 15 minutes.
        while left := Session.open_of(post.person):
            for session in left:
                sessions.end(session, _now())
                # Refreshed at this moment, it is ended at the next look.
                with suppress(ChangedMeanwhile):
                    session.save_with()
        return post.to_proto()

    def _holder(self, request: sessions_pb2.SignInRequest, at: datetime) -> certificates.Holder:
        """Who signed in; a failure counts against the certificate."""
        fingerprint = certificates.fingerprint(tokens.certificate(request.token))
        Failures.admit(fingerprint, at)
        try:
            holder = self._banks.judge(lambda trust: tokens.verify(request.token, request.nonce, self._origins, trust, at))
        except _COUNTED:
            Failures.add(fingerprint, at)
            raise
        Failures.forget(fingerprint)
        return holder

    def _reply(self, session: Session, person: Person, refresh_token: str, at: datetime) -> sessions_pb2.Session:
        """The session with a new access token that carries the posts as they are now."""
        held = Post.held_by(person.name)
        who = Caller(person.name, session.id, person.display_name, tuple(post.as_claim() for post in held))
        access_token, expires = self._signer.access_token(who, at, secrets.token_hex(8))
        return sessions_pb2.Session(
            access_token=access_token,
            access_expire_time=_timestamp(expires),
            refresh_token=refresh_token,
            refresh_expire_time=session.refresh_expire_time,
            person=person.to_proto(),
            posts=[post.to_proto() for post in held],
        )


def _now() -> datetime:
    """The machine's time, cut to milliseconds as the store keeps it."""
    at = clock.real_now()
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _has_none_below(hall: str) -> bool:
    return all(other.parent != hall for other in tenancy.halls())


def _timestamp(at: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


def _caller() -> Caller:
    return context.current().caller
