"""The organisations that a person represents."""

import grpc

from gateway.portal.problems import problem
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.identity.v1 import people_pb2


def of(visit: Visit) -> list[people_pb2.Organisation]:
    """Those that the visitor represents, by name."""
    request = people_pb2.ListOrganisationsRequest(parent=visit.session.person, page_size=100)
    found = visit.services.identity.ListOrganisations(request).organisations
    return list(found)


class Wrong(Exception):
    """What was typed does not name an organisation that the visitor can represent: what is wrong, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__()
        self.errors = errors


def register(visit: Visit) -> str:
    """organisations/… of the one that was typed in, whose representative the visitor becomes; Wrong where it cannot be."""
    display_name, code = visit.typed("organisation_name", 200), visit.typed("organisation_code", 30).upper()
    asked = (("organisation_name", display_name, _("请填写单位名称")), ("organisation_code", code, _("请填写统一社会信用代码")))
    if errors := {field: said for field, value, said in asked if not value}:
        raise Wrong(errors)
    if known := next((one for one in of(visit) if one.code == code.replace("-", "")), None):
        return str(known.name)
    organisation = people_pb2.Organisation(display_name=display_name, code=code)
    # A name of its own for this act: the form's request_id belongs to what follows.
    request = people_pb2.CreateOrganisationRequest(
        organisation=organisation, request_id=f"o-{visit.request_id}"[:64] if visit.request_id else ""
    )
    try:
        return str(visit.services.identity.CreateOrganisation(request).name)
    except grpc.RpcError as error:
        met = problem(error)
        if met.status not in (400, 409):
            raise
        said = _("该单位已由其他人登记。如您是其代表，请到窗口办理授权。") if met.status == 409 else met.message
        raise Wrong({"organisation_code": said or _("统一社会信用代码有误，请核对后再填")}) from error
