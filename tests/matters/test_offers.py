"""What can be done where: by tiers, standards and the halls' own words, and no further."""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import grpc
import pytest

import tenants
from services.chassis.caller import Post
from services.matters.offers import Offer
from services.matters.rules import offers as rules
from tests.matters.builders import a_code, a_matter, published
from tests.matters.conftest import DISTRICT, Office
from tests.serving import As, refusal
from yimen.matters.v1 import events_pb2, matter_pb2, offers_pb2, search_pb2

HALLS = tenants.load()
STREET, COMMUNITY, OTHER_COMMUNITY = "440307003", "440307003012", "440307003002"
# The division of the units of the reference list.
AREA = "440307"
ALLOWANCE = "old-age-allowance"


def offer(hall: str, matter: str, **said: Any) -> offers_pb2.Offer:
    """An offer as a hall says it."""
    return offers_pb2.Offer(name=f"halls/{hall}/offers/{matter}", **said)


def hall_editor(office: Office, hall: str) -> As:
    """Whoever keeps what one hall offers."""
    return office.by(f"editor-{hall}", Post("EDITOR", hall))


def get(office: Office, hall: str, matter: str) -> offers_pb2.Offer:
    """What anybody reads."""
    one: offers_pb2.Offer = office.anyone.GetOffer(offers_pb2.GetOfferRequest(name=f"halls/{hall}/offers/{matter}"))
    return one


def say(office: Office, said: offers_pb2.Offer, **more: str) -> offers_pb2.Offer:
    """Has the hall's editor say it."""
    by = hall_editor(office, said.name.split("/")[1])
    stored: offers_pb2.Offer = by.UpdateOffer(offers_pb2.UpdateOfferRequest(offer=said, **more))
    return stored


def every(office: Office, hall: str, *, subtree: bool = False, page_size: int = 100) -> list[offers_pb2.Offer]:
    """All pages of what a hall offers."""
    request = offers_pb2.ListOffersRequest(parent=f"halls/{hall}", subtree=subtree, page_size=page_size)
    given: list[offers_pb2.Offer] = []
    while True:
        reply = office.anyone.ListOffers(request)
        given += reply.offers
        request.page_token = reply.next_page_token
        if not reply.next_page_token:
            assert reply.total_size == len(given)
            return given


def waiting_until(comes: Callable[[], bool], seconds: float = 1.0) -> None:
    """Fails where it does not come within a second, which is what freshness is promised to."""
    began = time.monotonic()
    while not comes():
        assert time.monotonic() - began < seconds
        time.sleep(0.02)


@pytest.fixture
def silent(office: Office) -> Iterator[Office]:
    """An office whose list is all on the board, and in which no hall says anything else than its standard afterwards."""
    waiting_until(lambda: len(every(office, "440307", subtree=True)) == len(list(_published(office))))
    yield office
    for word in Offer.across_halls("a test leaves no word behind"):
        hall, terms = HALLS.get(word.hall), word.elements()
        standard = rules.standard(terms, hall, AREA)
        say(office, offer(word.hall, word.slug, handles=standard.handles, accepts=standard.accepts))


def _expected(office: Office, halls: list[tenants.Hall]) -> dict[str, tuple[bool, bool]]:
    """By plain Python from everything published: matter → handled, accepted."""
    found: dict[str, tuple[bool, bool]] = {}
    for matter in _published(office):
        stand = [rules.standard(matter.elements, hall, AREA) for hall in halls]
        if any(one.is_offered for one in stand):
            slug = matter.name.rpartition("/")[2]
            found[slug] = (any(one.handles for one in stand), any(one.accepts for one in stand))
    return found


def _published(office: Office) -> Iterator[matter_pb2.Matter]:
    request = matter_pb2.ListMattersRequest(parent=DISTRICT, page_size=100)
    while True:
        reply = office.anyone.ListMatters(request)
        yield from reply.matters
        request.page_token = reply.next_page_token
        if not reply.next_page_token:
            return


@pytest.mark.parametrize("code", ["440307", STREET, COMMUNITY])
@pytest.mark.parametrize("subtree", [False, True])
def test_a_hall_offers_what_its_tier_and_standard_say(silent: Office, code: str, subtree: bool) -> None:
    given = every(silent, code, subtree=subtree)
    halls = HALLS.subtree(code) if subtree else [HALLS.get(code)]
    said = {one.name.rpartition("/")[2]: (one.handles, one.accepts) for one in given}
    assert said == _expected(silent, halls)
    assert len(said) == len(given) > 5
    assert all(one.name.startswith(f"halls/{code}/offers/") for one in given)


