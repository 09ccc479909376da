"""How far the list of matters is published: what is in force, by type and unit, and what is being prepared or was taken off."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from google.protobuf.timestamp_pb2 import Timestamp
from starlette.responses import Response

from gateway.portal.formats import address, text
from gateway.portal.names import name_of
from gateway.portal.pages.operator.posts import require_operator
from gateway.portal.routing import page
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.matters.v1 import matter_pb2, publication_pb2, search_pb2, units_pb2

_PATH = "/operator/matters"
_ROWS = 50
_UNITS = 200
_P = publication_pb2.Preparation
# What the list can be narrowed to, by its name in the address: how the service is asked for it.
STAGES: dict[str, dict[str, Any]] = {
    "draft": {"preparation": _P.PREPARATION_DRAFT},
    "review": {"preparation": _P.PREPARATION_IN_REVIEW},
    "scheduled": {"preparation": _P.PREPARATION_SCHEDULED},
    "ending": {"preparation": _P.PREPARATION_ENDING},
    "cancelled": {"state": matter_pb2.MATTER_STATE_CANCELLED},
}


@dataclass(frozen=True)
class Row:
    """A matter that is being prepared or was taken off. `version`: the one that this is about; `time`: the stage's own."""

    matter: matter_pb2.Matter
    path: str
    unit: str
    version: int
    time: Timestamp


def show(visit: Visit) -> Response:
    """Where the matters of the list stand."""
    require_operator(visit)
    district = visit.halls.district.name
    publication = visit.services.matters.GetPublication(publication_pb2.GetPublicationRequest(name=f"{district}/publication"))
    counts = {one.preparation: one.count for one in publication.preparations}
    totals = {name: counts.get(asked.get("preparation", 0), 0) for name, asked in STAGES.items()}
    totals["cancelled"] = publication.cancelled_count
    stage = visit.asked("stage", 20)
    shown = _stage(visit, district, stage) if stage in STAGES else _in_force(visit, district)
    return visit.render(
        "operator/matters.html",
        stage=stage if stage in STAGES else "",
        stages={"": (_("现行有效"), publication.published_count), **{name: (_titles()[name], totals[name]) for name in STAGES}},
        **shown,
    )


def _in_force(visit: Visit, district: str) -> dict[str, Any]:
    found = visit.services.matters.SearchMatters(search_pb2.SearchMattersRequest(parent=district, page_size=1))
    counted = {facet.field: facet.values for facet in found.facets}
    return {
        "types": [(name_of(one.value, "MatterType"), one.value, one.count) for one in counted.get("matter_type", ())],
        "units": [(text(one.label) or one.value, one.value, one.count) for one in counted.get("unit", ())],
    }


def _stage(visit: Visit, district: str, stage: str) -> dict[str, Any]:
    asked = matter_pb2.ListMattersRequest(
        parent=district, page_size=_ROWS, page_token=visit.asked("page", 500), **STAGES[stage]
    )
    found = visit.services.matters.ListMatters(asked)
    listed = visit.services.matters.ListUnits(units_pb2.ListUnitsRequest(parent=district, page_size=_UNITS)).units
    units = {unit.name: unit.display_name for unit in listed}
    return {
        "rows": [_row(matter, units, stage) for matter in found.matters],
        "next": f"{_PATH}?{urlencode({'stage': stage, 'page': found.next_page_token})}" if found.next_page_token else "",
        "first": f"{_PATH}?stage={stage}" if asked.page_token else "",
        "time_title": _time_titles()[stage],
    }


def _row(matter: matter_pb2.Matter, units: dict[str, str], stage: str) -> Row:
    time = {"scheduled": matter.next_time, "ending": matter.next_time, "cancelled": matter.cancel_time}
    return Row(
        matter,
        f"{address(matter.name)}/versions",
        units.get(matter.elements.unit, matter.elements.unit),
        matter.matter_version if stage in ("ending", "cancelled") else matter.next_version,
        time.get(stage, matter.update_time),
    )


def _titles() -> dict[str, str]:
    return {
        "draft": _("起草中"),
        "review": _("审核中"),
        "scheduled": _("待生效"),
        "ending": _("待取消"),
        "cancelled": _("已取消"),
    }


def _time_titles() -> dict[str, str]:
    return {
        "draft": _("最近修改"),
        "review": _("最近修改"),
        "scheduled": _("生效时间"),
        "ending": _("取消时间"),
        "cancelled": _("取消时间"),
    }


PLACES = (page(_PATH, show, signed_in=True),)
