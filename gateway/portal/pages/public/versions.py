"""The versions of a matter: what was, is and will be in force, and what each changed.

Everybody sees what has been in force; editors and operators also see what is being prepared.
"""

import re
from typing import Any

from starlette.responses import Response

from gateway.portal.names import name_of
from gateway.portal.problems import Refused
from gateway.portal.routing import page
from gateway.portal.visit import Visit
from yimen.matters.v1 import matter_pb2, versions_pb2

_RESOURCE = re.compile(r"\bhalls/\S+")
_State = versions_pb2.VersionState
_TONES = {_State.VERSION_STATE_PUBLISHED: "good", _State.VERSION_STATE_CANCELLED: "bad", _State.VERSION_STATE_IN_REVIEW: "warn"}


def show(visit: Visit) -> Response:
    """All versions, newest first."""
    name, path = _asked(visit)
    asked = versions_pb2.ListVersionsRequest(parent=name, page_token=visit.asked("page", 500))
    found = visit.services.matters.ListVersions(asked)
    matter = visit.services.matters.GetMatter(matter_pb2.GetMatterRequest(name=name))
    return visit.render(
        "public/versions.html",
        matter=matter,
        path=path,
        versions=[
            (one, int(one.name.rpartition("/")[2]), _TONES.get(one.state, "plain"), [_step(entry) for entry in one.entries])
            for one in found.versions
        ],
        next=f"{path}/versions?page={found.next_page_token}" if found.next_page_token else "",
        first=f"{path}/versions" if asked.page_token else "",
    )


def _step(entry: versions_pb2.VersionEntry) -> dict[str, Any]:
    """What was done to a version, as a timeline takes it. A reason that names a resource names it for programs."""
    reason = _RESOURCE.sub("", entry.reason).strip()
    return {"title": name_of(entry.to, "VersionState"), "time": entry.time, "detail": reason, "kind": "done", "notice": ""}


def compare(visit: Visit) -> Response:
    """What one version changed, against the one before it."""
    name, path = _asked(visit)
    number = visit.where["number"]
    if not (number.isascii() and number.isdigit() and 2 <= int(number) < 100_000):
        raise Refused(404)
    base = int(number) - 1
    request = versions_pb2.CompareVersionsRequest(name=f"{name}/versions/{number}", base=base)
    changes = visit.services.matters.CompareVersions(request).changes
    matter = visit.services.matters.GetMatter(matter_pb2.GetMatterRequest(name=name))
    return visit.render(
        "public/comparison.html",
        matter=matter,
        path=path,
        number=int(number),
        base=base,
        changes=changes,
    )


def _asked(visit: Visit) -> tuple[str, str]:
    """The matter's name, and the address of its guide."""
    hall, matter = visit.where["hall"], visit.where["matter"]
    return f"halls/{hall}/matters/{matter}", f"/matters/{hall}/{matter}"


PLACES = (
    page("/matters/{hall}/{matter}/versions", show),
    page("/matters/{hall}/{matter}/versions/{number}", compare),
)
