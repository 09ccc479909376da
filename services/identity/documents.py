"""What identity stores: people, organisations and posts as resources; challenges, failures and sessions, which time removes."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from mongoengine import BinaryField, BooleanField, DateTimeField, Document, IntField, ListField, QuerySet, StringField
from mongoengine.queryset import queryset_manager

from services.chassis import caller, context
from services.chassis.documents import HallDocument, NotUnique, Resource, ScopeMissing
from services.chassis.errors import ChangedMeanwhile
from services.identity.rules import numbers, sessions
from services.identity.sealing import vault
from yimen.api.v1 import access_pb2
from yimen.identity.v1 import events_pb2, people_pb2, sessions_pb2

_ALIAS = {"db_alias": "identity", "auto_create_index": False}


class Person(Resource):
    """Someone whom a bank certified, or whom an operator registered before they first signed in."""

    pattern: ClassVar[str] = "people/{id}"

    display_name = StringField(required=True)
    resident_index = StringField(required=True)
    resident_sealed = BinaryField(required=True)

    meta = {**_ALIAS, "collection": "people", "indexes": [{"fields": ["resident_index"], "unique": True}]}

    @queryset_manager
    def objects(cls, queryset: QuerySet) -> QuerySet:  # noqa: N805 - a queryset manager is given the class
        """People as the call may see them: staff see everyone, a person sees themselves."""
        owner = _owner(cls)
        return queryset.filter(id=owner.removeprefix("people/")) if owner else queryset

    @classmethod
    def _find(cls, fields: dict[str, str]) -> Self | None:
        owner = _owner(cls)
        # Not by `objects`: a field that is named twice makes an $and, which no index serves.
        return cls._by_id(**fields) if owner in ("", f"people/{fields['id']}") else None

    @classmethod
    def known(cls, resident_id: str) -> Self | None:
        """The person with this number (canonical), if there is one in sight of the call."""
        found: Self | None = cls.objects(resident_index=vault().index(resident_id)).first()
        return found

    @classmethod
    def registered(cls, resident_id: str, display_name: str) -> Self:
        """The person with this number (canonical), new under this name where there is none yet."""
        if found := cls.known(resident_id):
            return found
        person = cls.new(display_name=display_name, resident_index=vault().index(resident_id))
        person.resident_sealed = vault().seal(resident_id, person.id)
        try:
            return person.save_with(events_pb2.PersonRegistered(person=person.name))
        except NotUnique:
            # Somebody registered them between the two lines.
            return cls.known(resident_id) or _vanished(person)

    def called(self, display_name: str) -> Self:
        """The person under the name that their certificate has: whoever registered them may have mistyped it."""
        if self.display_name == display_name:
            return self
        self.display_name = display_name
        try:
            return self.save_with()
        except ChangedMeanwhile:
            # By another sign-in of theirs at this moment.
            return type(self).load(self.name)

    def to_proto(self) -> people_pb2.Person:
        """The person; of the number only what may be shown."""
        return people_pb2.Person(
            name=self.name,
            display_name=self.display_name,
            resident_id_masked=numbers.masked(vault().open(self.resident_sealed, self.id)),
            create_time=self.create_time,
        )


class Organisation(Resource):
    """An organisation, and the people who may act for it."""

    pattern: ClassVar[str] = "organisations/{id}"

    display_name = StringField(required=True)
    code = StringField(required=True)
    representatives = ListField(StringField())

    meta = {**_ALIAS, "collection": "organisations", "indexes": [{"fields": ["code"], "unique": True}, ["representatives"]]}

    @queryset_manager
    def objects(cls, queryset: QuerySet) -> QuerySet:  # noqa: N805 - a queryset manager is given the class
        """Organisations as the call may see them: a person sees those that they represent."""
        owner = _owner(cls)
        return queryset.filter(representatives=owner) if owner else queryset

    @classmethod
    def _find(cls, fields: dict[str, str]) -> Self | None:
        owner = _owner(cls)
        return cls._by_id(**fields, representatives=owner) if owner else cls._by_id(**fields)

    def to_proto(self) -> people_pb2.Organisation:
        """The organisation."""
        return people_pb2.Organisation(
            name=self.name,
            display_name=self.display_name,
            code=self.code,
            representatives=self.representatives,
            create_time=self.create_time,
        )


class Post(HallDocument):
    """A role held by a person at a hall, and at a unit where the role is a unit's."""

    pattern: ClassVar[str] = "halls/{hall}/posts/{id}"
    owner_field: ClassVar[str | None] = "person"

    person = StringField(required=True)
    # Of yimen.api.v1.Role, without its prefix.
    role = StringField(required=True)
    unit = StringField(default="")
    covers_subtree = BooleanField(default=False)
    end_time = DateTimeField()

    meta = {**_ALIAS, "collection": "posts", "indexes": [("hall", "-create_time"), ("person", "-create_time")]}

    @classmethod
    def held_by(cls, person: str) -> Sequence[Self]:
        """The posts that a person holds now, wherever."""
        posts = cls.across_halls("a session carries every post of its person").filter(person=person)
        return [post for post in posts if post.end_time is None]

    def as_claim(self) -> caller.Post:
        """The post as an access token carries it."""
        return caller.Post(self.role, self.hall, self.unit, self.covers_subtree)

    def to_proto(self) -> people_pb2.Post:
        """The post."""
        return people_pb2.Post(
            name=self.name,
            person=self.person,
            role=access_pb2.Role.Value(f"ROLE_{self.role}"),
            unit=self.unit,
            covers_subtree=self.covers_subtree,
            create_time=self.create_time,
            end_time=self.end_time,
        )


