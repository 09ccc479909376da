"""Documents: state and facts in one atomic write, optimistic concurrency, and requests that may be sent twice.

`Resource` is what every stored resource is; `HallDocument` is one of a hall, whose every query carries the scope of the call.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Self

import mongoengine
from google.protobuf.message import Message
from mongoengine import DateTimeField, Document, EmbeddedDocumentListField, IntField, ListField, QuerySet, StringField
from mongoengine.queryset import queryset_manager, transform
from pymongo.errors import DuplicateKeyError

from services.chassis import clock, context, events
from services.chassis.context import Scope
from services.chassis.errors import (
    AlreadyExists,
    ChangedMeanwhile,
    RequestIdReused,
    ResourceUnknown,
    StaleEtag,
)
from services.chassis.settings import Settings

# How many transitions of a document can be repeated: the newest ones.
_REMEMBERED_REQUESTS = 32
_KEPT_BY_THE_STORE = frozenset({"_id", "outbox", "version"})


class ResourceExists(AlreadyExists):
    """Another request made a resource of this name."""

    zh = "{name} 已存在"
    en = "{name} exists already"


class NotUnique(AlreadyExists):
    """Another resource has what must be unique."""

    zh = "{name} 的 {fields} 与已有记录重复"
    en = "{fields} of {name} must be unique and is taken"


class ScopeMissing(RuntimeError):
    """A query without a scope: a mistake of ours, never a reply."""


class Repeated(Exception):
    """The request was carried out before; the reply is the document as it is now."""

    def __init__(self, document: "Resource") -> None:
        self.document = document
        super().__init__(document.name)


# By service: called with each document that has new facts to tell.
_nudges: dict[str, Callable[["Resource"], None]] = {}


def tell(service: str, nudge: Callable[["Resource"], None]) -> None:
    """Has the relay of a service told at once; without one its sweep finds what waits."""
    _nudges[service] = nudge


def connect(settings: Settings, service: str) -> None:
    """Connects a service's alias to its own database; nothing is sent before the first query."""
    mongoengine.connect(
        alias=service,
        db=settings.database(service),
        host=settings.mongodb_uri,
        tz_aware=True,
        uuidRepresentation="standard",
        serverSelectionTimeoutMS=3000,
        connectTimeoutMS=3000,
        socketTimeoutMS=10_000,
        appname=f"yimen-{service}",
    )


class Resource(Document):
    """A stored resource with a name, a version and an outbox.

    Subclasses give `pattern`, e.g. `halls/{hall}/cases/{id}`, and a `to_proto()`.
    """

    pattern: ClassVar[str]

    id = StringField(primary_key=True)
    version = IntField(default=0)
    create_time = DateTimeField(required=True)
    update_time = DateTimeField(required=True)
    outbox = EmbeddedDocumentListField(events.OutboxEntry)
    # "method:request_id fingerprint" of the requests that led here, the newest ones.
    requests = ListField(StringField())

    meta = {"abstract": True, "auto_create_index": False, "index_background": False, "indexes": [events.OUTBOX_INDEX]}

    @classmethod
    def new(cls, **fields: Any) -> Self:
        """A resource, not stored yet. Its id follows from caller and request_id, so that a repeated request meets it."""
        at = clock.now()
        fields.setdefault("id", _new_id())
        return cls(create_time=at, update_time=at, **fields)

    @classmethod
    def load(cls, name: str, etag: str = "") -> Self:
        """The resource of this name; ResourceUnknown where there is none in the caller's scope, StaleEtag where it has changed.

        A request that was carried out before ends here, with the reply of the first time.
        """
        found = cls._find(cls.parse(name))
        if found is None:
            raise ResourceUnknown(name=name)
        found._end_repetition()
        if etag and etag != found.etag:
            raise StaleEtag(name=name)
        return found

    @classmethod
    def _find(cls, fields: dict[str, str]) -> Self | None:
        found: Self | None = cls.objects(**fields).first()
        return found

    @classmethod
    def _by_id(cls, id: str, **fields: Any) -> Self | None:  # noqa: A002 - it is the field's name
        """The document of this id that has these fields too.

        The id comes first, since the embedded store narrows by the first field alone; mongoengine would sort the fields.
        """
        query = {"_id": id, **transform.query(cls, **fields)}
        found: Self | None = QuerySet(cls, cls._get_collection()).filter(__raw__=query).first()
        return found

    @classmethod
    def parse(cls, name: str) -> dict[str, str]:
        """The fields that a name is made of; ResourceUnknown where it does not have the shape."""
        match = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", cls.pattern), name)
        if not match:
            raise ResourceUnknown(name=name)
        return match.groupdict()

    @property
    def name(self) -> str:
        """The resource name."""
        return self.pattern.format(**{field: getattr(self, field) for field in re.findall(r"{(\w+)}", self.pattern)})

    @property
    def etag(self) -> str:
        """Changes with every stored change."""
        return f'"{self.version}"'

    def save_with(self, *facts: Message) -> Self:
        """Stores the state and the facts in one atomic write, and lets the relay know.

        ChangedMeanwhile when another writer was faster, ResourceExists or NotUnique for a new resource that meets another.
        """
        call = context.current()
        told = [
            events.entry(fact, subject=self.name, hall=getattr(self, "hall", ""), caller=call.caller.person) for fact in facts
        ]
        self.update_time = clock.now()
        self.validate()
        if self.version == 0:
            self._insert(told)
        else:
            self._replace(told)
        if told and (nudge := _nudges.get(self._meta["db_alias"])):
            nudge(self)
        return self

    def _insert(self, told: list[events.OutboxEntry]) -> None:
        self.version = 1
        self.outbox = told
        self._remember(context.current())
        try:
            self._get_collection().insert_one(self.to_mongo())
        except DuplicateKeyError as error:
            self.version = 0
            other = type(self)._get_collection().find_one({"_id": self.pk})
            if other is None:
                raise self._not_unique(error) from None
            type(self)._from_son(other)._end_repetition()
            raise ResourceExists(name=self.name) from None

    def _replace(self, told: list[events.OutboxEntry]) -> None:
        self._remember(context.current())
        state = self.to_mongo()
        fields = {name: value for name, value in state.items() if name not in _KEPT_BY_THE_STORE}
        absent = {f.db_field for f in self._fields.values()} - fields.keys() - _KEPT_BY_THE_STORE
        change: dict[str, Any] = {"$set": fields, "$inc": {"version": 1}}
        if absent:
            change["$unset"] = dict.fromkeys(absent, "")
        if told:
            change["$push"] = {"outbox": {"$each": [entry.to_mongo() for entry in told]}}
        key = {"_id": self.pk, "version": self.version, **({"hall": state["hall"]} if "hall" in state else {})}
        try:
            written = self._get_collection().update_one(key, change)
        except DuplicateKeyError as error:
            raise self._not_unique(error) from None
        if written.matched_count == 0:
            current = type(self)._get_collection().find_one({"_id": self.pk})
            if current is not None:
                type(self)._from_son(current)._end_repetition()
            raise ChangedMeanwhile(name=self.name)
        self.version += 1
        self.outbox = [*self.outbox, *told]

    def _not_unique(self, error: DuplicateKeyError) -> NotUnique:
        fields = ", ".join((error.details or {}).get("keyPattern", {})) or "a field"
        return NotUnique(name=self.name, fields=fields)

    def _remember(self, call: context.Call) -> None:
        if call.request_id:
            self.requests = [*self.requests[1 - _REMEMBERED_REQUESTS :], f"{_request(call)} {call.fingerprint}"]

    def _end_repetition(self) -> None:
        call = context.current()
        if not call.request_id:
            return
        for known in self.requests:
            request, _, fingerprint = known.rpartition(" ")
            if request == _request(call) and fingerprint != call.fingerprint:
                raise RequestIdReused(request_id=call.request_id)
            if request == _request(call):
                raise Repeated(self)

    if TYPE_CHECKING:

        def to_proto(self) -> Message:
            """The resource as its API message; every subclass has one."""


