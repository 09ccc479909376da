"""Pages of a list by key, of a ranked one by offset: a token says where the last page ended and is bound to its query."""

import base64
import hashlib
import hmac
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Protocol, TypeVar

from google.protobuf.message import Message
from mongoengine import Document, QuerySet

from services.chassis import clock
from services.chassis.errors import PageTokenInvalid

_Doc = TypeVar("_Doc", bound=Document)
_Item = TypeVar("_Item")
# No document is older: the reference deployment opened in 2014.
_EARLIEST = datetime(2014, 1, 1, tzinfo=UTC)
_MAC_BYTES = 12

_key: bytes = b""


class PagedRequest(Protocol):
    """A list request of AIP-158."""

    page_size: int
    page_token: str


def use_key(key: bytes) -> None:
    """Sets the secret that tokens are signed with."""
    global _key
    _key = key


def page(
    queryset: "QuerySet[_Doc]",
    request: PagedRequest,
    *,
    key: str = "create_time",
    ascending: bool = False,
    size: int = 20,
) -> tuple[list[_Doc], str]:
    """The page that a request asks for and the token of the next one, empty at the end.

    `key` is an indexed field that every document of the queryset has. The embedded store reads every match of a query before it
    cuts, so newest-first lists are read in windows of time; other lists must be short or have a unique key.
    """
    wanted = request.page_size or size
    after, seen = _opened(request)
    windowed = not ascending and type(queryset._document._fields[key]).__name__ == "DateTimeField"
    found: Iterator[_Doc] = _newest_first(queryset, key, after) if windowed else _in_order(queryset, key, ascending, after)
    rest = (doc for doc in found if not (_plain(getattr(doc, key)) == after and doc.pk in seen))
    docs = list(islice(rest, wanted + 1))
    if len(docs) <= wanted:
        return docs, ""
    docs = docs[:wanted]
    last = _plain(getattr(docs[-1], key))
    # Those of the same key that were given out: the next page begins at the key again and leaves them out.
    ties = [doc.pk for doc in docs if _plain(getattr(doc, key)) == last] + (list(seen) if last == after else [])
    return docs, _sealed(request, last, ties)


def page_of(
    items: Iterable[_Item], request: PagedRequest, *, key: Callable[[_Item], str], size: int = 20
) -> tuple[list[_Item], str]:
    """The same of what is in memory, in the ascending order of a key that no two items share."""
    after, _ = _opened(request)
    rest = sorted((item for item in items if after is None or key(item) > after), key=key)
    given = rest[: request.page_size or size]
    return given, _sealed(request, key(given[-1]), []) if len(rest) > len(given) else ""


def page_within(
    items: Sequence[_Item], request: PagedRequest, *, key: Callable[[_Item], str], size: int = 20
) -> tuple[Sequence[_Item], str]:
    """The same of what is in that order already: it costs the page alone, however long the list is."""
    after, _ = _opened(request)
    start = 0 if after is None else bisect_right(items, after, key=key)
    end = start + (request.page_size or size)
    given = items[start:end]
    return given, _sealed(request, key(given[-1]), []) if end < len(items) else ""


def ranked(request: PagedRequest, total: int, *, size: int = 20) -> tuple[int, int, str]:
    """The page of a ranked list that a request asks for: how many to leave out, how many to give, the token of the next one.

    What is ranked anew with each change has no key to go on from, so this page alone is an offset; use it for what is short
    to skip, as an index in memory is.
    """
    given, _ = _opened(request)
    offset, limit = int(given or 0), request.page_size or size
    after = offset + limit
    return offset, limit, _sealed(request, after, []) if after < total else ""


def _in_order(queryset: "QuerySet[_Doc]", key: str, ascending: bool, after: Any) -> Iterator[_Doc]:
    beginning = {f"{key}__{'gte' if ascending else 'lte'}": after} if after is not None else {}
    yield from queryset.filter(**beginning).order_by(key if ascending else f"-{key}")


def _newest_first(queryset: "QuerySet[_Doc]", key: str, after: Any) -> Iterator[_Doc]:
    """Windows that reach a day back, and then eight times as far each."""
    high = datetime.fromisoformat(after) if after is not None else clock.now() + timedelta(days=1)
    span = timedelta(days=1)
    while high > _EARLIEST:
        low = max(high - span, _EARLIEST)
        yield from queryset.filter(**{f"{key}__gt": low, f"{key}__lte": high}).order_by(f"-{key}")
        high = low
        span *= 8


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _binding(request: Any) -> str:
    """The request without where it stands: a token holds for the same list alone."""
    same: Message = type(request)()
    same.CopyFrom(request)
    for field in ("page_token", "page_size"):
        same.ClearField(field)
    return hashlib.sha256(type(request).__name__.encode() + same.SerializeToString(deterministic=True)).hexdigest()[:16]


def _sealed(request: Any, last: Any, ties: list[str]) -> str:
    body = json.dumps([_binding(request), last, ties], separators=(",", ":")).encode()
    mac = hmac.digest(_key, body, "sha256")[:_MAC_BYTES]
    return base64.urlsafe_b64encode(mac + body).decode().rstrip("=")


def _opened(request: PagedRequest) -> tuple[Any, frozenset[str]]:
    if not request.page_token:
        return None, frozenset()
    try:
        raw = base64.urlsafe_b64decode(request.page_token + "=" * (-len(request.page_token) % 4))
    except ValueError:
        raise PageTokenInvalid from None
    mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, hmac.digest(_key, body, "sha256")[:_MAC_BYTES]):
        raise PageTokenInvalid
    binding, last, ties = json.loads(body)
    if binding != _binding(request):
        raise PageTokenInvalid
    return last, frozenset(ties)
