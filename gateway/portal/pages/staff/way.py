"""The way back to the list that a case was opened from: its part and its page, carried on in the addresses."""

from urllib.parse import urlencode

from gateway.portal.guard import safe_path
from gateway.portal.pages.staff import posts
from gateway.portal.visit import Visit
from yimen.intake.v1 import cases_pb2

_LISTS = ("/work/halls/", "/work/units/")
_LONGEST = 800


def carried(visit: Visit) -> str:
    """The address of the list that the visitor came from; empty where none is carried."""
    asked = safe_path(visit.asked("from", _LONGEST), "")
    return asked if asked.startswith(_LISTS) else ""


def back(visit: Visit, case: cases_pb2.Case) -> str:
    """The address of the list that the visitor came from; else of the one that the case is on."""
    return carried(visit) or posts.desk_of(visit, case).path


def onward(visit: Visit, address: str, **told: str) -> str:
    """The address of one of a case's pages, with the list carried on."""
    return leading(address, carried(visit), **told)


def leading(address: str, list_: str, **told: str) -> str:
    """The same with the list of an address."""
    query = {**told, **({"from": list_} if list_ else {})}
    return f"{address}?{urlencode(query)}" if query else address
