"""A list that is read stretch by stretch is the list, whatever is remembered of it."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.matters.milestones import Milestones, Stretches
from yimen.matters.v1 import elements_pb2


class AList:
    """A list of codes as a query set shows it, which counts what it is made to read."""

    _document = None

    def __init__(self, codes: list[str]) -> None:
        self.codes = sorted(codes)
        self.read: list[int] = []

    def filter(self, code__gte: str, code__lt: str = "~") -> Any:
        found = [SimpleNamespace(code=code) for code in self.codes if code__gte <= code < code__lt]
        self.read.append(len(found))
        return SimpleNamespace(order_by=lambda _: iter(found))


def following(codes: Iterable[str]) -> Milestones:
    """The milestones of a list with these codes."""
    milestones = Milestones()
    for n, code in enumerate(codes):
        milestones.put(f"halls/h/matters/{n}", elements_pb2.Elements(implementation_code=code))
    milestones.commit()
    return milestones


_codes = st.lists(st.text("abc", max_size=4), max_size=300)


@given(_codes, _codes)
def test_every_matter_is_read_once_in_order_whatever_is_known_of_the_list(listed: list[str], known: list[str]) -> None:
    read = [one.code for one in Stretches(AList(listed), "h", following(known)).order_by("code")]
    assert read == sorted(listed)


@given(_codes, st.text("abc", max_size=4))
def test_a_list_is_read_from_a_code_on(listed: list[str], after: str) -> None:
    stretches = Stretches(AList(listed), "h", following(listed)).filter(code__gte=after)
    assert [one.code for one in stretches.order_by("code")] == sorted(code for code in listed if code >= after)


def test_a_page_of_a_long_list_reads_little_more_than_a_page() -> None:
    listed = AList([f"{n:06}" for n in range(13_000)])
    milestones = following(listed.codes)
    for start in ("", "006000", "012990"):
        page = Stretches(listed, "h", milestones).filter(code__gte=start).order_by("code")
        assert [one.code for _, one in zip(range(10), page, strict=False)] == [code for code in listed.codes if code >= start][
            :10
        ]
    assert max(listed.read) <= 64


def test_what_leaves_the_list_leaves_the_milestones() -> None:
    milestones = following(f"{n:06}" for n in range(100))
    assert milestones.ahead("h", "", 1) == "000032"
    for n in range(50):
        milestones.drop(f"halls/h/matters/{n}")
    milestones.commit()
    assert milestones.ahead("h", "", 1) == "000082"
    assert milestones.ahead("another", "", 1) is None
