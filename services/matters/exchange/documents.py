"""The paper of an import, which says how far it is, and what was rejected."""

from datetime import timedelta
from typing import Any, ClassVar, Self

from mongoengine import BooleanField, DateTimeField, Document, IntField, QuerySet, StringField

from services.chassis import clock
from services.chassis.documents import HallDocument
from yimen.matters.v1 import exchange_pb2

# While its file arrives.
ARRIVING = 0
# A run that has not been heard of for so long has ended with its process.
_LEASE = timedelta(seconds=5)


class Import(HallDocument):
    """An import 批量导入. While its file arrives it is nobody's to see; its rows are judged first, then taken."""

    pattern = "halls/{hall}/imports/{id}"
    public: ClassVar[dict[str, Any] | None] = None

    format = IntField(required=True)
    mode = IntField(required=True)
    dry_run = BooleanField(default=False)
    publish = BooleanField(default=False)
    state = IntField(default=ARRIVING)
    size = IntField(default=0)
    sha256 = StringField(default="")
    parts = IntField(default=0)

    rows = IntField(default=0)
    rows_checked = IntField(default=0)
    # True once every row has been judged: from here on the import only goes forward.
    is_judged = BooleanField(default=False)
    # Blocks of judged rows, and how many of them have been taken.
    blocks = IntField(default=0)
    blocks_done = IntField(default=0)
    created = IntField(default=0)
    revised = IntField(default=0)
    unchanged = IntField(default=0)
    rejected = IntField(default=0)
    rejections = IntField(default=0)
    # Who runs it now, and until when that holds if nothing more is heard.
    runner = StringField(default="")
    leased_until = DateTimeField()

    meta = {"collection": "imports", "db_alias": "matters", "indexes": [("state",)]}

    @classmethod
    def _find(cls, fields: dict[str, str]) -> Self | None:
        found = super()._find(fields)
        return found if found and found.state != ARRIVING else None

    @classmethod
    def known(cls, paper: Self) -> Self | None:
        """The import of the same id whose file has arrived, in the scope of the call."""
        return cls._find({"hall": paper.hall, "id": paper.id})

    @property
    def is_over(self) -> bool:
        """Whether nothing remains to be done."""
        return self.state in (exchange_pb2.IMPORT_STATE_DONE, exchange_pb2.IMPORT_STATE_REFUSED)

    def is_free(self) -> bool:
        """Whether nobody runs it."""
        return self.leased_until is None or self.leased_until < clock.real_now()

    def lease(self, runner: str) -> Self:
        """Says who runs it; to be said again within seconds. ChangedMeanwhile where another was faster."""
        self.runner, self.leased_until = runner, clock.real_now() + _LEASE
        return self.save_with()

    def to_proto(self) -> exchange_pb2.Import:
        """The import as its API message."""
        return exchange_pb2.Import(
            name=self.name,
            format=exchange_pb2.ListFormat.ValueType(self.format),
            mode=exchange_pb2.ImportMode.ValueType(self.mode),
            dry_run=self.dry_run,
            publish=self.publish,
            state=exchange_pb2.ImportState.ValueType(self.state),
            size_bytes=self.size,
            sha256=self.sha256,
            rows=self.rows,
            rows_checked=self.rows_checked,
            rows_done=self.created + self.revised + self.unchanged + self.rejected,
            created=self.created,
            revised=self.revised,
            unchanged=self.unchanged,
            rejected=self.rejected,
            create_time=self.create_time,
            update_time=self.update_time,
        )


class Rejection(Document):
    """A rule that a row breaks. It is read through its import, whose scope is asked first."""

    id = StringField(primary_key=True)
    paper = StringField(required=True)
    place = IntField(required=True)
    row = IntField(required=True)
    matter = StringField(default="")
    field = StringField(default="")
    rule = StringField(required=True)
    zh = StringField(default="")
    en = StringField(default="")

    meta = {
        "collection": "rejections",
        "db_alias": "matters",
        "indexes": [("paper", "place")],
        "auto_create_index": False,
    }

    @classmethod
    def of(cls, paper: Import) -> QuerySet:
        """Those of an import."""
        return cls.objects(paper=paper.id)

    def to_proto(self) -> exchange_pb2.Rejection:
        """The rejection as its API message."""
        return exchange_pb2.Rejection(
            row=self.row, matter=self.matter, field=self.field, rule=self.rule, zh=self.zh, en=self.en
        )
