"""The files of a case: put to a material one by one, taken off again, read back."""

from collections.abc import Iterator
from typing import Any

import grpc
from google.api import httpbody_pb2
from starlette.datastructures import UploadFile
from starlette.responses import Response

from gateway.portal import cases, files
from gateway.portal.formats import text
from gateway.portal.pages.resident import own
from gateway.portal.problems import Problem, Refused, problem
from gateway.portal.routing import form, page, upload
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.intake.v1 import applying_pb2, cases_pb2
from yimen.matters.v1 import elements_pb2

_LONGEST_NAME = 200


def show(visit: Visit) -> Response:
    """Every material that is asked for, with the files that it has."""
    case = own.load(visit)
    elements = cases.terms(visit, case)
    editable = case.state in cases.EDITABLE
    open_ = {one.id for one in (cases.listed(elements) if editable else cases.awaited(case, elements))}
    if not editable and (not open_ or case.state not in cases.RECEIVED | cases.UNDER_WAY):
        return visit.goto(cases.path(case))
    if not cases.listed(elements):
        return visit.goto(cases.path(case, "check"))
    return _show(visit, case, elements)


def _show(visit: Visit, case: cases_pb2.Case, elements: elements_pb2.Elements, wrong: dict[str, str] | None = None) -> Response:
    visit.shown_at = cases.path(case, "materials")
    return visit.render(
        "resident/materials.html",
        status=400 if wrong else 200,
        path=cases.path(case),
        title_of=text(elements.display_name),
        materials=_offered(case, elements),
        wrong=wrong or {},
        lacking=_lacking(visit, case),
        awaited=cases.awaited(case, elements) if case.state in cases.RECEIVED else [],
        accepted_by=case.notice_due_date,
        **_words(case, elements),
    )


def _lacking(visit: Visit, case: cases_pb2.Case) -> list[int]:
    """The first step, where the form is not finished."""
    met = own.wrong_with(visit, case) if case.state in cases.EDITABLE else None
    return [0] if met and any(field.startswith("case.form") for field in met.fields) else []


def _offered(case: cases_pb2.Case, elements: elements_pb2.Elements) -> list[elements_pb2.Material]:
    """The materials that can take files now: all of a draft, after acceptance those that may follow."""
    if case.state in cases.EDITABLE:
        return cases.listed(elements)
    return [one for one in cases.listed(elements) if cases.follows(one)] if case.state in cases.UNDER_WAY else []


def _words(case: cases_pb2.Case, elements: elements_pb2.Elements) -> dict[str, Any]:
    return {
        "files_of": lambda one: cases.files_of(case, one.id),
        "needed": cases.needed,
        "follows": cases.follows,
        "editable": case.state in cases.EDITABLE,
        "has_form": bool(elements.form_schema.fields),
        "corrections": {item.material: item.reason for item in case.corrections},
    }


def put(visit: Visit) -> Response:
    """Passes a file on to the case. htmx and scripts get the material alone, with what went wrong; else the whole page."""
    case = own.load(visit)
    elements = cases.terms(visit, case)
    one = next((one for one in _offered(case, elements) if one.id == visit.typed("material")), None)
    if one is None:
        raise Refused(409, _("这项材料现在不能上传。请刷新页面后再看。"))
    wrong, status = _put(visit, case, one)
    if wrong and not visit.partial:
        return _show(visit, case, elements, {one.id: wrong})
    if visit.partial:
        case = own.load(visit)
        words = _words(case, elements)
        errors = {one.id: wrong} if wrong else {}
        return visit.render("resident/material.html", status=status, path=cases.path(case), one=one, wrong=errors, **words)
    return visit.goto(f"{cases.path(case, 'materials')}#m-{one.id}")


def _put(visit: Visit, case: cases_pb2.Case, one: elements_pb2.Material) -> tuple[str, int]:
    """What is wrong with the file, in words, and the HTTP status; empty and 200 where the case has it."""
    file = visit.file("file")
    if file is None:
        return _("请先选择文件"), 400
    try:
        visit.services.intake.UploadMaterial(_messages(case.name, one.id, file, visit.request_id), timeout=files.PATIENCE)
    except grpc.RpcError as error:
        met = problem(error)
        if met.status not in (400, 409, 429, 503):
            raise
        return _said(met), met.status
    return "", 200


def _said(met: Problem) -> str:
    if met.status == 503:
        return _("文件没有传上去：服务暂时不可用。请稍后再试，其他内容已保存。")
    return met.message or _("；").join(met.fields.values()) or met.title


def _messages(parent: str, material: str, file: UploadFile, request_id: str) -> Iterator[applying_pb2.UploadMaterialRequest]:
    filename = (file.filename or material).replace("\\", "/").rpartition("/")[2][-_LONGEST_NAME:]
    first = applying_pb2.UploadMaterialRequest(
        parent=parent, material=material, filename=filename, request_id=request_id, size=file.size or 0
    )
    first.content.content_type = file.content_type or ""
    first.content.data = file.file.read(files.PIECE)
    yield first
    while piece := file.file.read(files.PIECE):
        yield applying_pb2.UploadMaterialRequest(content=httpbody_pb2.HttpBody(data=piece))


def take_off(visit: Visit) -> Response:
    """Takes a file off; one that is gone already is gone."""
    case = own.load(visit)
    name, material = f"{case.name}/materials/{visit.typed('file', 64)}", visit.typed("material", 40)
    try:
        visit.services.intake.DeleteMaterial(applying_pb2.DeleteMaterialRequest(name=name))
    except grpc.RpcError as error:
        if problem(error).status != 404:
            raise
    return visit.goto(f"{cases.path(case, 'materials')}#m-{material}")


def fetch(visit: Visit) -> Response:
    """A file of the visitor's own case. It never runs: what a browser does not show by itself is saved."""
    case = own.load(visit)
    return files.sent(visit, cases.file(visit, case))


PLACES = (
    page("/cases/{hall}/{case}/materials", show, signed_in=True),
    upload("/uploads/cases/{hall}/{case}", put),
    form("/cases/{hall}/{case}/materials/remove", take_off),
    page("/downloads/cases/{hall}/{case}/{material}", fetch, signed_in=True),
)
