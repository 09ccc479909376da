"""The tree of halls with the check of the five unifications (五个统一) of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.responses import Response

import tenants
from gateway.portal.pages.operator.posts import require_operator
from gateway.portal.routing import page
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from tenants.halls import source
from yimen.halls.v1 import halls_pb2

UNIFICATIONS = ("places", "functions", "institution", "management", "sign")
# What a hall states beyond the five, e.g. hours that do not parse.
OTHER = "other"


@dataclass(frozen=True)
class Checked:
    """A hall, and what it breaks: by unification, or `other`, each with file and line."""

    hall: halls_pb2.Hall
    code: str
    broken: Mapping[str, list[str]]


def home(visit: Visit) -> Response:
    """The first of the operators' pages."""
    return visit.goto("/operator/halls")


def show(visit: Visit) -> Response:
    """Every hall. What the files say now is checked: a file that breaks a rule is not in force, the last good one is."""
    require_operator(visit)
    folder = visit.house.settings.tenants
    broken, stray = _check(folder, tenants.fingerprint(folder))
    codes = {hall.name: hall.name.removeprefix("halls/") for hall in visit.halls.halls}
    checked = [Checked(hall, codes[hall.name], broken.get(codes[hall.name], {})) for hall in visit.halls.halls]
    streets = visit.halls.under(visit.halls.district.name)
    return visit.render(
        "operator/halls.html",
        halls=checked,
        streets=[(street, [one for one in checked if street.name in (one.hall.name, one.hall.parent)]) for street in streets],
        stray=stray,
        wrong=sum(bool(one.broken) for one in checked),
        titles=titles(),
    )


def titles() -> dict[str, str]:
    """What each of the five unifications is called."""
    return {
        "places": _("统一场所"),
        "functions": _("统一功能定位"),
        "institution": _("统一机构设置"),
        "management": _("统一管理机制"),
        "sign": _("统一名称标识"),
    }


@lru_cache(maxsize=2)
def _check(folder: Path, _fingerprint: str) -> tuple[dict[str, dict[str, list[str]]], list[str]]:
    """What each hall breaks, by code and unification; and what belongs to no hall. Once for each state of the files."""
    try:
        read = source(folder)
    except tenants.TenantsInvalid as unreadable:
        return {}, [str(one) for one in unreadable.departures]
    broken: dict[str, dict[str, list[str]]] = {}
    for code in read.stated:
        try:
            read.hall(code)
        except tenants.TenantsInvalid as invalid:
            for one in invalid.departures:
                first = one.message.partition(" ")[0].partition(".")[0].rstrip(":")
                kind = first if first in UNIFICATIONS else OTHER
                broken.setdefault(code, {}).setdefault(kind, []).append(str(one))
    return broken, [str(one) for one in read.departures]


PLACES = (
    page("/operator", home, signed_in=True),
    page("/operator/halls", show, signed_in=True),
)
