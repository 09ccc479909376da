"""Parts of a case as the API says them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from services.intake.rules.form import FormNotJson
from services.intake.rules.limits import Entry, Projection, Term
from yimen.intake.v1 import cases_pb2, listing_pb2
from yimen.matters.v1 import elements_pb2


def timestamp(at: datetime | None) -> Timestamp | None:
    """A time; None stays unset."""
    if at is None:
        return None
    said = Timestamp()
    said.FromDatetime(at)
    return said


def form(said: Struct) -> dict[str, Any]:
    """A form that somebody sent, as plain data; FormNotJson."""
    try:
        plain: dict[str, Any] = json_format.MessageToDict(said)
    except (json_format.SerializeToJsonError, ValueError) as error:
        raise FormNotJson from error
    return plain


def clock(seen: Projection | None) -> cases_pb2.CaseClock | None:
    """The limit as it stands; None before acceptance."""
    if seen is None:
        return None
    kept, law, began = seen.promised or seen.statutory, seen.statutory, seen.accept_date
    return cases_pb2.CaseClock(
        accept_date=_day(began),
        promised_days=kept.days_from(began) if kept else 0,
        statutory_days=law.days_from(began) if law else 0,
        unit=_unit(kept),
        used_days=seen.used or 0,
        left_days=seen.left or 0,
        due_date=_day(seen.due),
        statutory_due_date=_day(seen.statutory_due),
        running=seen.running,
        overdue=seen.overdue,
        unknown_year=seen.unknown_year or 0,
        entries=[_ledger_entry(entry) for entry in seen.entries],
        extended_days=sum(entry.working_days for entry in seen.entries),
    )


def _unit(kept: Term | None) -> elements_pb2.TimeUnit.ValueType:
    """The kind of days that a clock counts: a month is so many natural ones."""
    if kept is None:
        return elements_pb2.TIME_UNIT_UNSPECIFIED
    return elements_pb2.TIME_UNIT_WORKING_DAY if kept.counts_working_days else elements_pb2.TIME_UNIT_CALENDAR_DAY


def _ledger_entry(entry: Entry) -> cases_pb2.LedgerEntry:
    return cases_pb2.LedgerEntry(
        time=timestamp(entry.at),
        kind=entry.kind.value,
        by=entry.by,
        reason=entry.reason,
        due_date=_day(entry.due),
        working_days=entry.working_days,
    )


def correction(item: Mapping[str, str]) -> cases_pb2.CorrectionItem:
    """What has to be corrected."""
    return cases_pb2.CorrectionItem(material=item["material"], reason=item["reason"])


def rating(one: Mapping[str, Any]) -> cases_pb2.Rating:
    """What the applicant said of a stage."""
    return cases_pb2.Rating(stage=one["stage"], stars=one["stars"], comment=one["comment"], time=timestamp(one["time"]))


def history_entry(entry: Mapping[str, Any]) -> listing_pb2.HistoryEntry:
    """An entry of the history, which is kept as the JSON of this message."""
    return json_format.ParseDict(dict(entry), listing_pb2.HistoryEntry())


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
