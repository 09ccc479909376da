"""`python -m stack.ukey`: the bank's counter, a U-key at the command line, and the agent.

Where things are comes from the environment: YIMEN_UKEY (the bank's books and the U-keys), YIMEN_TRUST (what services are given
of the bank), and for the agent YIMEN_LISTEN (host:port) and YIMEN_ORIGINS (comma list of pages that may ask).
"""

import argparse
import base64
import json
import os
import sys
from getpass import getpass
from pathlib import Path

import uvicorn

from stack.ukey import Bank, Token, TokenRefusal, people, prepare
from stack.ukey.agent import Agent


def main() -> int:
    """Runs one command; a refusal of the U-key is printed in both languages and exits 1."""
    options = _options()
    try:
        options.run(options)
    except TokenRefusal as refusal:
        print(f"{refusal.zh}\n{refusal.en}", file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stack.ukey", description=__doc__.splitlines()[0] if __doc__ else "")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    make = commands.add_parser("make", help="make the bank and the U-keys that are missing, renew the CRLs")
    make.set_defaults(run=_make)
    show = commands.add_parser("people", help="list the demo's people and their U-keys")
    show.set_defaults(run=_people)
    agent = commands.add_parser("agent", help="serve the loopback agent that browser pages ask to sign")
    agent.set_defaults(run=_agent)

    for name, run, help_text in (
        ("sign-in", _sign_in, "print a Web eID authentication token"),
        ("sign", _sign, "write a detached CMS signature over standard input to standard output (base64)"),
    ):
        command = commands.add_parser(name, help=help_text)
        command.add_argument("label")
        command.set_defaults(run=run)
        if name == "sign-in":
            command.add_argument("--origin", required=True)
            command.add_argument("--nonce", required=True)
    revoke = commands.add_parser("revoke", help="put the certificate of a U-key on the CRL")
    revoke.add_argument("label")
    revoke.set_defaults(run=_revoke)
    unlock = commands.add_parser("unlock", help="unlock a U-key that saw too many wrong PINs")
    unlock.add_argument("label")
    unlock.set_defaults(run=lambda options: _token(options).unlock())
    return parser.parse_args()


def _folder() -> Path:
    return Path(os.environ.get("YIMEN_UKEY", ".stack/ukey"))


def _trust() -> Path:
    return Path(os.environ.get("YIMEN_TRUST", ".stack/trust"))


def _token(options: argparse.Namespace) -> Token:
    return Token(_folder(), options.label)


def _make(_options: argparse.Namespace) -> None:
    prepare(_folder(), _trust())
    print(f"{len(Token.all(_folder()))} U-keys in {_folder()}, the bank's roots and revocation lists in {_trust()}")


def _revoke(options: argparse.Namespace) -> None:
    Bank.opened(_folder(), _trust()).revoke(_token(options).certificate)


def _people(_options: argparse.Namespace) -> None:
    made = {token.label for token in Token.all(_folder())}
    for someone in people():
        post = someone.post
        where = f"{post.role.removeprefix('ROLE_').lower()} at halls/{post.hall} {post.unit}".strip() if post else "resident"
        print(f"{someone.label:22}{someone.name:8}\t{someone.key:10}{'U-key' if someone.label in made else '-':7}{where}")


def _sign_in(options: argparse.Namespace) -> None:
    token = _token(options).authenticate(origin=options.origin, nonce=options.nonce, pin=_pin())
    print(json.dumps(token, indent=1))


def _sign(options: argparse.Namespace) -> None:
    content = sys.stdin.buffer.read()
    print(base64.b64encode(_token(options).sign(content, pin=_pin())).decode())


def _agent(_options: argparse.Namespace) -> None:
    host, _, port = os.environ["YIMEN_LISTEN"].rpartition(":")
    origins = [origin.strip() for origin in os.environ["YIMEN_ORIGINS"].split(",")]
    # No access log: it would name the requests' handles.
    uvicorn.run(Agent(_folder(), origins).app(), host=host, port=int(port), access_log=False, log_level="warning")


def _pin() -> str:
    """Asked at the terminal each time; it is never an argument, which every process could read."""
    return getpass("PIN: ")


if __name__ == "__main__":
    sys.exit(main())