def test_the_order_is_that_of_codes_on_whatever_pages(silent: Office) -> None:
    given = every(silent, "440307", subtree=True)
    codes = [one.summary.implementation_code for one in given]
    assert all(one < other for one, other in pairwise(codes))
    assert every(silent, "440307", subtree=True, page_size=7) == given


def test_an_offer_shows_the_matter(silent: Office) -> None:
    one = next(one for one in every(silent, STREET) if one.summary.matter.endswith(ALLOWANCE))
    assert one.summary.display_name.zh == "高龄老人津贴申请"
    assert one.summary.unit_display_name == "深圳市龙岗区民政局"
    assert one == get(silent, STREET, ALLOWANCE)
    assert isinstance(one.summary, search_pb2.MatterSummary)


def test_what_a_hall_says_counts_at_once_for_it_alone(silent: Office) -> None:
    before = {one.name: one for one in every(silent, OTHER_COMMUNITY)}
    said = say(silent, offer(COMMUNITY, ALLOWANCE, accepts=True, counters=["general-2"]))
    assert (said.own, said.accepts, list(said.counters)) == (True, True, ["general-2"])
    assert said == get(silent, COMMUNITY, ALLOWANCE)
    assert said in every(silent, COMMUNITY)
    assert {one.name: one for one in every(silent, OTHER_COMMUNITY)} == before


def test_a_withdrawn_matter_is_not_offered_there_but_still_beneath_the_street(silent: Office) -> None:
    say(silent, offer(COMMUNITY, ALLOWANCE))
    assert not any(one.summary.matter.endswith(ALLOWANCE) for one in every(silent, COMMUNITY))
    assert any(one.summary.matter.endswith(ALLOWANCE) for one in every(silent, STREET, subtree=True))
    withdrawn = get(silent, COMMUNITY, ALLOWANCE)
    assert (withdrawn.own, withdrawn.handles, withdrawn.accepts) == (True, False, False)
    say(silent, offer(COMMUNITY, ALLOWANCE, accepts=True))
    assert any(one.summary.matter.endswith(ALLOWANCE) for one in every(silent, COMMUNITY))


def test_what_every_hall_beneath_withdraws_is_not_offered_there_at_all(silent: Office) -> None:
    for hall in HALLS.subtree(STREET):
        say(silent, offer(hall.code, ALLOWANCE))
    assert not any(one.summary.matter.endswith(ALLOWANCE) for one in every(silent, STREET, subtree=True))
    assert any(one.summary.matter.endswith(ALLOWANCE) for one in every(silent, "440307", subtree=True))


def test_no_hall_does_more_than_its_standard(silent: Office) -> None:
    before = get(silent, COMMUNITY, ALLOWANCE)
    refused = refusal(lambda: say(silent, offer(COMMUNITY, ALLOWANCE, accepts=True, handles=True)))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "BEYOND_STANDARD")
    assert refused.facts == {
        "hall": f"halls/{COMMUNITY}",
        "matter": f"{DISTRICT}/matters/{ALLOWANCE}",
        "what_zh": "办理",
        "what_en": "handle",
    }
    assert get(silent, COMMUNITY, ALLOWANCE) == before


def test_every_wrong_field_is_named(silent: Office) -> None:
    refused = refusal(lambda: say(silent, offer(STREET, ALLOWANCE, handles=True, counters=["no-such", "delivery-1"])))
    assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
    assert refused.violations == {
        "offer.accepts": "HANDLED_IS_ACCEPTED",
        "offer.counters[0]": "COUNTER_UNKNOWN",
        "offer.counters[1]": "COUNTER_TAKES_CASES",
    }
    assert "本大厅没有窗口" in refused.zh or "须受理" in refused.zh


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (lambda office: office.anyone, grpc.StatusCode.UNAUTHENTICATED),
        (lambda office: office.by("clerk", Post("CLERK", STREET)), grpc.StatusCode.PERMISSION_DENIED),
        # Another hall's editor, and one whose post does not cover what is beneath.
        (lambda office: hall_editor(office, OTHER_COMMUNITY), grpc.StatusCode.NOT_FOUND),
        (lambda office: hall_editor(office, "440307"), grpc.StatusCode.NOT_FOUND),
    ],
)
def test_only_the_halls_own_editor_says_what_it_offers(
    silent: Office, by: Callable[[Office], As], code: grpc.StatusCode
) -> None:
    request = offers_pb2.UpdateOfferRequest(offer=offer(STREET, ALLOWANCE, accepts=True))
    assert refusal(lambda: by(silent).UpdateOffer(request)).code == code


