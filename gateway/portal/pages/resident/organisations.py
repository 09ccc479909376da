"""The organisations that a person represents."""

from collections.abc import Callable

import grpc

from gateway.portal.problems import problem
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.identity.v1 import identity_pb2


def of(visit: Visit) -> list[identity_pb2.Organisation]:
    """Those that the visitor represents, by name."""
    request = identity_pb2.ListOrganisationsRequest(parent=visit.session.person, page_size=100)
    found = visit.services.identity.ListOrganisations(request).organisations
    return list(found)


def register(visit: Visit, display_name: str, code: str, wrong: Callable[[str], Exception]) -> str:
    """organisations/… of a new one, whose representative the visitor becomes; `wrong` makes what a refusal is raised as."""
    if known := next((one for one in of(visit) if one.code == code.replace("-", "")), None):
        return str(known.name)
    organisation = identity_pb2.Organisation(display_name=display_name, code=code)
    # A name of its own for this act: the form's request_id belongs to what follows.
    request = identity_pb2.CreateOrganisationRequest(
        organisation=organisation, request_id=f"o-{visit.request_id}"[:64] if visit.request_id else ""
    )
    try:
        return str(visit.services.identity.CreateOrganisation(request).name)
    except grpc.RpcError as error:
        met = problem(error)
        if met.status not in (400, 409):
            raise
        said = _("该单位已由其他人登记。如您是其代表，请到窗口办理授权。") if met.status == 409 else met.message
        raise wrong(said or _("统一社会信用代码有误，请核对后再填")) from error
