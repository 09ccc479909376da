"""What the platform has told me."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.portal import cases
from gateway.portal.formats import address, text
from gateway.portal.routing import page
from gateway.portal.visit import Visit
from yimen.intake.v1 import cases_pb2, listing_pb2
from yimen.notification.v1 import notification_pb2

# Cases that are looked through for those that notices speak of: the person's last ones.
_RECENT = 100


@dataclass(frozen=True)
class Message:
    """A notice as its reader sees it, with its case: the address, and matter and number where they are known."""

    notice: notification_pb2.Notice
    path: str
    body: str
    case: str = ""
    matter: str = ""
    number: str = ""


def unread(visit: Visit) -> int:
    """How many of my notices are unread; 100 for that many or more."""
    request = notification_pb2.ListNoticesRequest(parent=visit.session.person, page_size=1)
    return visit.services.notification.ListNotices(request).unread_size


def listed(visit: Visit) -> Response:
    """My notices, newest first."""
    request = notification_pb2.ListNoticesRequest(parent=visit.session.person, page_token=visit.asked("page", 500))
    found = visit.services.notification.ListNotices(request)
    return visit.render(
        "resident/inbox.html",
        messages=_messages(visit, found.notices),
        unread=found.unread_size,
        next=f"/inbox?{urlencode({'page': found.next_page_token})}" if found.next_page_token else "",
        first="/inbox" if request.page_token else "",
    )


def show(visit: Visit) -> Response:
    """One notice; opening it is reading it."""
    name = f"{visit.session.person}/notices/{visit.where['notice']}"
    notice = visit.services.notification.ReadNotice(notification_pb2.ReadNoticeRequest(name=name))
    [message] = _messages(visit, [notice])
    return visit.render("resident/notice.html", notice=notice, message=message)


def _messages(visit: Visit, notices: Iterable[notification_pb2.Notice]) -> list[Message]:
    """The notices with what they speak of: a service knows the matter's name in Chinese, its page both."""
    listed = visit.services.intake.ListCases(listing_pb2.ListCasesRequest(parent=visit.session.person, page_size=_RECENT)).cases
    known = {case.name: case for case in listed}
    spoken_of = {notice.subject for notice in notices}
    titles = cases.titles(visit, (case for name, case in known.items() if name in spoken_of))
    return [_message(notice, known.get(notice.subject), titles) for notice in notices]


def _message(notice: notification_pb2.Notice, case: cases_pb2.Case | None, titles: dict[str, str]) -> Message:
    path, body = f"/inbox/{notice.name.rpartition('/')[2]}", text(notice.body)
    if case is None:
        return Message(notice, path, body, _case_page(notice.subject))
    matter = titles[case.matter]
    return Message(notice, path, body.replace(case.matter_display_name, matter), cases.path(case), matter, case.number)


def _case_page(subject: str) -> str:
    return address(subject) if re.fullmatch("halls/[^/]+/cases/[^/]+", subject) else ""


PLACES = (page("/inbox", listed, signed_in=True), page("/inbox/{notice}", show, signed_in=True))
