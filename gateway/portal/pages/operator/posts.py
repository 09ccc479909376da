"""Who may see the operators' pages."""

from gateway.portal.problems import Refused
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.identity.v1 import people_pb2


def require_operator(visit: Visit) -> None:
    """Refused (403) for who holds no post as an operator, as the token says; identity says whether the sign-in still holds."""
    if not visit.session.operates:
        raise Refused(403, _("只有平台管理员可以打开此页。"), "NO_POST")
    visit.services.identity.GetPerson(people_pb2.GetPersonRequest(name=visit.session.person))
