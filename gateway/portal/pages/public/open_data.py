"""The list as open data."""

from starlette.responses import Response

from gateway.portal.names import name_of
from gateway.portal.pages.public.lists import Asked, count
from gateway.portal.routing import page
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.matters.v1 import exchange_pb2


def show(visit: Visit) -> Response:
    """Every format of the list, with what it is good for, and how many matters it holds."""
    district = visit.halls.district
    listed = count(visit, Asked(parent=district.name, whole=True))
    types = next((facet.values for facet in listed.facets if facet.field == "matter_type"), ())
    formats = [
        (exchange_pb2.LIST_FORMAT_CSV, "CSV", "csv", _("任何表格软件都能打开，一行一项")),
        (exchange_pb2.LIST_FORMAT_XLSX, "Excel", "xlsx", _("直接在电子表格中查看和筛选")),
        (exchange_pb2.LIST_FORMAT_JSON_LINES, "JSON Lines", "jsonl", _("供程序使用，一行一项，全部要素")),
        (exchange_pb2.LIST_FORMAT_JSON_LD, "JSON-LD", "jsonld", _("关联数据，按欧盟公共服务词表 CPSV-AP 3.2 描述")),
    ]
    address = f"/v1/{district.name}/matters:export"
    return visit.render(
        "public/open_data.html",
        district=district,
        total=listed.total_size,
        types=[(name_of(one.value, "MatterType"), one.value, one.count) for one in types],
        formats=[
            (
                label,
                said,
                f"{address}?format={exchange_pb2.ListFormat.Name(value)}",
                f"matters.{ending}",
            )
            for value, label, ending, said in formats
        ],
    )


PLACES = (page("/open-data", show),)
