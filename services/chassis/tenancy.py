"""The halls that this process serves, reread when their data changes."""

import logging
import threading
import time
from pathlib import Path

import tenants
from services.chassis.errors import HallUnknown

log = logging.getLogger(__name__)
_LOOK_EVERY_SECONDS = 1.0

_lock = threading.Lock()
_folder: Path | None = None
_halls: tenants.Halls | None = None
_fingerprint: str = ""
_looked_at = float("-inf")


def use(folder: Path) -> None:
    """Reads the halls of a folder; a departure from the standard ends the process with its file, line and rule."""
    global _folder, _halls, _fingerprint
    with _lock:
        _folder = folder
        _fingerprint = tenants.fingerprint(folder)
        _halls = tenants.load(folder)


def halls() -> tenants.Halls:
    """The halls as they are configured now, at most a second late. While new data breaks a rule the last good halls stay."""
    global _looked_at
    if _halls is None or _folder is None:
        raise RuntimeError("tenancy.use(folder) comes first")
    if time.monotonic() - _looked_at > _LOOK_EVERY_SECONDS:
        _looked_at = time.monotonic()
        _reread(_folder)
    return _halls


def hall(code: str) -> tenants.Hall:
    """The hall of a code; HallUnknown where there is none."""
    try:
        return halls().get(code)
    except tenants.HallUnknown:
        raise HallUnknown(hall=code) from None


def hall_exists(code: str) -> bool:
    """Whether a hall has this code."""
    return code in halls()


def _reread(folder: Path) -> None:
    global _halls, _fingerprint
    with _lock:
        found = tenants.fingerprint(folder)
        if found == _fingerprint:
            return
        _fingerprint = found
        try:
            _halls = tenants.load(folder)
            log.info("halls reread", extra={"halls": len(_halls)})
        except tenants.TenantsInvalid as departures:
            log.error("the halls' data breaks a rule, the last good halls stay: %s", departures)