class HallDocument(Resource):
    """A resource of a hall. `objects` sees what the scope of the call sees; with no scope it raises ScopeMissing.

    unit_field and owner_field name the fields that hold units/… and people/…; None where such callers see nothing.
    public is the filter for callers without a role or a token; None where the public sees nothing.
    """

    unit_field: ClassVar[str | None] = None
    owner_field: ClassVar[str | None] = None
    public: ClassVar[dict[str, Any] | None] = None

    hall = StringField(required=True, regex=r"\d{6}(\d{3}){0,2}")

    meta = {"abstract": True}

    @queryset_manager
    def objects(cls, queryset: QuerySet) -> QuerySet:  # noqa: N805 - a queryset manager is given the class
        """What the scope of the call sees."""
        scope = context.current().scope
        if scope is None:
            raise ScopeMissing(f"{cls.__name__} was queried without a scope")
        return queryset.filter(**cls._filter(scope))

    @classmethod
    def across_halls(cls, reason: str) -> QuerySet:
        """Every hall's documents, for relays, sweeps and commands; `reason` says at the call why no scope applies."""
        if not reason:
            raise ScopeMissing("a query across halls needs its reason")
        return QuerySet(cls, cls._get_collection())

    @classmethod
    def _find(cls, fields: dict[str, str]) -> Self | None:
        """By the first of the call's grants that sees it, which the rest of the call then acts by."""
        grants = context.current().grants
        if not grants:
            raise ScopeMissing(f"{cls.__name__} was loaded without a scope")
        for granted in grants:
            if not granted.scope.covers(fields["hall"]):
                continue
            # The name's hall stands for the scope's: one field named twice makes an $and, which no index serves.
            scoped = {key: value for key, value in cls._filter(granted.scope).items() if key.partition("__")[0] != "hall"}
            wanted = fields | scoped
            found: Self | None = cls._by_id(**wanted) if "id" in wanted else cls.across_halls("scoped").filter(**wanted).first()
            if found is not None:
                context.settle(granted)
                return found
        return None

    @classmethod
    def _filter(cls, scope: Scope) -> dict[str, Any]:
        query: dict[str, Any] = {}
        if scope.subtree:
            # Codes are digits and nest by prefix; ":" is the character after "9".
            query |= {"hall__gte": scope.hall, "hall__lt": scope.hall + ":"}
        elif scope.hall:
            query["hall"] = scope.hall
        for field, wanted in ((cls.unit_field, scope.unit), (cls.owner_field, scope.owner)):
            if wanted and field is None:
                raise ScopeMissing(f"{cls.__name__} has nothing for the scope {scope}")
            if wanted:
                query[str(field)] = wanted
        if scope.public:
            if cls.public is None:
                raise ScopeMissing(f"{cls.__name__} has nothing public")
            query |= cls.public
        if not query:
            raise ScopeMissing(f"{cls.__name__} was queried with an empty scope")
        return query


def _request(call: context.Call) -> str:
    return f"{call.method}:{call.request_id}"


def _new_id() -> str:
    call = context.current()
    if not call.request_id:
        return secrets.token_hex(10)
    return hashlib.sha256(f"{call.caller.person}\n{_request(call)}".encode()).hexdigest()[:20]
