"""Every question that the documents ask of the store, with the answer of plain Python: a new query is a line here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

from services.chassis import audit
from services.chassis.context import Scope
from services.chassis.pages import page
from services.identity.documents import Organisation, Person, Post, Session
from services.intake.documents import Case, Incoming
from services.matters.documents import Listed, Matter, Unit
from services.matters.exchange import judging
from services.matters.exchange.documents import ARRIVING, Import, Rejection
from services.matters.exchange.rows import Row
from services.matters.offers import Offer
from services.matters.search import following
from services.notification.documents import Notice
from tests.store.filling import HALLS, NOW, PEOPLE, UNITS, kept
from yimen.intake.v1.listing_pb2 import ListCasesRequest

Document = dict[str, Any]
DISTRICT, STREET, COMMUNITY = HALLS[:3]
PUBLISHED = 2
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Question:
    """One form of query: who asks, what the documents answer, and what plain Python says; `by` where order counts."""

    what: str
    of: Any
    scope: Scope | None
    ask: Callable[[], Iterable[Any]]
    answer: Callable[[Document], bool]
    by: str = ""

    def __str__(self) -> str:
        return self.what


def every_page(queryset: Callable[[], Any], key: str, ascending: bool = False) -> Callable[[], list[Any]]:
    """Asks for a list page by page until its end."""

    def ask() -> list[Any]:
        request, found = ListCasesRequest(page_size=17), list[Any]()
        while True:
            documents: list[Any]
            documents, request.page_token = page(queryset(), request, key=key, ascending=ascending)
            found += documents
            if not request.page_token:
                return found

    return ask


def one(load: Callable[[], Any]) -> Callable[[], list[Any]]:
    """Asks for one resource."""
    return lambda: [found] if (found := load()) else []


def cases(what: str, scope: Scope, answer: Callable[[Document], bool], states: tuple[int, ...] = ()) -> Question:
    """A list of cases as ListCases reads it."""
    key = "create_time" if scope.owner else "submit_time"
    return Question(
        f"cases {what}",
        Case,
        scope,
        every_page(lambda: Case.listed(states), key, ascending=not scope.owner),
        lambda case: answer(case) and (not states or case["state"] in states) and bool(scope.owner or case.get("number")),
        by=key if not scope.owner else f"+{key}",
    )


def matters(what: str, scope: Scope, answer: Callable[[Document], bool], **asked: Any) -> Question:
    """A list of matters as ListMatters reads it."""
    return Question(
        f"matters {what}",
        Listed,
        scope,
        every_page(lambda: Listed.on(**asked), "code", ascending=True),
        answer,
        by="code",
    )


OF_HALL, UNDER_DISTRICT = Scope(hall=COMMUNITY), Scope(hall=DISTRICT, subtree=True)
EDITOR, PUBLIC = Scope(hall=DISTRICT), Scope(hall=DISTRICT, public=True)
UNIT, PERSON = UNITS[0], PEOPLE[0]
OWNER = Scope(owner=PERSON)
ROWS = [Row(n, f"m{n}") for n in range(0, 240, 2)]


def a_number() -> str:
    """The number of some case."""
    return str(min(case["number"] for case in kept(Case) if case.get("number")))


def outboxes_that_wait(document: type[Any]) -> list[Any]:
    """As the relay's sweep asks for them."""
    waiting = document._get_collection().find({"outbox.since": {"$lte": NOW - 30 * HOUR}}, {"outbox": 1, "hall": 1})
    return [SimpleNamespace(pk=found["_id"]) for found in waiting]


