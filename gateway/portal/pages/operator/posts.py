"""Who may see the operators' pages."""

from gateway.portal.problems import Refused
from gateway.portal.texts import _
from gateway.portal.visit import Visit


def require_operator(visit: Visit) -> None:
    """Refused (403) for who holds no post as an operator, as the token of their sign-in says."""
    if not any(post.role == "OPERATOR" for post in visit.session.posts):
        raise Refused(403, _("只有平台管理员可以打开此页。"), "NO_POST")
