"""Who acts in a call, as the rules take it."""

from services.chassis import context
from services.intake.rules import Actor


def actor() -> Actor:
    """The caller, in the role that the scope of the call is had by; the applicant acts in none."""
    call = context.current()
    return Actor(call.caller.person, f"ROLE_{call.role}" if call.role else "")
