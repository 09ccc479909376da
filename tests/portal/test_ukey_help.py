"""Everything that U-key and certificate rules can refuse has its own help on the page that asks for the U-key."""

import ast
import inspect
import re
from pathlib import Path
from types import ModuleType

import stack.ukey.agent
import stack.ukey.token
from gateway.portal import assets, texts
from services.chassis.errors import Refusal
from services.identity.rules import certificates, sessions, signatures, tokens

PANEL = (texts.HERE / "templates/resident/ukey.html").read_text(encoding="utf-8")
HELP = set(re.findall(r'said\("([A-Z_]+)"', PANEL))
# What a person can do nothing about but begin again: said in the service's own words, with what to do if it happens again.
OTHER = {
    # The page or the agent is wrong, or somebody plays with them.
    "REQUEST_MALFORMED", "REQUEST_TOO_LARGE", "TOO_MANY_REQUESTS", "TOKEN_MALFORMED", "SIGNATURE_MALFORMED",
    "SIGNATURE_MISMATCH", "SIGNATURE_INVALID", "CONTENT_DIFFERS",
    # Another person's U-key signed: the page of the check tells it, in its own place.
    "SIGNER_IS_ANOTHER",
    # The bank's list is too old to go by: nothing on this side is wrong.
    "REVOCATION_UNKNOWN",
    # The challenge was answered too late or twice: the button asks for a new one.
    "CHALLENGE_UNKNOWN", "CHALLENGE_USED", "CHALLENGE_EXPIRED",
    # Of sessions that are there already; the pages ask for a sign-in by themselves.
    "REFRESH_TOKEN_UNKNOWN", "REFRESH_TOKEN_REUSED", "SESSION_ENDED",
}  # fmt: skip
# What the page's script makes of a reply by its status: a request that the agent does not know any more has timed out.
BY_STATUS = {"REQUEST_UNKNOWN": "TIMED_OUT"}
# What the page says by itself, of no refusal.
OF_THE_PAGE = {
    "CHECKING",
    "WAITING",
    "POPUP_BLOCKED",
    "NO_AGENT",
    "TIMED_OUT",
    "OFFLINE",
    "SERVICE_DOWN",
    "SIGNED_OUT",
    "OTHER",
}


def of_the_agent() -> set[str]:
    """Every reason that the agent and the token can answer."""
    found: set[str] = set()
    for module in (stack.ukey.agent, stack.ukey.token):
        texts_of = [node.value for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Constant)]
        found |= {text for text in texts_of if isinstance(text, str) and re.fullmatch(r"[A-Z]+(_[A-Z]+)+|CANCELLED", text)}
    return found


def of_identity() -> set[str]:
    """Every reason for which a sign-in or a signature is refused."""

    def refusals(module: ModuleType) -> list[type[Refusal]]:
        named = (value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Refusal))
        return [one for one in named if one.__module__ == module.__name__]

    made = (one for module in (certificates, sessions, signatures, tokens) for one in refusals(module))
    return {re.sub(r"(?<!^)(?=[A-Z])", "_", one.__name__).upper() for one in made}


def test_each_reason_has_its_help_or_is_told_in_the_services_words_on_purpose() -> None:
    reasons = {BY_STATUS.get(reason, reason) for reason in of_the_agent() | of_identity()}
    assert {"WRONG_PIN", "CANCELLED", "CERTIFICATE_REVOKED"} <= reasons
    assert reasons - HELP == OTHER


def test_no_help_is_written_for_what_nobody_answers() -> None:
    script = Path(assets.FOLDER / "ukey.js").read_text(encoding="utf-8")
    assert HELP - of_the_agent() - of_identity() == OF_THE_PAGE
    assert all(f'"{state}"' in script for state in OF_THE_PAGE)
