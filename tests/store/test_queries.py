"""The store answers every question as plain Python does, and never by a scan; on the store that MONGODB_URI names, if any."""

import pytest

from services.chassis import context, marks
from services.chassis.context import Scope
from services.intake.documents import Case
from services.notification.documents import Channels
from tests.store.asking import no_scan
from tests.store.filling import kept
from tests.store.questions import COMMUNITY, DISTRICT, OF_HALL, OWNER, PERSON, QUESTIONS, UNDER_DISTRICT, UNIT, Question


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_the_store_answers_as_plain_python_does_and_without_a_scan(question: Question) -> None:
    answered = [one for one in kept(question.of) if question.answer(one)]
    with no_scan():
        if question.scope is None:
            found = list(question.ask())
        else:
            with context.acting_in(question.scope):
                found = list(question.ask())
    ids = [document.pk for document in found]
    if question.by:
        newest_first = question.by.startswith("+")
        answered.sort(key=lambda document: document[question.by.lstrip("+")], reverse=newest_first)
        assert ids == [document["_id"] for document in answered]
    else:
        assert sorted(map(str, ids)) == sorted(str(document["_id"]) for document in answered)


def test_the_questions_are_hard_enough_to_be_answered_wrongly() -> None:
    counts = [sum(map(question.answer, kept(question.of))) for question in QUESTIONS]
    assert sum(1 for count in counts if count > 3) > len(QUESTIONS) * 2 / 3


@pytest.mark.parametrize("scope", [OF_HALL, UNDER_DISTRICT, OWNER, Scope(hall=DISTRICT, subtree=True, unit=UNIT)], ids=str)
def test_a_case_is_loaded_by_its_name_without_a_scan_and_only_within_the_scope(scope: Scope) -> None:
    for case in kept(Case)[:40]:
        seen = {
            OF_HALL: case["hall"] == COMMUNITY and bool(case.get("number")),
            UNDER_DISTRICT: bool(case.get("number")),
            OWNER: case["applicant"] == PERSON,
        }.get(scope, case["unit"] == UNIT and bool(case.get("number")))
        with context.acting_in(scope):
            if not scope.covers(case["hall"]):
                assert not seen
                assert Case._find({"hall": case["hall"], "id": case["_id"]}) is None
                continue
            with no_scan():
                assert bool(Case._find({"hall": case["hall"], "id": case["_id"]})) == seen


def test_what_the_workers_ask_is_answered_by_points() -> None:
    with no_scan():
        assert not marks.is_handled("notification", "h", "e")
        marks.handled("notification", "h", "e")
        marks.handled("notification", "h", "e")
        assert marks.is_handled("notification", "h", "e")
        with marks.leased("notification", "t", 60) as first, marks.leased("notification", "t", 60) as second:
            assert (first, second) == (True, False)
        with marks.leased("notification", "t", 60) as again:
            assert not again
    with context.acting_in(OWNER), no_scan():
        assert Channels.of(f"{PERSON}/channels").version == 0
