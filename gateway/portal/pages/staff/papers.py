"""A notice on A4, to be printed, sealed and handed over: issued in Chinese, with an English translation beside it."""

from collections.abc import Sequence

from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp
from markupsafe import Markup
from starlette.responses import Response

from gateway.portal import cases
from gateway.portal.pages.staff import notices
from gateway.portal.pages.staff.case import history, load
from gateway.portal.pages.staff.work import address
from gateway.portal.problems import Refused
from gateway.portal.routing import page
from gateway.portal.texts import language, speaking
from gateway.portal.visit import Visit
from yimen.intake.v1 import intake_pb2
from yimen.matters.v1 import elements_pb2


def show(visit: Visit) -> Response:
    """One notice; Refused (404) where the entry led to none."""
    case = load(visit)
    entries = history(visit, case)
    asked = visit.where["sequence"]
    notice = next((one for one in notices.of(case, entries) if str(one.sequence) == asked), None)
    if notice is None:
        raise Refused(404)
    entry = next(entry for entry in entries if entry.sequence == notice.sequence)
    translated = language() == "en" and bool(visit.asked("translation", 1))
    elements = cases.terms(visit, case)
    known = {
        "case": case,
        "notice": notice,
        "details": json_format.MessageToDict(entry.details),
        "elements": elements,
        "licence": elements.matter_type == elements_pb2.MATTER_TYPE_LICENCE,
        "hall": cases.hall_of(visit, case),
        "unit": cases.unit_name(visit, case),
        "applied": _applied(entries, notice.sequence),
        "files_of": lambda one: cases.files_of(case, one.id),
        "material": {one.id: one for one in elements.materials},
        "awaited": cases.awaited(case, elements),
    }
    with speaking("en" if translated else "zh"):
        title = notices.title(notice, elements, case.outcome)
        template = visit.house.templates.get_template("staff/notice_body.html")
        # Escaped by the template that made it.
        body = Markup(template.render({**known, "title": title, "language_of": "en" if translated else "zh-CN"}))  # noqa: S704
    return visit.render(
        "staff/notice.html",
        title=title,
        notice=notice,
        body=body,
        path=address(case),
        here=address(case, f"notices/{notice.sequence}"),
        translated=translated,
    )


def _applied(entries: Sequence[intake_pb2.HistoryEntry], before: int) -> Timestamp:
    """When the application that a notice speaks of was handed in."""
    times = [entry.time for entry in entries if entry.action == "submit" and entry.sequence < before]
    return times[-1] if times else entries[0].time


PLACES = (page("/work/cases/{hall}/{case}/notices/{sequence}", show, signed_in=True),)
