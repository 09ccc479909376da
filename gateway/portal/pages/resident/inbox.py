"""What the platform has told me."""

import re
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.portal.formats import address
from gateway.portal.routing import page
from gateway.portal.visit import Visit
from yimen.notification.v1 import notification_pb2


def listed(visit: Visit) -> Response:
    """My notices, newest first."""
    request = notification_pb2.ListNoticesRequest(parent=visit.session.person, page_token=visit.asked("page", 500))
    found = visit.services.notification.ListNotices(request)
    return visit.render(
        "resident/inbox.html",
        notices=[(notice, f"/inbox/{notice.name.rpartition('/')[2]}") for notice in found.notices],
        next=f"/inbox?{urlencode({'page': found.next_page_token})}" if found.next_page_token else "",
        first="/inbox" if request.page_token else "",
    )


def show(visit: Visit) -> Response:
    """One notice; opening it is reading it."""
    name = f"{visit.session.person}/notices/{visit.where['notice']}"
    notice = visit.services.notification.ReadNotice(notification_pb2.ReadNoticeRequest(name=name))
    return visit.render("resident/notice.html", notice=notice, case=_case_page(notice.subject))


def _case_page(subject: str) -> str:
    return address(subject) if re.fullmatch("halls/[^/]+/cases/[^/]+", subject) else ""


PLACES = (page("/inbox", listed, signed_in=True), page("/inbox/{notice}", show, signed_in=True))
