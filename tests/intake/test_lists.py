"""Work lists and a person's cases: whom they show, in which order, page by page, and never by a scan."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from mongoengine.connection import get_db

from services.chassis.caller import Post
from services.intake.documents import Case
from tests.intake.counter import HALL, OTHER_HALL, OTHER_UNIT, UNIT, Counter
from tests.serving import As, refusal
from yimen.intake.v1 import cases_pb2, listing_pb2

SUBMITTED, ACCEPTED = cases_pb2.CASE_STATE_SUBMITTED, cases_pb2.CASE_STATE_ACCEPTED
IN_REVIEW = cases_pb2.CASE_STATE_IN_REVIEW
STREET = "440307003"


def pages(by: As, parent: str, *states: Any, size: int = 2) -> Iterator[list[cases_pb2.Case]]:
    """Every page of a list."""
    token = ""
    while True:
        request = listing_pb2.ListCasesRequest(parent=parent, states=states, page_size=size, page_token=token)
        reply = by.ListCases(request)
        yield list(reply.cases)
        token = reply.next_page_token
        if not token:
            return


def names(by: As, parent: str, *states: Any, size: int = 2) -> list[str]:
    """The names of a whole list."""
    return [case.name for page in pages(by, parent, *states, size=size) for case in page]


@pytest.fixture(scope="module")
def cases(counter: Counter) -> dict[str, cases_pb2.Case]:
    """A draft, cases of two halls and of two applicants in several states."""
    get_db("intake")["cases"].delete_many({})
    made = {"draft": counter.applicant.draft()}
    for label in ("first", "second", "third"):
        made[label] = counter.applicant.submitted()
    made["neighbours"] = counter.neighbour.submitted()
    made["elsewhere"] = counter.applicant.submitted(hall=OTHER_HALL)
    made["accepted"] = counter.accepted()
    made["in review"] = counter.in_review()
    return made


def of(cases: dict[str, cases_pb2.Case], *labels: str) -> list[str]:
    return [cases[label].name for label in labels]


def test_clerks_see_what_was_handed_in_at_their_hall_in_the_order_of_submission(counter: Counter, cases: Any) -> None:
    everything = of(cases, "first", "second", "third", "neighbours", "accepted", "in review")
    assert names(counter.clerk, f"halls/{HALL}") == everything
    assert names(counter.clerk, f"halls/{HALL}", SUBMITTED) == everything[:4]


def test_several_states_are_one_list(counter: Counter, cases: Any) -> None:
    assert names(counter.clerk, f"halls/{HALL}", IN_REVIEW, SUBMITTED) == of(
        cases, "first", "second", "third", "neighbours", "in review"
    )


@pytest.mark.parametrize("size", [1, 2, 3, 4, 100])
def test_pages_of_any_size_give_each_case_once(counter: Counter, cases: Any, size: int) -> None:
    found = names(counter.clerk, f"halls/{HALL}", size=size)
    assert found == of(cases, "first", "second", "third", "neighbours", "accepted", "in review")
    assert all(len(page) <= size for page in pages(counter.clerk, f"halls/{HALL}", size=size))


def test_approvers_see_the_cases_of_their_unit_from_whichever_hall(counter: Counter, cases: Any) -> None:
    assert names(counter.approver, UNIT, SUBMITTED) == of(cases, "first", "second", "third", "neighbours", "elsewhere")
    assert names(counter.approver, UNIT, ACCEPTED, IN_REVIEW) == of(cases, "accepted", "in review")
    street = counter.by("people/approver-s", Post("APPROVER", STREET, UNIT, covers_subtree=True))
    assert len(names(street, UNIT)) == 7
    elsewhere = counter.by("people/approver-e", Post("APPROVER", "440307001", UNIT, covers_subtree=True))
    assert names(elsewhere, UNIT) == []


def test_who_holds_several_posts_of_a_unit_sees_the_cases_of_each_once(counter: Counter, cases: Any) -> None:
    posts = [Post("APPROVER", hall, UNIT, covers_subtree=True) for hall in (HALL, OTHER_HALL)]
    both, wider = counter.by("people/both", *posts), counter.by("people/wider", *posts, Post("APPROVER", "440307", UNIT))
    everything = of(cases, "first", "second", "third", "neighbours", "elsewhere", "accepted", "in review")
    assert (
        names(both, f"units/{UNIT.removeprefix('units/')}")
        == names(wider, f"units/{UNIT.removeprefix('units/')}")
        == everything
    )
    assert names(both, f"halls/{OTHER_HALL}") == of(cases, "elsewhere")
    number = cases["elsewhere"].number
    found = both.ListCases(listing_pb2.ListCasesRequest(parent=UNIT, number=number)).cases
    assert [case.name for case in found] == of(cases, "elsewhere")


def test_approvers_see_their_units_cases_of_one_hall(counter: Counter, cases: Any) -> None:
    assert names(counter.approver, f"halls/{OTHER_HALL}") == of(cases, "elsewhere")
    other = counter.by("people/approver-b", Post("APPROVER", "440307", OTHER_UNIT, covers_subtree=True))
    assert names(other, f"halls/{HALL}") == []


def test_a_person_sees_their_own_cases_newest_first(counter: Counter, cases: Any) -> None:
    own = ["draft", "first", "second", "third", "elsewhere", "accepted", "in review"]
    parent = counter.applicant.person
    assert names(counter.applicant.intake, parent) == of(cases, *reversed(own))
    assert names(counter.applicant.intake, parent, SUBMITTED) == of(cases, "elsewhere", "third", "second", "first")
    assert names(counter.neighbour.intake, counter.neighbour.person) == of(cases, "neighbours")


def test_a_person_sees_their_own_cases_of_one_hall(counter: Counter, cases: Any) -> None:
    assert names(counter.applicant.intake, f"halls/{OTHER_HALL}") == of(cases, "elsewhere")
    assert names(counter.neighbour.intake, f"halls/{HALL}") == of(cases, "neighbours")


def test_nobody_lists_another_persons_cases(counter: Counter, cases: Any) -> None:
    request = listing_pb2.ListCasesRequest(parent=counter.applicant.person)
    for by in (counter.neighbour.intake, counter.clerk, counter.supervisor):
        assert refusal(partial(by.ListCases, request)).reason == "NOT_YOURS"


def test_a_clerk_of_another_hall_finds_nothing_in_this_one(counter: Counter, cases: Any) -> None:
    elsewhere = counter.by("people/clerk-b", Post("CLERK", OTHER_HALL))
    # Whoever is signed in may list their own cases of a hall: this clerk has none.
    assert names(elsewhere, f"halls/{HALL}") == []


def test_a_supervisor_lists_every_hall_below(counter: Counter, cases: Any) -> None:
    request = listing_pb2.ListCasesRequest(parent="halls/440307", subtree=True, page_size=100)
    listed = [case.name for case in counter.supervisor.ListCases(request).cases]
    assert listed == of(cases, "first", "second", "third", "neighbours", "elsewhere", "accepted", "in review")
    request.states.append(SUBMITTED)
    assert len(counter.supervisor.ListCases(request).cases) == 5
    request.subtree = False
    assert not counter.supervisor.ListCases(request).cases


def test_whichever_post_covers_the_halls_below_lists_them(counter: Counter, cases: Any) -> None:
    clerk_too = counter.by("people/two", Post("CLERK", STREET), Post("SUPERVISOR", STREET, covers_subtree=True))
    request = listing_pb2.ListCasesRequest(parent=f"halls/{STREET}", subtree=True)
    supervisor = counter.by("people/one", Post("SUPERVISOR", STREET, covers_subtree=True))
    assert clerk_too.ListCases(request).cases == supervisor.ListCases(request).cases != []


def test_nobody_lists_below_what_their_post_covers(counter: Counter, cases: Any) -> None:
    request = listing_pb2.ListCasesRequest(parent=f"halls/{STREET}", subtree=True)
    street_clerk = counter.by("people/street-clerk", Post("CLERK", STREET))
    for by in (street_clerk, counter.applicant.intake):
        assert refusal(partial(by.ListCases, request)).reason == "NOT_YOURS"


def test_a_case_is_found_by_its_number_on_the_lists_that_show_it(counter: Counter, cases: Any) -> None:
    number = cases["first"].number
    request = listing_pb2.ListCasesRequest(parent=f"halls/{HALL}", number=number)
    assert [case.name for case in counter.clerk.ListCases(request).cases] == of(cases, "first")
    assert not counter.clerk.ListCases(listing_pb2.ListCasesRequest(parent=f"halls/{HALL}", number=number + "0")).cases
    request.states.append(ACCEPTED)
    assert not counter.clerk.ListCases(request).cases
    elsewhere = counter.by("people/clerk-b", Post("CLERK", OTHER_HALL))
    assert not elsewhere.ListCases(listing_pb2.ListCasesRequest(parent=f"halls/{OTHER_HALL}", number=number)).cases
    own = listing_pb2.ListCasesRequest(parent=counter.applicant.person, number=number)
    assert [case.name for case in counter.applicant.intake.ListCases(own).cases] == of(cases, "first")
    others = listing_pb2.ListCasesRequest(parent=counter.neighbour.person, number=number)
    assert not counter.neighbour.intake.ListCases(others).cases


def test_a_page_token_holds_for_its_own_list(counter: Counter, cases: Any) -> None:
    first = counter.clerk.ListCases(listing_pb2.ListCasesRequest(parent=f"halls/{HALL}", page_size=1))
    other = listing_pb2.ListCasesRequest(parent=f"halls/{HALL}", states=[SUBMITTED], page_token=first.next_page_token)
    assert refusal(lambda: counter.clerk.ListCases(other)).reason == "PAGE_TOKEN_INVALID"


def test_reads_by_staff_of_another_hall_are_recorded(counter: Counter, cases: Any) -> None:
    counter.approver.GetCase(listing_pb2.GetCaseRequest(name=cases["accepted"].name))
    counter.clerk.GetCase(listing_pb2.GetCaseRequest(name=cases["accepted"].name))
    request = listing_pb2.ListAccessRecordsRequest(parent=f"halls/{HALL}", page_size=100)
    records = [
        (record.reader, record.rpc)
        for record in counter.supervisor.ListAccessRecords(request).access_records
        if record.subject == cases["accepted"].name
    ]
    assert ("people/approver", "GetCase") in records
    assert all(reader != "people/clerk" for reader, _ in records)


@pytest.fixture
def plans(cases: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How the store finds what is read of cases from here on: the plan of each query."""
    seen: list[str] = []
    collection = Case._get_collection()
    find = type(collection).find

    def watched(self: Any, *args: Any, **options: Any) -> Any:
        cursor = find(self, *args, **options)
        if self.name == "cases":
            seen.append(str(find(self, *args, **options).explain()["queryPlanner"]["winningPlan"]))
        return cursor

    monkeypatch.setattr(type(collection), "find", watched)
    return seen


@pytest.mark.parametrize(
    ("by", "parent", "states"),
    [
        ("clerk", f"halls/{HALL}", []),
        ("clerk", f"halls/{HALL}", [SUBMITTED]),
        ("clerk", f"halls/{HALL}", [SUBMITTED, ACCEPTED]),
        ("approver", UNIT, [ACCEPTED, IN_REVIEW]),
        ("approver", UNIT, []),
        ("approver", f"halls/{HALL}", [ACCEPTED]),
        ("resident", "", []),
        ("resident", "", [SUBMITTED]),
        ("resident", f"halls/{HALL}", [SUBMITTED]),
    ],
)
def test_no_list_scans(counter: Counter, plans: list[str], by: str, parent: str, states: list[Any]) -> None:
    caller = counter.applicant.intake if by == "resident" else getattr(counter, by)
    list(pages(caller, parent or counter.applicant.person, *states, size=1))
    assert plans
    assert [plan for plan in plans if "COLLSCAN" in plan] == []
