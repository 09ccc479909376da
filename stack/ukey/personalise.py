"""The bank's counter: a U-key is made, certified and handed out."""

from pathlib import Path

from stack.ukey.bank import Bank
from stack.ukey.people import FIRST_PIN, DemoPerson, people
from stack.ukey.token import Token


def prepare(folder: Path, trust: Path) -> Bank:
    """Makes what is missing: the bank, fresh CRLs in `trust`, and in `folder` a U-key of every demo person."""
    bank = Bank.opened(folder, trust)
    present = {token.label for token in Token.all(folder)}
    for someone in people():
        if someone.label not in present:
            handed_out(folder, bank, someone)
    return bank


def handed_out(folder: Path, bank: Bank, someone: DemoPerson, pin: str = FIRST_PIN) -> Token:
    """A new U-key with a certificate of the bank over the key that was made on it."""
    token, public_key = Token.made(folder, someone.label, someone.key, pin)
    token.store(bank.issue(public_key, resident_id=someone.resident_id, name=someone.name), pin)
    return token