def test_an_editor_of_the_district_with_its_subtree_speaks_for_every_hall(silent: Office) -> None:
    editor = silent.by("editor", Post("EDITOR", "440307", covers_subtree=True))
    said = editor.UpdateOffer(offers_pb2.UpdateOfferRequest(offer=offer(COMMUNITY, ALLOWANCE)))
    assert said.own


def test_no_hall_can_change_an_element_or_have_a_list_of_its_own(silent: Office) -> None:
    editor = hall_editor(silent, STREET)
    matter = silent.anyone.GetMatter(matter_pb2.GetMatterRequest(name=f"{DISTRICT}/matters/{ALLOWANCE}"))
    for call in (
        lambda: editor.UpdateMatter(matter_pb2.UpdateMatterRequest(matter=matter)),
        lambda: editor.CancelMatter(matter_pb2.CancelMatterRequest(name=matter.name, reason="本街道不办")),
    ):
        assert refusal(call).code == grpc.StatusCode.NOT_FOUND
    own = matter_pb2.CreateMatterRequest(parent=f"halls/{STREET}", matter_id="own", matter=a_matter())
    refused = refusal(lambda: editor.CreateMatter(own))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "LIST_IS_THE_DISTRICTS")


@pytest.mark.parametrize("matter", ["no-such-matter", "a" * 64])
def test_there_is_no_offer_of_what_is_not_on_the_list(silent: Office, matter: str) -> None:
    assert refusal(lambda: get(silent, STREET, matter)).code == grpc.StatusCode.NOT_FOUND
    assert refusal(lambda: say(silent, offer(STREET, matter, accepts=True))).code == grpc.StatusCode.NOT_FOUND


def test_an_unknown_hall_offers_nothing(silent: Office) -> None:
    refused = refusal(lambda: every(silent, "440307999"))
    assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "HALL_UNKNOWN")


def test_a_page_token_is_bound_to_its_hall(silent: Office) -> None:
    request = offers_pb2.ListOffersRequest(parent=DISTRICT, page_size=2)
    request.page_token = silent.anyone.ListOffers(request).next_page_token
    request.parent = f"halls/{STREET}"
    assert refusal(lambda: silent.anyone.ListOffers(request)).code == grpc.StatusCode.INVALID_ARGUMENT


def test_a_repeated_request_says_it_once(silent: Office) -> None:
    said = offer(COMMUNITY, ALLOWANCE, accepts=True, counters=["general-1"])
    first = say(silent, said, request_id="say-once")
    assert say(silent, said, request_id="say-once") == first
    other = offer(COMMUNITY, ALLOWANCE)
    refused = refusal(lambda: say(silent, other, request_id="say-once"))
    assert refused.reason == "REQUEST_ID_REUSED"


def test_of_two_editors_one_wins_and_the_other_is_told(silent: Office) -> None:
    read = get(silent, OTHER_COMMUNITY, ALLOWANCE)
    words = [offer(OTHER_COMMUNITY, ALLOWANCE, accepts=True, counters=[f"general-{n}"], etag=read.etag) for n in (1, 2)]
    outcomes: list[str] = []

    def speak(word: offers_pb2.Offer) -> None:
        try:
            say(silent, word)
            outcomes.append("said")
        except grpc.RpcError as error:
            outcomes.append(error.code().name)

    threads = [threading.Thread(target=speak, args=(word,)) for word in words]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ABORTED", "said"]
    stale = refusal(lambda: say(silent, words[0]))
    assert (stale.code, stale.reason) == (grpc.StatusCode.ABORTED, "STALE_ETAG")


def test_a_word_is_told(silent: Office) -> None:
    say(silent, offer(COMMUNITY, ALLOWANCE, accepts=True))
    word = Offer.across_halls("the test asks for its outbox").get(hall=COMMUNITY, slug=ALLOWANCE)
    assert word.outbox[-1].type == events_pb2.OfferChanged.DESCRIPTOR.full_name


def test_what_comes_on_the_list_is_offered_within_a_second_and_what_goes_is_not(silent: Office) -> None:
    matter = a_matter(**a_code(4711))
    stored = published(silent.editor, DISTRICT, "offered-soon", matter)
    waiting_until(lambda: _is_offered(silent, "offered-soon"))
    silent.editor.CancelMatter(matter_pb2.CancelMatterRequest(name=stored.name, reason="并入其他事项"))
    waiting_until(lambda: not _is_offered(silent, "offered-soon"))
    assert refusal(lambda: get(silent, "440307", "offered-soon")).code == grpc.StatusCode.NOT_FOUND


def _is_offered(office: Office, slug: str) -> bool:
    return any(one.summary.matter.endswith(slug) for one in every(office, "440307"))
