"""Beginning an application: where, for whom, and the draft that is there already."""

import grpc
from starlette.responses import Response

from gateway.portal import cases, formats
from gateway.portal.formats import text
from gateway.portal.pages.resident import organisations
from gateway.portal.problems import Problem, Refused, problem
from gateway.portal.routing import form, page
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.halls.v1 import halls_pb2
from yimen.intake.v1 import applying_pb2, cases_pb2, listing_pb2
from yimen.matters.v1 import elements_pb2, guide_pb2, matter_pb2

_PERSON = elements_pb2.SERVICE_OBJECT_NATURAL_PERSON
_RECENT = 100


def show(visit: Visit) -> Response:
    """What is needed, and the choices before the draft is made."""
    return _show(visit, asked=visit.asked("hall", 12) or visit.hall.removeprefix("halls/"))


def _show(visit: Visit, *, asked: str, errors: dict[str, str] | None = None, refused: Problem | None = None) -> Response:
    matter = visit.services.matters.GetMatter(matter_pb2.GetMatterRequest(name=_matter(visit)))
    if matter.state != matter_pb2.MATTER_STATE_PUBLISHED:
        raise Refused(404, _("该事项已不在清单上，不能再申请。"))
    guide = visit.services.matters.GetGuide(
        guide_pb2.GetGuideRequest(
            name=f"{matter.name}/guide", hall=f"halls/{asked}" if _known(visit, asked) else "", all_places=True
        )
    )
    places = [place for place in guide.places if place.accepts]
    chosen = f"halls/{asked}"
    return visit.render(
        "resident/apply.html",
        status=400 if errors or refused else 200,
        matter=matter,
        needed=[one for one in cases.listed(matter.elements) if cases.needed(one)],
        places=_by_street(visit, places),
        chosen=chosen if any(place.hall == chosen for place in places) else places[0].hall if places else "",
        online=matter.elements.online_depth >= elements_pb2.ONLINE_DEPTH_RECEIPT,
        for_person=not matter.elements.service_objects or _PERSON in matter.elements.service_objects,
        for_organisation=any(one != _PERSON for one in matter.elements.service_objects),
        organisations=organisations.of(visit),
        draft=_draft(visit, matter.name),
        typed={name: visit.typed(name, 200) for name in ("who", "organisation_name", "organisation_code")},
        errors=errors or {},
        refused=refused,
    )


def _by_street(visit: Visit, places: list[guide_pb2.Place]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The halls to choose from under their streets, in the order in which they come: the nearest first."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for place in places:
        hall = visit.halls.of(place.hall)
        street = [*visit.halls.above(hall), hall][:2][-1]
        groups.setdefault(_division(street), []).append((place.hall, _division(hall)))
    return list(groups.items())


def _division(hall: halls_pb2.Hall) -> str:
    """What a hall is called among those of its street; the whole name where there is no shorter one."""
    return str(formats.division(hall).striptags()) or text(hall.display_name)


def begin(visit: Visit) -> Response:
    """Makes the draft, once however often the button is pressed, and leads to its first page."""
    hall = visit.typed("hall", 18).removeprefix("halls/")
    if not _known(visit, hall):
        return _show(visit, asked=hall, errors={"hall": _("请选择受理大厅")})
    try:
        organisation = _organisation(visit)
    except organisations.Wrong as wrong:
        return _show(visit, asked=hall, errors=wrong.errors)
    request = applying_pb2.CreateCaseRequest(
        parent=f"halls/{hall}",
        case=cases_pb2.Case(matter=_matter(visit), organisation=organisation),
        request_id=visit.request_id,
    )
    try:
        case = visit.services.intake.CreateCase(request)
    except grpc.RpcError as error:
        met = problem(error)
        if met.status not in (400, 409):
            raise
        return _show(visit, asked=hall, refused=met)
    return visit.goto(cases.path(case, "form"))


def _organisation(visit: Visit) -> str:
    """organisations/… that the case is for, registered where it is new; empty for the person's own."""
    who = visit.typed("who", 100)
    if who == "new":
        return organisations.register(visit)
    return who if who.startswith("organisations/") else ""


def _matter(visit: Visit) -> str:
    return f"halls/{visit.where['hall']}/matters/{visit.where['matter']}"


def _known(visit: Visit, hall: str) -> bool:
    return visit.halls.knows(f"halls/{hall}")


def _draft(visit: Visit, matter: str) -> cases_pb2.Case | None:
    """A draft for the same matter that was begun before."""
    request = listing_pb2.ListCasesRequest(
        parent=visit.session.person, states=[cases.State.CASE_STATE_DRAFT], page_size=_RECENT
    )
    found = visit.services.intake.ListCases(request).cases
    return next((case for case in found if case.matter == matter), None)


PLACES = (
    page("/apply/{hall}/{matter}", show, signed_in=True),
    form("/apply/{hall}/{matter}", begin),
)
