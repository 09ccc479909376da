"""Whether a case can be opened: a published matter, a hall that takes it, an applicant whom it serves."""

from services.chassis.errors import FailedPrecondition
from services.intake.rules.shapes import Terms

# As yimen.matters.v1.ServiceObject numbers them.
NATURAL_PERSON = 1


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


def require_open(terms: Terms, *, hall: str, is_taken: bool, organisation: str) -> None:
    """Passes an application that the hall takes; HallDoesNotAccept, ApplicantNotServed.

    `is_taken`: whether the hall takes cases of the matter, which its tier, its standard and its own word say together.
    """
    title = {"title": terms.display_name.zh, "title_en": terms.display_name.en or terms.display_name.zh}
    if not is_taken:
        raise HallDoesNotAccept(hall=hall, **title)
    served = set(terms.service_objects)
    if served and not organisation and NATURAL_PERSON not in served:
        raise ApplicantNotServed(who_zh="个人", who_en="natural persons", **title)
    if served == {NATURAL_PERSON} and organisation:
        raise ApplicantNotServed(who_zh="单位", who_en="organisations", **title)
