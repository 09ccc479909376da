"""Wiring of the portal: `python -m gateway.portal` serves the pages."""

import uvicorn

from gateway.portal.pages import application
from services.chassis.clients import Clients
from services.chassis.settings import Settings

if __name__ == "__main__":
    told = Settings()
    host, _, port = told.listen.rpartition(":")
    uvicorn.run(application(Clients(told)), host=host, port=int(port), log_level="warning", server_header=False)
