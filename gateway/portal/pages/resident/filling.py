"""Filling in the application form: kept at each step and while typing, never over what another window has written meanwhile."""

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import grpc
import rfc8785
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, Response

from gateway.portal import cases, formats
from gateway.portal.formats import text
from gateway.portal.pages.resident import own
from gateway.portal.problems import Problem, problem
from gateway.portal.questions import Question, answers, read, rows, said_wrong, typed
from gateway.portal.routing import form, page
from gateway.portal.visit import Visit
from yimen.intake.v1 import applying_pb2, cases_pb2
from yimen.matters.v1 import elements_pb2

# Saves of one window that may be on their way at once.
_UNANSWERED = 3


@dataclass(frozen=True)
class Conflict:
    """What the form says in another window, where it differs from what was typed here: question, there, here."""

    differing: list[tuple[Question, str, str]]


def show(visit: Visit) -> Response:
    """The form as it is kept; a case that is handed in has none."""
    case = own.load(visit)
    if case.state not in cases.EDITABLE:
        return visit.goto(cases.path(case))
    elements = cases.terms(visit, case)
    if not elements.form_schema.fields:
        return visit.goto(cases.path(case, "materials"))
    return _show(visit, case, elements, cases.form_of(case))


def save(visit: Visit) -> Response:
    """Keeps what was typed; then on, or back to what the service finds wrong."""
    case = own.load(visit)
    if case.state not in cases.EDITABLE:
        return visit.goto(cases.path(case))
    elements = cases.terms(visit, case)
    asked = cases.asked_in(elements)
    values, where = read(asked, visit.form), visit.typed("go")
    kept = _keep(visit, case, asked, values)
    if isinstance(kept, Problem) and kept.reason == "STALE_ETAG":
        # Two saves at the same moment, e.g. the last one of a page that is being left: each is judged by what is there now.
        case = own.load(visit)
        kept = _keep(visit, case, asked, values)
    if where == "auto":
        return _kept_in_the_background(kept)
    if isinstance(kept, Problem):
        return _show(visit, case, elements, values, refused=kept)
    if kept is None:
        return _show(visit, case, elements, values, conflict=_conflict(asked, cases.form_of(case), values))
    if where == "later":
        return visit.goto(cases.path(kept) + "?kept=1")
    if where.startswith("more:"):
        return _show(visit, kept, elements, values)
    wrong = own.wrong_with(visit, kept)
    errors = said_wrong(asked, wrong.fields, values) if wrong else {}
    if errors or own.outdated(wrong):
        return _form(visit, kept, elements, values, errors=errors, changed=own.outdated(wrong))
    return visit.goto(cases.path(kept, visit.typed("next") if visit.typed("next") == "check" else "materials"))


def _show(
    visit: Visit,
    case: cases_pb2.Case,
    elements: elements_pb2.Elements,
    values: dict[str, Any],
    *,
    refused: Problem | None = None,
    conflict: Conflict | None = None,
) -> Response:
    """The form, with why the draft cannot be handed in any more, where its matter has changed since it was begun."""
    changed = own.outdated(refused or own.wrong_with(visit, case))
    return _form(visit, case, elements, values, refused=refused, changed=changed, conflict=conflict)


def _form(
    visit: Visit,
    case: cases_pb2.Case,
    elements: elements_pb2.Elements,
    values: dict[str, Any],
    *,
    errors: dict[str, str] | None = None,
    refused: Problem | None = None,
    changed: Problem | None = None,
    conflict: Conflict | None = None,
) -> Response:
    wrong = bool(errors) or (bool(refused or changed) and visit.request.method == "POST")
    return visit.render(
        "resident/form.html",
        status=409 if conflict else 400 if wrong else 200,
        case=case,
        path=cases.path(case),
        title_of=text(elements.display_name),
        asked=cases.asked_in(elements),
        values=values,
        typed=typed,
        rows_of=lambda question, value: rows(question, value, visit.form),
        base=digest(cases.form_of(case)),
        errors=errors or {},
        refused=refused,
        changed=changed,
        conflict=conflict,
        next=visit.asked("next") or visit.typed("next"),
    )


def _keep(
    visit: Visit, case: cases_pb2.Case, asked: tuple[Question, ...], values: dict[str, Any]
) -> cases_pb2.Case | Problem | None:
    """The case with the form; None where another window has written another form since this one was shown."""
    here, there = digest(values), digest(cases.form_of(case))
    if here == there:
        return case
    if visit.typed("etag") != case.etag and there not in _known_here(visit, asked):
        return None
    filled = Struct()
    json_format.ParseDict(values, filled)
    changed = cases_pb2.Case(name=case.name, form=filled, etag=case.etag)
    try:
        return visit.services.intake.UpdateCase(applying_pb2.UpdateCaseRequest(case=changed))
    except grpc.RpcError as error:
        met = problem(error)
        if met.status not in (400, 409):
            raise
        return met


def _known_here(visit: Visit, asked: tuple[Question, ...]) -> set[str]:
    """The forms that this window knows of: the one that it was made from, and those that it sent and had no answer to."""
    sent = [one for one in visit.form.getlist("unanswered")[:_UNANSWERED] if isinstance(one, str)]
    return {visit.typed("base"), *(digest(read(asked, FormData([*parse_qsl(one, keep_blank_values=True)]))) for one in sent)}


def _kept_in_the_background(kept: cases_pb2.Case | Problem | None) -> Response:
    if not isinstance(kept, cases_pb2.Case):
        return JSONResponse({}, status_code=409 if kept is None else kept.status)
    time = formats.moment(kept.update_time)
    return JSONResponse({"etag": kept.etag, "base": digest(cases.form_of(kept)), "time": time})


def _conflict(asked: tuple[Question, ...], there: dict[str, Any], here: dict[str, Any]) -> Conflict:
    theirs = {question.name: said for question, said in answers(asked, there)}
    ours = {question.name: (question, said) for question, said in answers(asked, here)}
    return Conflict([(q, theirs.get(name, ""), said) for name, (q, said) in ours.items() if theirs.get(name, "") != said])


def digest(values: dict[str, Any]) -> str:
    """Tells one form from another."""
    return hashlib.sha256(rfc8785.dumps(json_format.MessageToDict(json_format.ParseDict(values, Struct())))).hexdigest()[:32]


PLACES = (
    page("/cases/{hall}/{case}/form", show, signed_in=True),
    form("/cases/{hall}/{case}/form", save),
)
