"""What the services' workers could not handle, and the button that gives it to them again."""

import grpc
from starlette.responses import Response

from gateway.portal.pages.operator.posts import require_operator
from gateway.portal.problems import problem
from gateway.portal.routing import form, page
from gateway.portal.visit import Visit
from yimen.notification.v1 import notification_pb2

_PATH = "/operator/dead-letters"
# What became of the letter that was sent on, as the next page says it.
_REPLAYED, _GONE = "replayed", "gone"


def show(visit: Visit) -> Response:
    """The dead letters of every hall, the oldest first."""
    require_operator(visit)
    request = notification_pb2.ListDeadLettersRequest(parent=visit.halls.district.name, page_token=visit.asked("page", 500))
    found = visit.services.notification.ListDeadLetters(request)
    return visit.render(
        "operator/dead_letters.html",
        letters=found.dead_letters,
        next=f"{_PATH}?page={found.next_page_token}" if found.next_page_token else "",
        first=_PATH if request.page_token else "",
        became=visit.asked("became"),
    )


def replay(visit: Visit) -> Response:
    """Gives one to its handler again. Who comes second, or clicks twice, is told that it is not there any more."""
    require_operator(visit)
    request = notification_pb2.ReplayDeadLetterRequest(name=visit.typed("name", 200))
    try:
        visit.services.notification.ReplayDeadLetter(request)
    except grpc.RpcError as error:
        if problem(error).status != 404:
            raise
        return visit.goto(f"{_PATH}?became={_GONE}")
    return visit.goto(f"{_PATH}?became={_REPLAYED}")


PLACES = (page(_PATH, show, signed_in=True), form(_PATH, replay))
