"""The notices that the law asks for (行政许可法 art. 32, 38, 42, 44, 45), each from the entry of the history it tells of."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.portal.texts import _
from yimen.intake.v1 import intake_pb2
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


@dataclass(frozen=True)
class Notice:
    """A notice: the entry that it tells of, and its number, which follows from case and history and is given once."""

    sequence: int
    action: str
    number: str
    time: Timestamp


def of(case: intake_pb2.Case, entries: Sequence[intake_pb2.HistoryEntry]) -> list[Notice]:
    """The notices of a case, oldest first; those of one kind are numbered from 01."""
    found: list[Notice] = []
    for entry in entries:
        if code := CODES.get(entry.action):
            ordinal = 1 + sum(one.action == entry.action for one in found)
            found.append(Notice(entry.sequence, entry.action, f"{case.number}-{code}{ordinal:02}", entry.time))
    return found


def last(case: intake_pb2.Case, entries: Sequence[intake_pb2.HistoryEntry]) -> Notice | None:
    """The notice that the newest entry led to; None where it led to none."""
    made = of(case, entries)
    return made[-1] if made and entries[-1].sequence == made[-1].sequence else None


def title(notice: Notice, elements: elements_pb2.Elements, outcome: int) -> str:
    """What stands at its head; the law's own names are a licence's."""
    licence = elements.matter_type == elements_pb2.MATTER_TYPE_LICENCE
    granted = outcome == intake_pb2.OUTCOME_GRANTED
    match notice.action:
        case "accept":
            return _("行政许可申请受理通知书") if licence else _("受理通知书")
        case "requestCorrection":
            return _("行政许可申请材料补正告知书") if licence else _("申请材料补正告知书")
        case "refuseAcceptance":
            return _("行政许可申请不予受理通知书") if licence else _("不予受理通知书")
        case "decide" if granted:
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
