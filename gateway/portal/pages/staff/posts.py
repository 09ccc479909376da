"""The posts of who visits: which work lists they have, and in which role they meet a case."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from gateway.portal import formats
from gateway.portal.problems import Refused
from gateway.portal.sessions import AT_A_HALL, OF_A_UNIT, Post
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.intake.v1 import cases_pb2
from yimen.matters.v1 import units_pb2

CLERK, APPROVER, HEAD, CHIEF_REPRESENTATIVE = "CLERK", "APPROVER", "HEAD", "CHIEF_REPRESENTATIVE"


@dataclass(frozen=True)
class Desk:
    """A work list that the visitor has. `parent`: halls/{hall} or units/{unit}. `subtree`: with the halls below."""

    parent: str
    roles: frozenset[str]
    subtree: bool = False

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"/work/{self.parent}"

    @property
    def of_unit(self) -> bool:
        """Whether a unit works here; else a hall's counter."""
        return self.parent.startswith("units/")


def held(visit: Visit) -> list[Post]:
    """The visitor's posts that have to do with cases."""
    return [post for post in visit.session.posts if post.role in AT_A_HALL | OF_A_UNIT]


def desks(visit: Visit) -> list[Desk]:
    """The work lists of the visitor's posts, each once."""
    found: dict[str, list[Post]] = {}
    for post in held(visit):
        found.setdefault(post.unit if post.role in OF_A_UNIT else f"halls/{post.hall}", []).append(post)
    return [
        Desk(parent, frozenset(post.role for post in held_there), any(map(_overlooks, held_there)))
        for parent, held_there in found.items()
    ]


def _overlooks(post: Post) -> bool:
    """Whether its list has the cases of the halls below too."""
    return post.subtree and post.role in AT_A_HALL


def desk(visit: Visit, parent: str) -> Desk | None:
    """The visitor's work list of a hall or unit, or of a hall below one that they overlook; None where they have none there."""
    own = desks(visit)
    above = (one for one in own if one.subtree and parent.startswith(one.parent) and visit.halls.knows(parent))
    return next((one for one in own if one.parent == parent), None) or next(
        (Desk(parent, one.roles, subtree=True) for one in above), None
    )


def below(visit: Visit, of: Desk) -> list[tuple[str, str]]:
    """The halls that can be chosen where one's list goes down to them: code and name, in the order of codes; else none."""
    if not of.subtree:
        return []
    tops = tuple(one.parent for one in desks(visit) if one.subtree)
    return [
        (hall.name.removeprefix("halls/"), formats.text(hall.display_name))
        for hall in visit.halls.halls
        if hall.name.startswith(tops)
    ]


def require_post(visit: Visit) -> None:
    """Refused (403) for who has no post that handles cases."""
    if not visit.session.works:
        raise Refused(403, _("只有有岗位的工作人员可以打开工作台。"), "NO_POST")


def require_desk(visit: Visit, parent: str) -> Desk:
    """The visitor's work list of a hall or unit; Refused (403) where they have none there."""
    if found := desk(visit, parent):
        return found
    raise Refused(403, _("您没有这个工作台的岗位。"), "NO_SUCH_DESK")


def roles_over(visit: Visit, case: cases_pb2.Case) -> frozenset[str]:
    """The roles in which the visitor meets a case, as their posts say; the service judges."""
    return frozenset(_reaching(held(visit), case))


def _reaching(posts: Iterable[Post], case: cases_pb2.Case) -> Iterable[str]:
    hall = case.name.split("/")[1]
    for post in posts:
        near = hall == post.hall or (post.subtree and hall.startswith(post.hall))
        if near and (post.role in AT_A_HALL or post.unit == case.unit):
            yield post.role


def desk_of(visit: Visit, case: cases_pb2.Case) -> Desk:
    """The work list that a case is on, of those that the visitor has; the first one otherwise. Refused (403) without a post."""
    require_post(visit)
    hall, own = case.name.partition("/cases/")[0], desks(visit)
    return next((one for one in own if one.parent in (case.unit, hall)), own[0])


def title(visit: Visit, desk: Desk) -> Markup:
    """The name of the hall or the unit whose work list it is."""
    if desk.of_unit:
        return formats.chinese(visit.services.matters.GetUnit(units_pb2.GetUnitRequest(name=desk.parent)).display_name)
    return formats.said(visit.halls.of(desk.parent).display_name)
