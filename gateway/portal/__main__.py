"""`python -m gateway.portal`: the district's home page with its halls, and /healthz."""

import grpc
import uvicorn
from markupsafe import escape
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from services.chassis.settings import Settings
from yimen.halls.v1 import halls_pb2, halls_pb2_grpc


def application(settings: Settings) -> Starlette:
    """The pages over the halls service."""
    halls = halls_pb2_grpc.HallsServiceStub(grpc.insecure_channel(settings.addresses["halls"]))

    def home(_: Request) -> Response:
        found = halls.ListHalls(halls_pb2.ListHallsRequest(page_size=200), timeout=5).halls
        items = "".join(f"<li>{escape(hall.display_name.zh)}</li>" for hall in found)
        page = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>一门</title><h1>政务服务大厅</h1><ul>{items}</ul></html>'
        return HTMLResponse(page, headers={"content-security-policy": "default-src 'none'"})

    return Starlette(routes=[Route("/", home), Route("/healthz", lambda _: PlainTextResponse("ok"))])


if __name__ == "__main__":
    told = Settings()
    host, _, port = told.listen.rpartition(":")
    uvicorn.run(application(told), host=host, port=int(port), log_level="warning")
