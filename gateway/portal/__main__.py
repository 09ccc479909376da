"""Wiring of the portal: `python -m gateway.portal` serves the pages, `python -m gateway.portal texts` renews the catalogue."""

import sys

import uvicorn

from gateway.clusters import PAGES_IDLE_SECONDS
from gateway.portal import texts
from gateway.portal.app import application
from services.chassis import clock, telemetry
from services.chassis.clients import Clients
from services.chassis.settings import Settings


def serve() -> None:
    """Serves the pages until told to end."""
    told = Settings()
    clock.shift(told.clock_shift)
    telemetry.start("portal", told)
    host, _, port = told.listen.rpartition(":")
    uvicorn.run(
        application(Clients(told), told),
        host=host,
        port=int(port),
        log_level="warning",
        server_header=False,
        timeout_keep_alive=6 * PAGES_IDLE_SECONDS,
    )


def renew_texts() -> None:
    """Renews locale/en and names every text that has no English yet; the exit status says whether there are any."""
    texts.renew()
    lacking = texts.missing()
    for subject, sentences in lacking.items():
        for sentence in sentences:
            print(f"{subject}: {sentence}")
    sys.exit(1 if lacking else 0)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            serve()
        case ["texts"]:
            renew_texts()
        case _:
            sys.exit("usage: python -m gateway.portal [texts]")
