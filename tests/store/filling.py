"""Raw documents of every collection, and plain Python's view of them."""

import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from bson import ObjectId

from services.chassis import audit, clock
from services.chassis.documents import Resource
from services.identity.documents import Organisation, Person, Post, Session
from services.intake.documents import Case, Incoming
from services.intake.shelves import of_case, own
from services.matters.documents import Listed, Unit, shelf_of
from services.matters.exchange.documents import Import, Rejection
from services.matters.offers import Offer
from services.notification.documents import Notice

HALLS = ["440307", "440307003", "440307003001", "440307003002", "440307012", "440307012001"]
UNITS = ["units/440307-civil-affairs", "units/440307-market-supervision"]
PEOPLE = [f"people/p{n}" for n in range(6)]
NOW = clock.now()

_chance = random.Random(20141201)
_kept: dict[str, list[dict[str, Any]]] = {}


def kept(document: Any) -> list[dict[str, Any]]:
    """What plain Python knows of a collection."""
    return _kept[document._get_collection_name()]


def fill() -> None:
    """Fills every collection."""
    _put(Person, [{"resident_index": f"r{n}", "display_name": "居民"} for n in range(120)], [f"p{n}" for n in range(120)])
    _put(Organisation, [{"code": f"c{n}", "representatives": _some(PEOPLE)} for n in range(120)])
    _put(Post, [_a_post() for _ in range(240)])
    _put(Session, [_a_session() for _ in range(240)])
    _put(Unit, [_a_unit(n) for n in range(120)])
    _put(Listed, [_a_matter(n) for n in range(240)], [f"440307-m{n}" for n in range(240)])
    _put(Offer, [_an_offer(n) for n in range(240)])
    _put(Import, [{"hall": _one(HALLS), "format": 1, "mode": 1, "state": _one([0, 1, 2, 3, 4])} for _ in range(120)])
    _put(Rejection, [{"paper": _one(["p1", "p2", "p3"]), "place": n, "row": n, "rule": "X"} for n in range(240)])
    _put(Case, [_a_case(n) for n in range(400)])
    _put(Incoming, [{"case": "c", "since": _ago(n)} for n in range(120)])
    _put(Notice, [_a_notice(n) for n in range(300)])
    _put(audit.records_of("intake"), [{"hall": _one(HALLS), "reader": _one(PEOPLE), "time": _ago(n)} for n in range(240)])


def _put(document: Any, fields: list[dict[str, Any]], ids: list[str] | None = None) -> None:
    documents = []
    for n, these in enumerate(fields):
        since = [{"id": f"e{n}-{k}", "type": "x", "since": _ago(_chance.randrange(60)), "body": "{}"} for k in range(2)]
        documents.append(
            {
                "_id": ids[n] if ids else f"d{n}",
                "version": 1,
                "create_time": _ago(n * 7),
                "update_time": NOW,
                "outbox": since[: _chance.choice((0, 0, 0, 1, 2))],
                **{name: value for name, value in these.items() if value is not None},
            }
        )
    if not issubclass(document, Resource):
        documents = [{"_id": ObjectId() if document is Incoming else f"d{n}", **these} for n, these in enumerate(fields)]
    _chance.shuffle(documents)
    _kept[document._get_collection_name()] = documents
    # `kind` is plain Python's alone: the documents keep it on their shelves.
    document._get_collection().insert_many([{k: v for k, v in one.items() if k != "kind"} for one in documents])


def _a_post() -> dict[str, Any]:
    return {
        "hall": _one(HALLS),
        "person": _one(PEOPLE),
        "role": "CLERK",
        "unit": "",
        "covers_subtree": False,
        "end_time": _one([None, NOW]),
    }


def _a_session() -> dict[str, Any]:
    ended = _one([None, _ago(_chance.randrange(100))])
    return {"person": _one(PEOPLE), "refresh_hash": "h", "refresh_expire_time": NOW + timedelta(days=1), "end_time": ended}


def _a_unit(n: int) -> dict[str, Any]:
    division = _one(HALLS)
    shelves = [division[:digits] for digits in (6, 9, 12) if digits <= len(division)]
    return {"division": division, "shelves": shelves, "credit_code": f"{n:018}", "content": b""}


def _a_matter(n: int) -> dict[str, Any]:
    unit, kind, state = _one(UNITS), _one([1, 2]), _one([1, 2, 3])
    shelves = [shelf_of(u, k, p) for p in {0, _one([0, 1, 2])} for u in ("", unit) for k in (0, kind)]
    fields = {"hall": _one(HALLS[:2]), "slug": f"m{n}", "code": f"code{n:04}", "unit": unit, "state": state}
    return fields | {
        "kind": kind,
        "shelves": shelves,
        "publish_time": _one([None, _ago(_chance.randrange(100)), _ago(-5)]),
        "due": _one([None, None, _ago(n - 120)]),
        "issued": [f"matters/m{n}", *(f"code{code:04}" for code in range(n * 3, n * 3 + _chance.randrange(3)))],
        "content": b"",
    }


def _an_offer(n: int) -> dict[str, Any]:
    hall = _one([*HALLS, "440306001"])
    fields = {"hall": hall, "district": hall[:6], "slug": f"m{_chance.randrange(12)}", "update_time": _ago(n)}
    return fields | {"handles": False, "accepts": True, "counters": []}


def _a_case(n: int) -> dict[str, Any]:
    number = _one([None, f"n{n}"])
    fields = {"hall": _one(HALLS), "unit": _one(UNITS), "applicant": _one(PEOPLE), "state": _one([1, 2, 3]), "number": number}
    shaped = SimpleNamespace(**fields)
    submitted = _ago(n * 11) if number else None
    return fields | {"shelves": of_case(shaped), "own_shelves": own(shaped), "submit_time": submitted}


def _a_notice(n: int) -> dict[str, Any]:
    return {
        "person": _one(PEOPLE).removeprefix("people/"),
        "due": _one([None, None, _ago(n - 150)]),
        "deliveries": [],
        "read_time": _one([None, _ago(n)]),
    }


def _ago(hours: int) -> datetime:
    return (NOW - timedelta(hours=hours)).astimezone(UTC)


def _one(values: list[Any]) -> Any:
    return _chance.choice(values)


def _some(values: list[Any]) -> list[Any]:
    return _chance.sample(values, _chance.randrange(len(values)))
