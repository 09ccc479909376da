"""What the applicant signs: the application in its canonical form (RFC 8785), the same bytes for whoever makes them."""

from typing import Any

import rfc8785

from services.chassis.errors import FailedPrecondition, InvalidFields
from services.intake.rules import form, materials, states
from services.intake.rules.shapes import Case

FORMAT = "yimen-application:1"


class MatterChanged(FailedPrecondition):
    """The matter was changed since the draft was made: what would be handed in is not what is asked for now."""

    zh = "事项“{title}”在起草后已变更（草稿按第 {was} 版，现行第 {now} 版），请先按现行版本更新草稿"
    en = "the matter changed since the draft was made (version {was}, now {now}): renew the draft first"


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


def require_current(case: Case, version: int) -> None:
    """Passes a draft for the version of its matter that is in force; MatterChanged.

    What was handed in once goes on under its version, whatever becomes of the matter.
    """
    if not case.number and case.matter_version != version:
        raise MatterChanged(title=case.matter_display_name, was=case.matter_version, now=version)


def require_complete(case: Case) -> None:
    """Passes an application that may be signed and submitted; WrongState, or InvalidFields with all that is wrong."""
    states.SUBMIT.require(case.state)
    wrong = form.violations(case.form, case.form_schema) + materials.missing_at_submission(case)
    if wrong:
        raise InvalidFields(wrong)
