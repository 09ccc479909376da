"""The numbers that the platform itself gives to items."""

from contextlib import suppress

from mongoengine import Document, IntField, StringField
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.chassis.errors import ResourceExhausted
from services.matters.rules import codes


class NumbersUsedUp(ResourceExhausted):
    """Every main item that this platform may give to a type of matters has been given."""

    zh = "{hall} 的 {matter_type} 类事项主项编码已用完"
    en = "{hall} has no main item left for matters of the type {matter_type}"


# The registry of mongoengine knows classes by their bare names: intake has a Series.
class ItemSeries(Document):
    """The last main item that was given to a type of a hall's matters."""

    id = StringField(primary_key=True)
    last = IntField(required=True)

    meta = {"collection": "series", "db_alias": "matters", "auto_create_index": False}

    @classmethod
    def next_item(cls, hall: str, matter_type: str) -> str:
        """The next one; none is given twice, one that is not used is lost. NumbersUsedUp."""
        number = cls._next(f"{hall}-{matter_type}")
        if number > codes.LAST_ITEM:
            raise NumbersUsedUp(hall=f"halls/{hall}", matter_type=matter_type)
        return f"{number:05}"

    @classmethod
    def _next(cls, series: str) -> int:
        # Not one upsert: of several at once some are answered with nothing by the embedded store.
        series_of = cls._get_collection()
        while True:
            kept = series_of.find_one_and_update({"_id": series}, {"$inc": {"last": 1}}, return_document=ReturnDocument.AFTER)
            if kept:
                return int(kept["last"])
            with suppress(DuplicateKeyError):
                series_of.insert_one({"_id": series, "last": codes.FIRST_OWN_ITEM - 1})
