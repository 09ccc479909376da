"""Whether a case can be opened: a published matter, a hall that takes it, an applicant whom it serves."""

from typing import Protocol

from services.chassis.errors import FailedPrecondition
from services.intake.rules.shapes import Terms

# As yimen.halls.v1.Tier and yimen.matters.v1.ServiceObject number them.
TIERS = {1: "district", 2: "street", 3: "community"}
NATURAL_PERSON = 1


class Hall(Protocol):
    """A hall as it is configured."""

    @property
    def code(self) -> str: ...
    @property
    def tier(self) -> str: ...
    def accepts(self, tier: str) -> bool:
        """Whether it takes matters that this tier handles."""
        ...


class MatterNotPublished(FailedPrecondition):
    """What is not on the published list cannot be applied for."""

    zh = "事项 {matter} 未在权责清单中公布，不能申请"
    en = "{matter} is not on the published list of matters: nobody can apply for it"


class HallDoesNotAccept(FailedPrecondition):
    """The matter is not taken at this hall."""

    zh = "大厅 {hall} 不受理事项“{title}”"
    en = "the hall {hall} does not take the matter {title_en}"


class ApplicantNotServed(FailedPrecondition):
    """The matter is for organisations alone, or for natural persons alone."""

    zh = "事项“{title}”的服务对象不包括{who_zh}"
    en = "the matter {title_en} does not serve {who_en}"


def require_open(terms: Terms, *, matter: str, hall: Hall, organisation: str) -> None:
    """Passes an application that the hall takes; HallDoesNotAccept, ApplicantNotServed."""
    title = {"title": terms.display_name.zh, "title_en": terms.display_name.en or terms.display_name.zh}
    district = matter.split("/")[1]
    takes = [TIERS.get(tier, "") for tier in (*terms.accepted_at, *terms.handled_at)]
    handled = [TIERS.get(tier, "") for tier in terms.handled_at]
    if not (hall.code.startswith(district) and str(hall.tier) in takes and any(hall.accepts(tier) for tier in handled)):
        raise HallDoesNotAccept(hall=hall.code, **title)
    served = set(terms.service_objects)
    if served and not organisation and NATURAL_PERSON not in served:
        raise ApplicantNotServed(who_zh="个人", who_en="natural persons", **title)
    if served == {NATURAL_PERSON} and organisation:
        raise ApplicantNotServed(who_zh="单位", who_en="organisations", **title)
