"""Checking an application, signing it with the U-key, handing it in."""

import base64

import grpc
from starlette.responses import JSONResponse, Response

from gateway.portal import cases
from gateway.portal.formats import text
from gateway.portal.pages.resident import own
from gateway.portal.problems import Problem, problem
from gateway.portal.questions import answers, said_wrong
from gateway.portal.routing import form, page
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.intake.v1 import applying_pb2, cases_pb2

_MATERIAL = "case.materials."
_SIGNATURE_LONGEST = 90_000


def check(visit: Visit) -> Response:
    """All that will be handed in, and what is missing; for one that was handed in the case itself."""
    case = own.load(visit)
    if case.state not in cases.EDITABLE:
        return visit.goto(cases.path(case))
    return _show(visit, case)


def _show(visit: Visit, case: cases_pb2.Case, refused: Problem | None = None) -> Response:
    elements = cases.terms(visit, case)
    asked, filled = cases.asked_in(elements), cases.form_of(case)
    met = own.wrong_with(visit, case)
    fields = met.fields if met else {}
    changed = own.outdated(met)
    visit.shown_at = cases.path(case, "check")
    return visit.render(
        "resident/check.html",
        status=refused.status if refused else 200,
        ukey=True,
        agent=visit.house.settings.ukey_agent,
        case=case,
        path=cases.path(case),
        title_of=text(elements.display_name),
        hall=cases.hall_of(visit, case),
        elements=elements,
        answers=list(answers(asked, filled)),
        has_form=bool(elements.form_schema.fields),
        materials=[(one, cases.files_of(case, one.id)) for one in cases.listed(elements)],
        follows=cases.follows,
        wrong_answers=said_wrong(asked, fields, filled),
        missing={path.removeprefix(_MATERIAL): said for path, said in fields.items() if path.startswith(_MATERIAL)},
        ready=met is None,
        changed=changed,
        refused=refused or (met if met and not changed and not fields else None),
    )


def content(visit: Visit) -> Response:
    """What the U-key signs, as JSON: read at the moment of signing, so that the signature is over what is there now."""
    case = own.load(visit)
    try:
        found = visit.services.intake.GetSubmissionContent(applying_pb2.GetSubmissionContentRequest(name=case.name))
    except grpc.RpcError as error:
        met = problem(error)
        if met.status not in (400, 409):
            raise
        return JSONResponse({"reason": met.reason, "message": met.message}, status_code=met.status)
    title = _("申请：%(matter)s") % {"matter": case.matter_display_name}
    return JSONResponse({"content": found.content, "etag": found.etag, "title": title})


def submit(visit: Visit) -> Response:
    """Hands the signed application in; sent twice, it is handed in once."""
    case_name = cases.name(visit)
    try:
        signature = base64.b64decode(visit.typed("signature", _SIGNATURE_LONGEST), validate=True)
    except ValueError:
        signature = b""
    if not signature:
        return _show(visit, own.load(visit), Problem(400, "SIGNATURE_MISSING", _("申请还没有签名，请用U盾签名后提交。")))
    request = applying_pb2.SubmitCaseRequest(
        name=case_name, etag=visit.typed("etag", 64), signature=signature, request_id=visit.request_id
    )
    try:
        case = visit.services.intake.SubmitCase(request)
    except grpc.RpcError as error:
        return _refused(visit, error)
    return visit.goto(cases.path(case, "receipt") + "?new=1")


def _refused(visit: Visit, error: grpc.RpcError) -> Response:
    met = problem(error)
    # A signature that is not the applicant's comes as one of these; a session that ended is the router's to deal with.
    if met.status not in (400, 401, 403, 409) or met.reason in ("NOT_SIGNED_IN", "TOKEN_INVALID"):
        raise error
    case = own.load(visit)
    if case.state not in cases.EDITABLE:
        # Handed in already: from another window, or by the click before.
        return visit.goto(cases.path(case, "receipt"))
    return _show(visit, case, met)


PLACES = (
    page("/cases/{hall}/{case}/check", check, signed_in=True),
    form("/cases/{hall}/{case}/content", content),
    form("/cases/{hall}/{case}/submit", submit),
)
