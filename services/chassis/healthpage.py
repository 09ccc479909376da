"""The health of a worker over HTTP: /livez says that its loop turns, /readyz that it hears the broker."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import eventlet
from eventlet import wsgi


def serve(listen: str, listening: Callable[[], bool]) -> None:
    """Answers on `listen` (host:port) from a greenlet of its own; raises where the address is taken."""
    host, _, port = listen.rpartition(":")
    pages = {"/livez": lambda: True, "/readyz": listening}

    def answer(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        page = pages.get(environ["PATH_INFO"])
        if page is None:
            start_response("404 Not Found", [])
            return []
        well = page()
        status = ("200 OK", "SERVING") if well else ("503 Service Unavailable", "NOT_SERVING")
        start_response(status[0], [("Content-Type", "application/json")])
        return [json.dumps({"status": status[1]}).encode()]

    eventlet.spawn_n(wsgi.server, eventlet.listen((host, int(port))), answer, log_output=False)
