"""Finding matters."""

import grpc

from services.matters.documents import Listed, Unit
from yimen.matters.v1 import search_pb2


class Searching:
    """Words to matters."""

    def SearchMatters(
        self, request: search_pb2.SearchMattersRequest, _: grpc.ServicerContext
    ) -> search_pb2.SearchMattersResponse:
        found = Listed.fitting(request.query, request.page_size or 10)
        return search_pb2.SearchMattersResponse(results=map(summary, found), total_size=len(found))


def summary(matter: Listed) -> search_pb2.MatterSummary:
    """What a list of matters shows of one."""
    e = matter.elements
    return search_pb2.MatterSummary(
        matter=matter.name,
        display_name=e.display_name,
        unit=e.unit,
        unit_display_name=Unit.load(e.unit).to_proto().display_name,
        matter_type=e.matter_type,
        case_type=e.case_type,
        promised_limit=e.promised_limit,
        online_depth=e.online_depth,
        service_objects=e.service_objects,
        implementation_code=e.implementation_code,
    )
