"""What pages load beside themselves: served from here alone, named by content, kept by browsers for a year."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
_A_YEAR = "public, max-age=31536000, immutable"


@cache
def address(name: str) -> str:
    """The address of a file in static/, e.g. "base.css"; it changes with the content. FileNotFoundError where there is none."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


class Assets(StaticFiles):
    """The files of static/."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file; one that is asked for by its content's name never has to be asked for again."""
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            named = scope["query_string"].startswith(b"v=")
            response.headers["cache-control"] = _A_YEAR if named else "public, max-age=60"
        return response
