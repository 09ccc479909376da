"""A list that is read stretch by stretch is the list, whatever is remembered of it."""

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.matters.documents.milestones import Milestones, Stretches


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


def codes(count: int) -> list[str]:
    return [f"{n:06}" for n in range(count)]


@given(st.lists(st.text("abc", max_size=4), max_size=300), st.lists(st.text("abc", max_size=4), max_size=300))
def test_every_matter_is_read_once_in_order_whatever_was_learnt_before(listed: list[str], learnt: list[str]) -> None:
    read = [one.code for one in Stretches(AList(listed), "h", Milestones(lambda _: learnt)).order_by("code")]
    assert read == sorted(listed)


@given(st.lists(st.text("abc", max_size=4), max_size=300), st.text("abc", max_size=4))
def test_a_list_is_read_from_a_code_on(listed: list[str], after: str) -> None:
    stretches = Stretches(AList(listed), "h", Milestones(lambda _: listed)).filter(code__gte=after)
    assert [one.code for one in stretches.order_by("code")] == sorted(code for code in listed if code >= after)


def test_a_page_of_a_long_list_reads_little_more_than_a_page() -> None:
    listed = AList(codes(13_000))
    milestones = Milestones(lambda _: listed.codes)
    for start in ("", "006000", "012990"):
        page = Stretches(listed, "h", milestones).filter(code__gte=start).order_by("code")
        for _, one in zip(range(10), page, strict=False):
            assert one.code >= start
    assert max(listed.read) <= 64


def test_a_list_that_has_grown_is_learnt_anew() -> None:
    listed, learnt = AList(codes(13_000)), [[], codes(13_000)]
    milestones = Milestones(lambda _: learnt.pop(0))
    for _ in range(2):
        next(Stretches(listed, "h", milestones).order_by("code"))
    assert listed.read == [13_000, 32]
