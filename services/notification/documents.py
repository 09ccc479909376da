"""What notification stores: notices with their deliveries, and people's channels."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from google.protobuf.message import Message
from mongoengine import (
    DateTimeField,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    IntField,
    QuerySet,
    StringField,
)
from mongoengine.queryset import queryset_manager

from services.chassis import context
from services.chassis.documents import Resource, ResourceExists, ScopeMissing
from services.chassis.errors import StaleEtag
from services.notification import rules, texts
from services.notification.rules import Channel, State
from yimen.api.v1 import text_pb2
from yimen.notification.v1 import notification_pb2 as api

# Counted no further.
_MOST_UNREAD = 100
_ALIAS = {"db_alias": "notification", "auto_create_index": False}


class Channels(Resource):
    """How a person, whose id it has, wants to be told."""

    pattern: ClassVar[str] = "people/{id}/channels"

    language = StringField(default="ZH")
    email = StringField(default="")
    quiet_begins = StringField(default="")
    quiet_ends = StringField(default="")

    meta = {**_ALIAS, "collection": "channels"}

    @queryset_manager
    def objects(cls, queryset: QuerySet) -> QuerySet:  # noqa: N805 - a queryset manager is given the class
        """The caller's own."""
        return queryset.filter(id=_owner(cls))

    @classmethod
    def of(cls, name: str, etag: str = "") -> Self:
        """The channels of this name: those of a person who never said anything are the inbox alone, in Chinese."""
        found = cls._find(cls.parse(name)) or cls.new(**cls.parse(name))
        if etag and etag != found.etag:
            raise StaleEtag(name=name)
        return found

    @classmethod
    def _find(cls, fields: dict[str, str]) -> Self | None:
        found: Self | None = cls.objects.first() if fields["id"] == _owner(cls) else None
        return found

    def to_proto(self) -> api.Channels:
        """The channels."""
        quiet = api.QuietHours(begins=self.quiet_begins, ends=self.quiet_ends) if self.quiet_begins else None
        return api.Channels(
            name=self.name,
            language=api.Language.Value(f"LANGUAGE_{self.language}"),
            email=self.email,
            quiet_hours=quiet,
            etag=self.etag,
        )


class Delivery(EmbeddedDocument):
    """One notice on one channel, as the rules see it."""

    channel = StringField(required=True, choices=list(Channel))
    state = StringField(required=True, choices=list(State), default=State.QUEUED)
    attempts = IntField(default=0)
    next_attempt_time = DateTimeField()
    sent_time = DateTimeField()
    last_error = StringField(default="")

    def to_proto(self) -> api.Delivery:
        """The delivery."""
        return api.Delivery(
            channel=api.ChannelKind.Value(f"CHANNEL_KIND_{self.channel}"),
            state=api.DeliveryState.Value(f"DELIVERY_STATE_{self.state}"),
            attempts=self.attempts,
            next_attempt_time=self.next_attempt_time,
            sent_time=self.sent_time,
            last_error=self.last_error,
        )


class Notice(Resource):
    """What one person is told about one fact."""

    pattern: ClassVar[str] = "people/{person}/notices/{id}"

    person = StringField(required=True)
    title_zh = StringField(required=True)
    title_en = StringField(required=True)
    body_zh = StringField(required=True)
    body_en = StringField(required=True)
    subject = StringField(required=True)
    event_type = StringField(required=True)
    deliveries = EmbeddedDocumentListField(Delivery)
    # The next attempt of any delivery; absent when nothing is left to do, so that its index holds only what is.
    due = DateTimeField()
    read_time = DateTimeField()

    meta = {
        **_ALIAS,
        "collection": "notices",
        "indexes": [("person", "-create_time"), ("person", "read_time"), {"fields": ["due"], "sparse": True}],
    }

    @queryset_manager
    def objects(cls, queryset: QuerySet) -> QuerySet:  # noqa: N805 - a queryset manager is given the class
        """The caller's own."""
        return queryset.filter(person=_owner(cls))

    @classmethod
    def told(cls, person: str, event: Message, event_id: str, wanted: Channels, at: datetime) -> Self:
        """The notice to people/… of an event: the same one however often it is asked for. In the inbox it has arrived."""
        words = texts.say(event)
        notice = cls.new(
            id=hashlib.sha256(f"{event_id} {person}".encode()).hexdigest()[:20],
            person=person.removeprefix("people/"),
            title_zh=words.zh.title,
            title_en=words.en.title,
            body_zh=words.zh.body,
            body_en=words.en.body,
            subject=event.facts.case,  # type: ignore[attr-defined]
            event_type=event.DESCRIPTOR.full_name,
            deliveries=[Delivery(channel=c, next_attempt_time=t) for c, t in rules.plan(wanted, at).items()],
        )
        for delivery in notice.deliveries:
            if delivery.channel == Channel.INBOX:
                rules.succeed(delivery, at)
        try:
            return notice.put()
        except ResourceExists:
            return cls.load(notice.name)

    @classmethod
    def _find(cls, fields: dict[str, str]) -> Self | None:
        if fields["person"] != _owner(cls):
            return None
        return cls._by_id(**fields)

    @classmethod
    def unread(cls) -> Sequence[Self]:
        """The caller's notices that are unread, by their ids alone, at most a hundred."""
        return list(cls.objects(read_time=None).limit(_MOST_UNREAD).only("id"))

    @classmethod
    def waiting(cls, at: datetime, count: int) -> Sequence[Self]:
        """At most so many notices, whosever, that have a delivery due."""
        return list(QuerySet(cls, cls._get_collection()).filter(due__lte=at).limit(count))

    def delivery(self, channel: Channel) -> Delivery:
        """The delivery on a channel that the notice goes out on."""
        found: Delivery = next(d for d in self.deliveries if d.channel == channel)
        return found

    def put(self) -> Self:
        """Stores it, with the time of its next attempt."""
        self.due = rules.next_time(self.deliveries)
        return self.save_with()

    def to_proto(self) -> api.Notice:
        """The notice."""
        return api.Notice(
            name=self.name,
            title=text_pb2.Text(zh=self.title_zh, en=self.title_en),
            body=text_pb2.Text(zh=self.body_zh, en=self.body_en),
            subject=self.subject,
            event_type=self.event_type,
            deliveries=[delivery.to_proto() for delivery in self.deliveries],
            create_time=self.create_time,
            read_time=self.read_time,
        )


def _owner(cls: Any) -> str:
    scope = context.current().scope
    if scope is None or not scope.owner:
        raise ScopeMissing(f"{cls.__name__} is seen by its person alone, and there is none")
    return scope.owner.removeprefix("people/")
