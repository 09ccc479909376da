"""What the replicas of a worker agree on through the store: which events are handled, and whose turn a timer is."""

import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import mongoengine
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from services.chassis.clock import real_now

# Longer than any retry or replay; then the store forgets by itself.
_REMEMBERED = timedelta(days=30)
_LEASE_SECONDS = 30.0
# A little less than the interval, so that the holder's own next turn is not lost to a late tick of its timer.
_TURN = 0.9

_me = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def ensure_indexes(service: str) -> None:
    """Has the store forget marks after thirty days."""
    _handled(service).create_index("at", expireAfterSeconds=int(_REMEMBERED.total_seconds()))


def is_handled(service: str, handler: str, event: str) -> bool:
    """Whether this handler has succeeded with this event."""
    return _handled(service).find_one({"_id": f"{handler} {event}"}) is not None


def handled(service: str, handler: str, event: str) -> None:
    """Marks that this handler has succeeded with this event."""
    key = {"_id": f"{handler} {event}"}
    _handled(service).update_one(key, {"$setOnInsert": {"at": real_now()}}, upsert=True)


@contextmanager
def leased(service: str, name: str, seconds: float) -> Iterator[bool]:
    """Whether it is this process's turn: once per so many seconds over all replicas, and never in two at once.

    The lease is renewed while the block runs; of a process that died it ends after half a minute.
    """
    leases = mongoengine.get_db(service)["leases"]
    began = real_now()
    if not _take(leases, name):
        yield False
        return
    ended = threading.Event()
    renewing = threading.Thread(target=_renew, args=(leases, name, ended), name=f"lease of {name}", daemon=True)
    renewing.start()
    try:
        yield True
    finally:
        ended.set()
        renewing.join()
        _hold(leases, name, (began - real_now()).total_seconds() + seconds * _TURN)


def _take(leases: "Collection[dict[str, Any]]", name: str) -> bool:
    now = real_now()
    until = now + timedelta(seconds=_LEASE_SECONDS)
    try:
        # An upsert beside a lease that still runs meets its _id: somebody else has it.
        leases.update_one({"_id": name, "until": {"$lte": now}}, {"$set": {"until": until, "holder": _me}}, upsert=True)
    except DuplicateKeyError:
        return False
    return True


def _renew(leases: "Collection[dict[str, Any]]", name: str, ended: threading.Event) -> None:
    while not ended.wait(_LEASE_SECONDS / 3):
        _hold(leases, name, _LEASE_SECONDS)


def _hold(leases: "Collection[dict[str, Any]]", name: str, seconds: float) -> None:
    until = real_now() + timedelta(seconds=seconds)
    leases.update_one({"_id": name, "holder": _me}, {"$set": {"until": until}})


def _handled(service: str) -> "Collection[dict[str, Any]]":
    marks: Collection[dict[str, Any]] = mongoengine.get_db(service)["handled"]
    return marks
