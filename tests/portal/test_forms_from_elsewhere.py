"""No form is taken that no page of ours showed to this very visitor, nor one for a step that the visitor has no post for."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Page

from gateway.portal.pages import PLACES
from gateway.portal.pages.staff.acts import ACTS
from stack import Stack
from tests.portal.conftest import csrf
from tests.portal.office import Office
from yimen.intake.v1 import cases_pb2
from yimen.notification.v1 import notification_pb2

POSTED = sorted(place.path for place in PLACES if place.method == "POST")
STEPS = "/work/cases/{hall}/{case}/{act}"
# Whoever may do what is posted to a path: a form of theirs is refused for where it comes from alone.
WHOSE = {STEPS: "clerk", "/operator/dead-letters": "operator"}
# Everything that any of them asks for: a form that is refused is refused for who sent it.
FIELDS = {
    "go": "later", "mobile": "1", "stars": "1", "reason": "x", "reason.": "x", "reasons": "x", "who": "self", "number": "1",
    "holder": "x", "outcome": "1", "days": "3", "procedure": "1", "receiver": "x",
}  # fmt: skip
ELSEWHERE = "https://elsewhere.example"


class Standing:
    """A draft and a case that was handed in, and what everybody sees of them: what a form that was taken would have changed."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.draft, self.case = office.draft(), office.submitted()
        self.file = self.draft.materials[0].name.split("/")[5]

    def address(self, path: str, act: str = "accept") -> str:
        """A path with its variables filled: the draft's, or for staff the case's."""
        case = self.case if path.startswith("/work") else self.draft
        known = {"hall": "440307003002", "case": case.name.split("/")[3], "matter": "senior-card", "act": act}
        known["hall"] = "440307" if path.startswith("/apply") else known["hall"]
        return re.sub(r"\{(\w+)\}", lambda found: known[found[1]], path)

    def seen(self) -> list[Any]:
        """Everything of the residents that a form changes."""
        told: list[Any] = [self._office.cases(label) for label in ("resident", "resident-b")]
        for label in ("resident", "clerk", "operator"):
            person = self._office.person(label)
            request = notification_pb2.GetChannelsRequest(name=f"{person.name}/channels")
            told.append(person.notification.GetChannels(request))
        return told


@pytest.fixture(scope="module")
def standing(office: Office) -> Standing:
    """The draft and the case."""
    return Standing(office)


def test_every_form_is_tried() -> None:
    assert {STEPS, "/operator/dead-letters", "/sign-in", "/sign-out", "/progress", "/uploads/cases/{hall}/{case}"} <= set(
        POSTED
    )
    assert len(POSTED) >= 18


def test_no_form_is_taken_from_elsewhere_or_without_the_visitors_own_token(
    signed_in: Callable[..., Page], platform: Stack, standing: Standing
) -> None:
    before, ours = standing.seen(), {"origin": platform.public_url}
    stranger = csrf(signed_in("resident-b").context.request)
    for label in ("resident", "clerk", "operator"):
        asked = signed_in(label).context.request
        own = csrf(asked)
        tried: list[tuple[str, dict[str, str]]] = [
            (own, {"origin": ELSEWHERE}), (own, {"origin": "null"}), (own, {}), (own, {"referer": f"{ELSEWHERE}/"}),
            ("", ours), ("AAAA", ours), (stranger, ours), (own[::-1], ours),
        ]  # fmt: skip
        for path in POSTED:
            if WHOSE.get(path, "resident") != label:
                continue
            for act in [one.id for one in ACTS] if path == STEPS else [""]:
                for token, headers in tried:
                    reply = asked.post(standing.address(path, act), multipart={"csrf": token, **FIELDS}, headers=headers)
                    assert reply.status == 403, (path, act, headers, token[:4])
        # The visitor is signed in still, and nobody else is.
        assert asked.get("/me", max_redirects=0).status == 200
    assert standing.seen() == before


@pytest.mark.parametrize("label", ["resident", "clerk-b", "approver-b", "editor", "operator"])
def test_a_step_is_taken_by_who_has_the_post_for_it_alone(
    signed_in: Callable[..., Page], platform: Stack, office: Office, standing: Standing, label: str
) -> None:
    asked = signed_in(label).context.request
    assert _refused(asked, platform, standing, [act.id for act in ACTS])
    assert office.read(standing.case.name) == standing.case


@pytest.mark.parametrize(("label", "roles"), [("clerk", "CLERK"), ("approver", "APPROVER"), ("supervisor", "SUPERVISOR")])
def test_a_step_is_not_taken_by_another_post_over_the_case(
    signed_in: Callable[..., Page], platform: Stack, office: Office, label: str, roles: str
) -> None:
    """Over cases in which the step could be taken: by somebody else."""
    cases: dict[Any, Callable[[], cases_pb2.Case]] = {
        cases_pb2.CASE_STATE_SUBMITTED: office.submitted, cases_pb2.CASE_STATE_ACCEPTED: office.accepted,
        cases_pb2.CASE_STATE_IN_REVIEW: office.reviewed,
    }  # fmt: skip
    asked = signed_in(label).context.request
    token = csrf(asked)
    for state, made in cases.items():
        case = made()
        for act in ACTS:
            if state in act.begins and roles not in act.roles:
                path = f"/work/cases/440307003002/{case.name.split('/')[3]}/{act.id}"
                fields: dict[str, str | float | bool] = {
                    "csrf": token,
                    "etag": case.etag,
                    "outcome": "1",
                    "days": "3",
                    "procedure": "1",
                    **FIELDS,
                }
                reply = asked.post(path, form=fields, headers={"origin": platform.public_url}, max_redirects=0)
                assert reply.status == 403, (act.id, reply.status)
        assert office.read(case.name) == case


def _refused(asked: APIRequestContext, platform: Stack, standing: Standing, acts: list[str]) -> bool:
    token = csrf(asked)
    for act in acts:
        fields: dict[str, str | float | bool] = {
            "csrf": token,
            "etag": standing.case.etag,
            "outcome": "1",
            "days": "3",
            "procedure": "1",
            **FIELDS,
        }
        path = standing.address(STEPS, act)
        reply = asked.post(path, form=fields, headers={"origin": platform.public_url}, max_redirects=0)
        assert reply.status in (403, 404), (act, reply.status)
    return True


@pytest.mark.parametrize("label", ["resident", "clerk", "approver", "editor"])
def test_a_dead_letter_is_given_back_by_an_operator_alone(signed_in: Callable[..., Page], platform: Stack, label: str) -> None:
    asked = signed_in(label).context.request
    fields: dict[str, str | float | bool] = {"csrf": csrf(asked), "name": "halls/440307/deadLetters/x"}
    reply = asked.post("/operator/dead-letters", form=fields, headers={"origin": platform.public_url}, max_redirects=0)
    assert reply.status == 403
