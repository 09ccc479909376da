"""What must hold of a matter before it is published: the table of rules, each with its article or standard.

Every rule is asked, so that an editor hears everything at once.
"""

from services.chassis.errors import Violation
from services.matters.rules import definite, guide, standing, timing
from services.matters.rules.rule import Candidate, Rule

RULES: tuple[Rule, ...] = (
    guide.elements_complete,
    standing.unit_known,
    standing.code_well_formed,
    standing.code_agrees,
    standing.code_unique,
    standing.code_never_reused,
    standing.earlier_codes_agree,
    standing.joint_units_known,
    standing.legal_basis_ranked,
    standing.licence_has_statutory_basis,
    standing.penalty_has_legal_basis,
    standing.coercion_has_legal_basis,
    definite.licence_is_announced,
    definite.prerequisites_definite,
    timing.licence_limit_explained,
    timing.immediate_is_immediate,
    timing.promise_is_a_promise,
    timing.promised_within_statutory,
    timing.steps_within_promise,
    timing.steps_name_who,
    timing.stopped_clock_is_announced,
    guide.fees_have_basis,
    guide.visits_have_reasons,
    definite.wholly_online_needs_no_visit,
    guide.online_has_a_channel,
    definite.handled_is_accepted,
    definite.lists_definite,
    definite.texts_fit,
    definite.questions_answered,
    guide.telephones_given,
    guide.complaint_goes_elsewhere,
    guide.materials_name_issuer,
    guide.materials_definite,
    guide.certificate_is_issued_as_licence,
    guide.form_is_json_schema,
)


def violations(candidate: Candidate) -> list[Violation]:
    """Every breach of every rule, in the order of the table; empty for a matter that may be published."""
    return [violation for rule in RULES for violation in rule.violations(candidate)]
