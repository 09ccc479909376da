"""Signing in with the U-key, and out again."""

import logging
from urllib.parse import quote

import grpc
from google.protobuf import json_format
from starlette.responses import JSONResponse, Response

from gateway.portal.guard import safe_path
from gateway.portal.problems import problem
from gateway.portal.routing import form, page
from gateway.portal.visit import Visit
from yimen.identity.v1 import sessions_pb2

_log = logging.getLogger(__name__)


def ask_to_sign_in(visit: Visit) -> Response:
    """What a visitor sees who has to sign in first; what was typed into a form comes with it and is sent after the sign-in."""
    if visit.request.method == "POST":
        return _show(visit, visit.path, carried=visit.carry(), status=401)
    return visit.goto(f"/sign-in?next={quote(visit.path, safe='/')}")


def show(visit: Visit) -> Response:
    """The page that talks to the U-key agent."""
    return _show(visit, safe_path(visit.asked("next", 2000)), carried={})


def _show(visit: Visit, onward: str, *, carried: dict[str, list[str]], status: int = 200) -> Response:
    return visit.render(
        "resident/sign_in.html", status=status, onward=onward, carried=carried, agent=visit.house.settings.ukey_agent, ukey=True
    )


def challenge(visit: Visit) -> Response:
    """A nonce for the U-key to sign, as JSON."""
    given = visit.services.identity.CreateChallenge(sessions_pb2.CreateChallengeRequest())
    return JSONResponse({"nonce": given.nonce})


def begin(visit: Visit) -> Response:
    """Takes the signed token (JSON in the field `token`); replies with a CSRF token of the new session, or why not.

    Whoever signs in where another had been gets none: a form that waits would go in the wrong name, so it is shown first.
    """
    request = sessions_pb2.SignInRequest(nonce=visit.typed("nonce"))
    try:
        json_format.Parse(visit.typed("token", 40_000), request.token)
        begun = visit.services.identity.SignIn(request)
    except json_format.ParseError:
        return JSONResponse({"reason": "TOKEN_MALFORMED"}, status_code=400)
    except grpc.RpcError as error:
        met = problem(error)
        return JSONResponse({"reason": met.reason, "message": met.message or met.title}, status_code=met.status)
    before = visit.session.left
    visit.sign_in(begun)
    return JSONResponse({"csrf": visit.prove() if before == begun.person.name else ""})


def end(visit: Visit) -> Response:
    """Ends the session everywhere; in this browser also where identity does not know of it any more, or does not answer."""
    if visit.session.signed_in:
        try:
            visit.services.identity.SignOut(sessions_pb2.SignOutRequest())
        except grpc.RpcError as error:
            _log.warning("signed out in the browser alone: %s", error.code().name)
    visit.sign_out()
    return visit.goto("/")


PLACES = (
    page("/sign-in", show),
    form("/sign-in/challenge", challenge, signed_in=False),
    form("/sign-in", begin, signed_in=False),
    form("/sign-out", end, signed_in=False),
)
