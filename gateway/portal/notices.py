"""The notices that the law asks for (行政许可法 art. 32, 38, 42, 44, 45), each from the entry of the history it tells of.

Staff print, seal and hand them over; the applicant reads the same. They are issued in Chinese, with an English translation
beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp
from markupsafe import Markup
from starlette.responses import Response

from gateway.portal import cases
from gateway.portal.problems import Refused
from gateway.portal.texts import _, language, speaking
from gateway.portal.visit import Visit
from yimen.intake.v1 import cases_pb2, listing_pb2
from yimen.matters.v1 import elements_pb2

# The letters of a notice's number, by the action that it tells of.
CODES = {
    "accept": "SL",
    "requestCorrection": "BZ",
    "refuseAcceptance": "BY",
    "suspend": "TB",
    "extend": "YQ",
    "decide": "JD",
    "terminate": "ZZ",
    "deliver": "SD",
}
_GRANTED = cases_pb2.Outcome.Name(cases_pb2.OUTCOME_GRANTED)


@dataclass(frozen=True)
class Notice:
    """A notice: the entry that it tells of, and its number, which follows from case and history and is given once."""

    sequence: int
    action: str
    number: str
    time: Timestamp
    # What a decision's entry says.
    granted: bool = False


def of(case: cases_pb2.Case, entries: Sequence[listing_pb2.HistoryEntry]) -> list[Notice]:
    """The notices of a case, oldest first; those of one kind are numbered from 01."""
    found: list[Notice] = []
    for entry in entries:
        if code := CODES.get(entry.action):
            ordinal = 1 + sum(one.action == entry.action for one in found)
            number, granted = f"{case.number}-{code}{ordinal:02}", _details(entry).get("outcome") == _GRANTED
            found.append(Notice(entry.sequence, entry.action, number, entry.time, granted))
    return found


def last(case: cases_pb2.Case, entries: Sequence[listing_pb2.HistoryEntry]) -> Notice | None:
    """The notice that the newest entry led to; None where it led to none."""
    made = of(case, entries)
    return made[-1] if made and entries[-1].sequence == made[-1].sequence else None


def title(notice: Notice, elements: elements_pb2.Elements) -> str:
    """What stands at its head; the law's own names are a licence's."""
    licence = elements.matter_type == elements_pb2.MATTER_TYPE_LICENCE
    match notice.action:
        case "accept":
            return _("行政许可申请受理通知书") if licence else _("受理通知书")
        case "requestCorrection":
            return _("行政许可申请材料补正告知书") if licence else _("申请材料补正告知书")
        case "refuseAcceptance":
            return _("行政许可申请不予受理通知书") if licence else _("不予受理通知书")
        case "decide" if notice.granted:
            return _("准予行政许可决定书") if licence else _("准予决定书")
        case "decide":
            return _("不予行政许可决定书") if licence else _("不予批准决定书")
        case "suspend":
            return _("特别程序告知书")
        case "extend":
            return _("延长审批期限告知书")
        case "terminate":
            return _("终止办理通知书")
    return _("送达回证")


def shown(visit: Visit, case: cases_pb2.Case, *, address: str, to_staff: bool, back: str = "") -> Response:
    """The notice of the path's sequence, on A4; Refused (404) where that entry led to none. `address`: the case's own page;
    `back`: the same as one came from it."""
    entries = visit.services.intake.ListHistory(listing_pb2.ListHistoryRequest(parent=case.name)).entries
    asked = visit.where["sequence"]
    notice = next((one for one in of(case, entries) if str(one.sequence) == asked), None)
    if notice is None:
        raise Refused(404)
    entry = next(entry for entry in entries if entry.sequence == notice.sequence)
    translated = language() == "en" and bool(visit.asked("translation", 1))
    elements = cases.terms(visit, case)
    # A notice stays as it was issued, whatever is handed in or decided later.
    then = _as_of(case, notice.time)
    known = {
        "case": case,
        "notice": notice,
        "details": _details(entry),
        "elements": elements,
        "licence": elements.matter_type == elements_pb2.MATTER_TYPE_LICENCE,
        "hall": cases.hall_of(visit, case),
        "unit": cases.unit_name(visit, case),
        "applied": _applied(entries, notice.sequence),
        "files_of": lambda one: cases.files_of(then, one.id),
        "material": {one.id: one for one in elements.materials},
        "awaited": cases.awaited(then, elements),
        "to_staff": to_staff,
    }
    with speaking("en" if translated else "zh"):
        named = title(notice, elements)
        template = visit.house.templates.get_template("notices/body.html")
        # Escaped by the template that made it.
        body = Markup(template.render({**known, "title": named, "language_of": "en" if translated else "zh-CN"}))  # noqa: S704
    return visit.render(
        "notices/notice.html",
        # In the language of the page, for tabs and readers; the paper has its own.
        title=title(notice, elements),
        notice=notice,
        body=body,
        path=back or address,
        in_other_words=visit.without("translation", *(() if translated else (("translation", "1"),))),
        translated=translated,
        to_staff=to_staff,
    )


def _details(entry: listing_pb2.HistoryEntry) -> dict[str, Any]:
    return json_format.MessageToDict(entry.details)


def _as_of(case: cases_pb2.Case, time: Timestamp) -> cases_pb2.Case:
    """The case with the files alone that it had at a time."""
    had = cases_pb2.Case()
    had.CopyFrom(case)
    del had.materials[:]
    had.materials.extend(file for file in case.materials if file.create_time.ToNanoseconds() <= time.ToNanoseconds())
    return had


def _applied(entries: Sequence[listing_pb2.HistoryEntry], before: int) -> Timestamp:
    """When the application that a notice speaks of was handed in."""
    times = [entry.time for entry in entries if entry.action == "submit" and entry.sequence < before]
    return times[-1] if times else entries[0].time