QUESTIONS = [
    cases("of a hall", OF_HALL, lambda c: c["hall"] == COMMUNITY),
    cases("of a hall in two states", OF_HALL, lambda c: c["hall"] == COMMUNITY, (1, 3)),
    cases("of a subtree", UNDER_DISTRICT, lambda c: True),
    cases("of a street's subtree in a state", Scope(hall=STREET, subtree=True), lambda c: c["hall"][:9] == STREET, (2,)),
    cases("of a unit in a hall", Scope(hall=COMMUNITY, unit=UNIT), lambda c: (c["hall"], c["unit"]) == (COMMUNITY, UNIT)),
    cases("of a unit in a subtree", Scope(hall=DISTRICT, subtree=True, unit=UNIT), lambda c: c["unit"] == UNIT, (1,)),
    cases("of a person", OWNER, lambda c: c["applicant"] == PERSON),
    cases("of a person in states", OWNER, lambda c: c["applicant"] == PERSON, (1, 2)),
    cases("of a person in a hall", Scope(hall=STREET, owner=PERSON), lambda c: (c["hall"], c["applicant"]) == (STREET, PERSON)),
    Question(
        "a case by its number, in whichever hall",
        Case,
        None,
        one(lambda: Case.numbered(a_number())),
        lambda case: case.get("number") == a_number(),
    ),
    Question(
        "contents that were never held",
        Incoming,
        None,
        lambda: Incoming.objects(since__lt=NOW - 60 * HOUR),
        lambda left: left["since"] < NOW - 60 * HOUR,
    ),
    Question(
        "access records of a hall",
        audit.records_of("intake"),
        None,
        every_page(lambda: audit.records_of("intake").objects(hall=COMMUNITY), "time"),
        lambda record: record["hall"] == COMMUNITY,
        by="+time",
    ),
    matters("for editors", EDITOR, lambda m: m["hall"] == DISTRICT),
    matters(
        "of which something is prepared",
        EDITOR,
        lambda m: m["hall"] == DISTRICT and "prepared/2" in m["shelves"],
        preparation=2,
    ),
    matters("for editors in a state", EDITOR, lambda m: (m["hall"], m["state"]) == (DISTRICT, 1), state=1),
    matters(
        "for editors, of a unit and type",
        EDITOR,
        lambda m: (m["hall"], m["unit"], m["kind"]) == (DISTRICT, UNIT, 1),
        unit=UNIT,
        matter_type=1,
    ),
    *[
        Question(
            f"a stretch of the list {name}",
            Listed,
            scope,
            lambda asked=asked: Listed.on(**asked).filter(code__gte="code0040", code__lt="code0160").order_by("code"),  # type: ignore[misc]
            lambda m, states=states: m["hall"] == DISTRICT and m["state"] in states and "code0040" <= m["code"] < "code0160",  # type: ignore[misc]
            by="code",
        )
        for name, scope, asked, states in (
            ("for the public", PUBLIC, {}, (PUBLISHED,)),
            ("for editors", EDITOR, {}, (1, PUBLISHED, 3)),
            ("for editors in a state", EDITOR, {"state": 1}, (1,)),
        )
    ],
    matters("for the public", PUBLIC, lambda m: (m["hall"], m["state"]) == (DISTRICT, PUBLISHED)),
    matters(
        "for the public, of a unit",
        PUBLIC,
        lambda m: (m["hall"], m["state"], m["unit"]) == (DISTRICT, PUBLISHED, UNIT),
        unit=UNIT,
    ),
    Question(
        "what the search index begins with",
        Listed,
        None,
        lambda: [SimpleNamespace(pk=found["_id"]) for found in following.listed(Matter._get_collection(), DISTRICT)],
        lambda m: (m["hall"], m["state"]) == (DISTRICT, PUBLISHED),
    ),
    Question(
        "matters whose dates have come",
        Listed,
        None,
        lambda: Matter.due_by(NOW),
        lambda m: "due" in m and m["due"] <= NOW,
    ),
    *[
        Question(
            f"the holders of {name}",
            Listed,
            None,
            partial(Matter.holders_of, DISTRICT, codes),
            lambda m, codes=codes: m["hall"] == DISTRICT and bool(set(codes) & set(m["issued"])),  # type: ignore[misc]
        )
        for name, codes in (("a code", ["code0030"]), ("several codes", [f"code{n:04}" for n in range(120)]))
    ],
    Question(
        "what the list has of the ids of a file",
        Listed,
        None,
        lambda: [SimpleNamespace(pk=found["_id"]) for found in judging.on_list(DISTRICT, ROWS).by_id.values()],
        lambda m: m["hall"] == DISTRICT and m["slug"] in {row.matter_id for row in ROWS},
    ),
    Question(
        "imports whose file never arrived",
        Import,
        None,
        lambda: Import.across_halls("the question").filter(state=ARRIVING),
        lambda paper: paper["state"] == ARRIVING,
    ),
    Question(
        "what was rejected of an import",
        Rejection,
        None,
        every_page(lambda: Rejection.objects(paper="p2"), "place", ascending=True),
        lambda rejection: rejection["paper"] == "p2",
        by="place",
    ),
    Question(
        "what was rejected of an import from a place on",
        Rejection,
        None,
        lambda: Rejection.objects(paper="p2", place__gte=100),
        lambda rejection: rejection["paper"] == "p2" and rejection["place"] >= 100,
    ),
    Question(
        "matters by their names for the public",
        Listed,
        PUBLIC,
        lambda: [found for n in range(240) if (found := Matter._find({"hall": DISTRICT, "slug": f"m{n}"}))],
        lambda m: m["hall"] == DISTRICT and "publish_time" in m and m["publish_time"] <= NOW,
    ),
    Question(
        "a matter by its name for editors",
        Listed,
        EDITOR,
        lambda: Matter.objects(slug="m7"),
        lambda m: (m["hall"], m["slug"]) == (DISTRICT, "m7"),
    ),
    Question(
        "what all halls of a district say",
        Offer,
        None,
        lambda: Offer.of_district(DISTRICT),
        lambda offer: offer["district"] == DISTRICT,
    ),
    Question(
        "what all halls of a district have said lately",
        Offer,
        None,
        lambda: Offer.of_district(DISTRICT, update_time__gte=NOW - 60 * HOUR),
        lambda offer: offer["district"] == DISTRICT and offer["update_time"] >= NOW - 60 * HOUR,
    ),
    Question(
        "what all halls of a district say of one matter",
        Offer,
        None,
        lambda: Offer.of_district(DISTRICT, slug="m7"),
        lambda offer: (offer["district"], offer["slug"]) == (DISTRICT, "m7"),
    ),
    Question(
        "what a hall says of one matter",
        Offer,
        Scope(hall=STREET, public=True),
        lambda: Offer.objects(slug="m7"),
        lambda offer: (offer["hall"], offer["slug"]) == (STREET, "m7"),
    ),
    Question(
        "units of a street and within it",
        Unit,
        None,
        every_page(lambda: Unit.under(STREET), "credit_code", ascending=True),
        lambda unit: unit["division"][:9] == STREET,
        by="credit_code",
    ),
    Question(
        "a person by their number",
        Person,
        UNDER_DISTRICT,
        lambda: Person.objects(resident_index="r7"),
        lambda person: person["resident_index"] == "r7",
    ),
    Question(
        "a person by their number, asked by another",
        Person,
        OWNER,
        lambda: Person.objects(resident_index="r7"),
        lambda person: False,
    ),
    Question("oneself", Person, OWNER, one(lambda: Person.load(PERSON)), lambda person: f"people/{person['_id']}" == PERSON),
    Question(
        "an organisation that one represents",
        Organisation,
        OWNER,
        one(lambda: Organisation._find({"id": "d7"})),
        lambda organisation: organisation["_id"] == "d7" and PERSON in organisation["representatives"],
    ),
    Question(
        "the organisations that one represents",
        Organisation,
        OWNER,
        lambda: Organisation.objects.limit(100),
        lambda organisation: PERSON in organisation["representatives"],
    ),
    Question(
        "posts of a hall",
        Post,
        OF_HALL,
        every_page(lambda: Post.objects, "create_time"),
        lambda p: p["hall"] == COMMUNITY,
        "+create_time",
    ),
    Question(
        "posts of a person", Post, None, lambda: Post.held_by(PERSON), lambda p: p["person"] == PERSON and "end_time" not in p
    ),
    Question(
        "open sessions of a person",
        Session,
        None,
        lambda: Session.open_of(PERSON),
        lambda session: session["person"] == PERSON and "end_time" not in session,
    ),
    Question(
        "notices of a person",
        Notice,
        OWNER,
        every_page(lambda: Notice.objects, "create_time"),
        lambda notice: f"people/{notice['person']}" == PERSON,
        by="+create_time",
    ),
    Question(
        "one's own notice",
        Notice,
        OWNER,
        one(lambda: Notice._find({"person": PERSON.removeprefix("people/"), "id": "d7"})),
        lambda notice: notice["_id"] == "d7" and f"people/{notice['person']}" == PERSON,
    ),
    Question(
        "unread notices of a person",
        Notice,
        OWNER,
        lambda: Notice.unread(),
        lambda notice: f"people/{notice['person']}" == PERSON and "read_time" not in notice,
    ),
    Question(
        "notices that have something to send",
        Notice,
        None,
        lambda: Notice.waiting(NOW, 1000),
        lambda notice: "due" in notice and notice["due"] <= NOW,
    ),
    *[
        Question(
            f"outboxes of {document.__name__} that wait",
            document,
            None,
            partial(outboxes_that_wait, document),
            lambda d: any(entry["since"] <= NOW - 30 * HOUR for entry in d["outbox"]),
        )
        for document in (Case, Listed, Unit, Offer, Person, Organisation, Post, Session, Notice)
    ],
]
