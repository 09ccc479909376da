"""Whether the services are well, as each says of itself (grpc.health.v1)."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import grpc
from grpc_health.v1 import health_pb2
from starlette.responses import Response

from gateway.portal.pages.operator.posts import require_operator
from gateway.portal.routing import page
from gateway.portal.texts import _
from gateway.portal.visit import Visit

# Seconds that a service may take to answer.
_PATIENCE = 1.5


@dataclass(frozen=True)
class Well:
    """What a service says: well or not, in words, and in how many milliseconds."""

    name: str
    well: bool
    said: str
    milliseconds: float


def show(visit: Visit) -> Response:
    """Every service; the page answers where one does not."""
    require_operator(visit)
    return visit.render("operator/health.html", services=list(_asked(visit)), titles=_titles())


def _asked(visit: Visit) -> Iterator[Well]:
    for name, stub in visit.services.health.items():
        began = time.monotonic()
        try:
            status = stub.Check(health_pb2.HealthCheckRequest(), timeout=_PATIENCE).status  # type: ignore[attr-defined]
            well = status == health_pb2.HealthCheckResponse.SERVING
            said = _("正常") if well else _("正在运行，但数据库没有应答")
        except grpc.RpcError as error:
            code = error.code().name if isinstance(error, grpc.Call) else ""
            well, said = False, _("没有应答（%(code)s）") % {"code": code}
        yield Well(name, well, said, (time.monotonic() - began) * 1000)


def _titles() -> dict[str, str]:
    return {
        "identity": _("身份"),
        "matters": _("事项"),
        "intake": _("办件"),
        "notification": _("通知"),
        "halls": _("大厅"),
    }


PLACES = (page("/operator/health", show, signed_in=True),)