class Session(Resource):
    """A sign-in and what followed from it; gone an hour after its refresh token could have been used."""

    pattern: ClassVar[str] = "sessions/{id}"

    person = StringField(required=True)
    refresh_hash = StringField(required=True)
    used_hashes = ListField(StringField())
    refresh_expire_time = DateTimeField(required=True)
    end_time = DateTimeField()

    meta = {
        **_ALIAS,
        "collection": "sessions",
        "indexes": [
            "person",
            {"fields": ["end_time"], "sparse": True},
            {"fields": ["refresh_expire_time"], "expireAfterSeconds": 3600},
        ],
    }

    @classmethod
    def opened(cls, person: str, at: datetime) -> tuple[Self, str]:
        """A new session and its first refresh token."""
        session = cls.new(person=person, refresh_expire_time=at + sessions.REFRESH_LIFE, id=secrets.token_hex(16))
        token = sessions.give(session, session.id)
        return session.save_with(), token

    @classmethod
    def of(cls, refresh_token: str) -> Self:
        """The session that a refresh token names, whether the token is good or not; RefreshTokenUnknown where it names none."""
        found: Self | None = cls.objects(id=refresh_token.partition(".")[0]).first()
        if found is None:
            raise sessions.RefreshTokenUnknown
        return found

    @classmethod
    def open_of(cls, person: str) -> Sequence[Self]:
        """The sessions of a person that have not ended."""
        return [session for session in cls.objects(person=person) if session.end_time is None]

    @classmethod
    def ended_since(cls, at: datetime) -> Sequence[str]:
        """The ids of the sessions that ended at this time or later."""
        return [session.id for session in cls.objects(end_time__gte=at).only("id")]

    def to_proto(self) -> sessions_pb2.Session:
        """The session without its tokens, which are not kept."""
        return sessions_pb2.Session(refresh_expire_time=self.refresh_expire_time)


class Challenge(Document):
    """A challenge, by the hash of its nonce; kept an hour beyond its life, so that "used" and "expired" can be told."""

    id = StringField(primary_key=True)
    expire_time = DateTimeField(required=True)
    use_time = DateTimeField()

    meta = {
        **_ALIAS,
        "collection": "challenges",
        "indexes": [{"fields": ["expire_time"], "expireAfterSeconds": 3600}],
    }

    @classmethod
    def use(cls, nonce: str, at: datetime) -> Self | None:
        """Marks a challenge as used and returns it as it was before; None where there is none.

        Of several uses at a time the filter lets one through: the embedded store shows all of them the same image from before.
        """
        key = {"_id": sessions.digest(nonce)}
        first = cls._get_collection().update_one(key | {"use_time": None}, {"$set": {"use_time": at}}).matched_count == 1
        found: Self | None = cls.objects(id=key["_id"]).first()
        if found and first:
            found.use_time = None
        return found


class Failures(Document):
    """How often sign-in failed with one certificate of a trusted bank, by its SHA-256; forgotten after the lock's time."""

    id = StringField(primary_key=True)
    count = IntField(required=True)
    last = DateTimeField(required=True)

    meta = {
        **_ALIAS,
        "collection": "failures",
        "indexes": [{"fields": ["last"], "expireAfterSeconds": int(sessions.LOCKED_FOR.total_seconds())}],
    }

    @classmethod
    def admit(cls, fingerprint: str, at: datetime) -> None:
        """LockedOut where the certificate failed too often."""
        found = cls.objects(id=fingerprint).first()
        if found:
            sessions.admit(found.count, found.last, at)

    @classmethod
    def add(cls, fingerprint: str, at: datetime) -> None:
        """Counts one more, in one atomic write."""
        cls._get_collection().update_one({"_id": fingerprint}, {"$inc": {"count": 1}, "$set": {"last": at}}, upsert=True)

    @classmethod
    def forget(cls, fingerprint: str) -> None:
        """Starts again at none."""
        cls._get_collection().delete_one({"_id": fingerprint})


def prepare() -> None:
    """Makes the indexes of what is no resource."""
    Challenge.ensure_indexes()
    Failures.ensure_indexes()


def _owner(document: Any) -> str:
    """The person whose own alone a call sees, or "" for one that sees all of it."""
    scope = context.current().scope
    if scope is None:
        raise ScopeMissing(f"{document.__name__} was queried without a scope")
    return scope.owner


def _vanished(person: Person) -> Person:
    raise NotUnique(name=person.name, fields="resident_index")
