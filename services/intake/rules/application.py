"""What the applicant signs: the application in its canonical form (RFC 8785), the same bytes for whoever makes them."""

from typing import Any

import rfc8785

from services.chassis.errors import InvalidFields
from services.intake.rules import form, materials, states
from services.intake.rules.shapes import Case

FORMAT = "yimen-application:1"


def content(case: Case) -> bytes:
    """The canonical application: case, matter and version, applicant, form, and each material by its SHA-256."""
    files = sorted(materials.current(case), key=lambda file: (file.material, file.sha256, file.id))
    said: dict[str, Any] = {
        "format": FORMAT,
        "case": case.name,
        "matter": case.matter,
        "matterDisplayName": case.matter_display_name,
        "matterVersion": case.matter_version,
        "applicant": case.applicant,
        "organisation": case.organisation,
        "form": case.form,
        "materials": [{"material": file.material, "sha256": file.sha256, "size": file.size} for file in files],
    }
    return rfc8785.dumps(said)


def require_complete(case: Case) -> None:
    """Passes an application that may be signed and submitted; WrongState, or InvalidFields with all that is wrong."""
    states.SUBMIT.require(case.state)
    wrong = form.violations(case.form, case.form_schema) + materials.missing_at_submission(case)
    if wrong:
        raise InvalidFields(wrong)
