"""A caller of one hall never sees or changes another's: tried with arbitrary posts, papers and names."""

from collections.abc import Callable

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis import context
from services.chassis.caller import Post
from services.chassis.context import Scope
from services.chassis.documents import ScopeMissing
from tests.chassis.conftest import Desk
from tests.chassis.paper import Paper
from yimen.intake.v1 import accepting_pb2, applying_pb2, cases_pb2, listing_pb2

HALLS = ("440307", "440307003", "440307003005", "440307003006", "440307006", "440307006001")
UNITS = ("units/one", "units/two")

posts = st.builds(
    lambda role, hall, unit, subtree: Post(role, hall, unit if role == "APPROVER" else "", subtree),
    st.sampled_from(("CLERK", "SUPERVISOR", "APPROVER")),
    st.sampled_from(HALLS),
    st.sampled_from(UNITS),
    st.booleans(),
)


def may_see(caller: str, post: Post, hall: str, unit: str, applicant: str) -> bool:
    """What the design promises, said again in the plainest way."""
    if caller == applicant:
        return True
    if post.role == "APPROVER":
        return post.unit == unit and hall.startswith(post.hall)
    return hall == post.hall or (post.covers_subtree and hall.startswith(post.hall))


@pytest.fixture(scope="module")
def papers(desk: Desk) -> list[tuple[str, str, str, str]]:
    """A paper at every hall, for every unit, by two people: name, hall, unit, applicant."""
    filed = []
    for hall in HALLS:
        for unit in UNITS:
            for applicant in ("ann", "ben"):
                case = cases_pb2.Case(unit=unit)
                paper = desk.by(applicant).CreateCase(applying_pb2.CreateCaseRequest(parent=f"halls/{hall}", case=case))
                filed.append((paper.name, hall, unit, f"people/{applicant}"))
    return filed


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(post=posts, person=st.sampled_from(("ann", "carl")), data=st.data())
def test_nobody_sees_or_changes_what_is_out_of_reach(
    desk: Desk, papers: list[tuple[str, str, str, str]], post: Post, person: str, data: st.DataObject
) -> None:
    caller = desk.by(person, post)
    for name, hall, unit, applicant in data.draw(st.lists(st.sampled_from(papers), min_size=4, max_size=4)):
        visible = may_see(f"people/{person}", post, hall, unit, applicant)
        assert _answers(lambda: caller.GetCase(listing_pb2.GetCaseRequest(name=name))) == visible  # noqa: B023
        before = Paper.across_halls("a test compares").get(id=name.rpartition("/")[2]).version
        changed = _answers(lambda: caller.AcceptCase(accepting_pb2.AcceptCaseRequest(name=name)))  # noqa: B023
        after = Paper.across_halls("a test compares").get(id=name.rpartition("/")[2]).version
        may_accept = post.role == "CLERK" and may_see("", post, hall, unit, "nobody")
        assert not changed or may_accept
        assert after == before or may_accept


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(post=posts, hall=st.sampled_from(HALLS))
def test_a_list_holds_nothing_that_a_read_would_not_find(
    desk: Desk, papers: list[tuple[str, str, str, str]], post: Post, hall: str
) -> None:
    about = {name: (where, unit, applicant) for name, where, unit, applicant in papers}
    try:
        listed = desk.by("carl", post).ListCases(listing_pb2.ListCasesRequest(parent=f"halls/{hall}", page_size=100))
    except grpc.RpcError as error:
        if error.code() == grpc.StatusCode.NOT_FOUND:
            return
        raise
    for case in listed.cases:
        if case.name in about:
            assert about[case.name][0] == hall
            assert may_see("people/carl", post, *about[case.name])


@pytest.mark.usefixtures("desk")
def test_a_query_without_a_scope_raises() -> None:
    with pytest.raises(ScopeMissing):
        Paper.objects.first()


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("scope", [Scope(), Scope(public=True), Scope(hall="440307", public=True)])
def test_a_scope_that_says_nothing_about_papers_raises(scope: Scope) -> None:
    with context.acting_in(scope), pytest.raises(ScopeMissing):
        Paper.objects.first()


def _answers(call: Callable[[], object]) -> bool:
    """Whether a call reached what it named; that the state did not allow it is an answer too."""
    try:
        call()
    except grpc.RpcError as error:
        if error.code() in {grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED}:
            return False
        if error.code() == grpc.StatusCode.FAILED_PRECONDITION:
            return True
        raise
    return True
