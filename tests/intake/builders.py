"""Cases and matters of the rules' shapes, built without store or wire."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from services.intake import rules
from services.intake.rules import Actor
from services.intake.rules.calendar import SHANGHAI
from services.intake.rules.limits import TimeUnit

APPLICANT = Actor("people/lin")
CLERK = Actor("people/wang", "ROLE_CLERK")
APPROVER = Actor("people/zhao", "ROLE_APPROVER")
HEAD = Actor("people/sun", "ROLE_HEAD")

FORM_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["age"],
    "additionalProperties": False,
    "properties": {
        "age": {"type": "integer", "minimum": 80, "title": "年龄", "x-title-en": "Age"},
        "since": {"type": "string", "format": "date", "title": "户籍登记日期", "x-title-en": "Registered since"},
        "pays": {"oneOf": [{"const": "month"}, {"const": "year"}], "title": "发放方式", "x-title-en": "Payment"},
    },
}


def at(day: str, time: str = "10:00") -> datetime:
    """A time in Shenzhen."""
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=SHANGHAI)


def a_limit(value: int = 0, unit: TimeUnit = TimeUnit.WORKING_DAY) -> SimpleNamespace:
    return SimpleNamespace(value=value, unit=unit if value else TimeUnit.UNSPECIFIED)


def a_material(slug: str, material_class: int = 1, *, required: bool = True, media_types: tuple[str, ...] = ()) -> Any:
    title = SimpleNamespace(zh=f"材料{slug}", en=slug)
    return SimpleNamespace(
        id=slug, display_name=title, material_class=material_class, required=required, media_types=media_types
    )


def a_matter(**elements: Any) -> Any:
    """A matter with a statutory limit of 20 working days and a promised one of 10, one class A and one class B material."""
    matter: dict[str, Any] = {
        "display_name": SimpleNamespace(zh="高龄老人津贴", en="Old-age allowance"),
        "implementation_code": "11440307PL000005X94440590033000",
        "service_objects": [1],
        "materials": [a_material("identity-card"), a_material("bank-account", 2)],
        "statutory_limit": a_limit(20),
        "promised_limit": a_limit(10),
        "special_procedures": [],
        "results": [],
        "handled_at": [1],
        "accepted_at": [1, 2, 3],
    }
    return SimpleNamespace(**matter | elements)


def a_file(material: str = "identity-card", *, file_id: str = "f1", sha256: str = "aa", size: int = 3) -> Any:
    return SimpleNamespace(
        id=file_id, material=material, size=size, sha256=sha256, submission=0, removed=False,
        media_type="application/pdf",
    )  # fmt: skip


def a_draft(terms: Any = None, **fields: Any) -> Any:
    """A draft of people/lin that may be submitted as it is."""
    case: dict[str, Any] = {
        "name": "halls/440307003002/cases/c1",
        "matter": "halls/440307/matters/old-age-allowance",
        "matter_version": 1,
        "matter_display_name": "高龄老人津贴",
        "terms": terms or a_matter(),
        "form_schema": FORM_SCHEMA,
        "state": 0,
        "number": "",
        "applicant": APPLICANT.person,
        "organisation": "",
        "form": {"age": 81},
        "files": [a_file()],
        "corrections": [],
        "outcome": 0,
        "reasons": [],
        "result_number": "",
        "ratings": [],
        "submit_time": None,
        "history": [],
    }
    draft: Any = SimpleNamespace(**case | fields)
    rules.create(draft, by=APPLICANT, at=at("2015-03-02", "09:00"))
    return draft


def submit(case: Any, day: str = "2015-03-02") -> Any:
    rules.submit(case, rules.content(case), number="N1", certificate_sha256="cc", by=APPLICANT, at=at(day))
    return case


def a_submitted_case(day: str = "2015-03-02", **fields: Any) -> Any:
    """Submitted on a day; by default Monday 2 March 2015."""
    return submit(a_draft(**fields), day)


def an_accepted_case(day: str = "2015-03-02", **fields: Any) -> Any:
    """Submitted and accepted on a day."""
    case = a_submitted_case(day, **fields)
    rules.accept(case, by=CLERK, at=at(day, "11:00"))
    return case


def a_case_in_review(day: str = "2015-03-02", **fields: Any) -> Any:
    """Accepted and taken up on a day."""
    case = an_accepted_case(day, **fields)
    rules.start_review(case, by=APPROVER, at=at(day, "14:00"))
    return case
