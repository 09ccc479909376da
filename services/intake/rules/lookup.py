"""Looking a case up without signing in: by its number and its applicant's name, and not by guessing."""

import hashlib
import unicodedata
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta

from services.chassis.errors import NotFound, ResourceExhausted

# So many misses for one name or one number within the window, and it is not answered for until some of them are older. From one
# address few, so that nobody closes a name for everybody; in all more, so that many addresses do not help who guesses; and from
# one address, of whatever names and numbers, no more than the people behind it can mistype.
MISSES = 10
MISSES_IN_ALL = 200
MISSES_OF_AN_ADDRESS = 100
WINDOW = timedelta(minutes=15)
# Names, numbers and addresses that misses are kept of at a time.
KEPT = 100_000
# The dots between the parts of a name that input methods offer; GB 11643 certificates carry the first.
_DOTS = str.maketrans(dict.fromkeys("•・‧･∙⋅", "·"))


class NoSuchCase(NotFound):
    """No case has the number, or its applicant has another name: the two are not told apart."""

    zh = "没有找到编号与申请人姓名相符的办件，请核对后再查"
    en = "no case has this number and this applicant: check both and try again"


class TooManyLookUps(ResourceExhausted):
    """Somebody seems to try numbers for a name, or names for a number."""

    zh = "查询次数过多，请 {minutes} 分钟后再试，或登录后查看"
    en = "too many look-ups: try again in {minutes} minutes, or sign in"


def plain_number(said: str) -> str:
    """A number as it is kept, from one as people write it."""
    return "".join(unicodedata.normalize("NFKC", said).split()).upper()


def is_holder(kept: str, said: str) -> bool:
    """Whether a name is the applicant's: width, blanks, case and the kind of middle dot do not count."""
    return bool(kept) and _plain_name(kept) == _plain_name(said)


def _plain_name(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).translate(_DOTS).split()).casefold()


class Misses:
    """The misses of late by name, number and address, of which only a hash is held; not shared between processes."""

    def __init__(self) -> None:
        self._missed: dict[bytes, deque[datetime]] = {}

    def require_few(self, number: str, holder: str, address: str, at: datetime) -> None:
        """Raises TooManyLookUps while the name or the number was missed too often, from this address or in all."""
        for key, most in _counted(number, holder, address):
            missed = self._of(key, at)
            if len(missed) >= most:
                raise TooManyLookUps(minutes=max(1, round((missed[0] + WINDOW - at) / timedelta(minutes=1))))

    def count(self, number: str, holder: str, address: str, at: datetime) -> None:
        """Counts a miss."""
        for key, most in _counted(number, holder, address):
            if key not in self._missed and len(self._missed) >= KEPT:
                # Those that were missed first make room.
                self._missed.pop(next(iter(self._missed)))
            self._missed.setdefault(key, deque(maxlen=most)).append(at)

    def _of(self, key: bytes, at: datetime) -> deque[datetime]:
        missed = self._missed.get(key, deque[datetime]())
        while missed and missed[0] <= at - WINDOW:
            missed.popleft()
        if not missed:
            self._missed.pop(key, None)
        return missed


def _counted(number: str, holder: str, address: str) -> Iterator[tuple[bytes, int]]:
    """What a miss counts for, each with how many there may be."""
    name = _plain_name(holder)
    counted = [
        (f"name\n{name}\n{address}", MISSES), (f"name\n{name}", MISSES_IN_ALL),
        (f"number\n{number}\n{address}", MISSES), (f"number\n{number}", MISSES_IN_ALL),
    ]  # fmt: skip
    if address:
        counted.append((f"address\n{address}", MISSES_OF_AN_ADDRESS))
    for said, most in counted:
        yield hashlib.sha256(said.encode()).digest(), most
