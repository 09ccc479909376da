"""The development bank and its U-keys: certificates, PKCS#11 tokens, and the agent that a browser page asks to sign.

It stands for what a bank, its U-keys and its desktop program do; no service imports it.
"""

from stack.ukey.bank import Bank
from stack.ukey.people import FIRST_PIN, DemoPerson, DemoPost, people, person
from stack.ukey.personalise import handed_out, prepare
from stack.ukey.token import NoSuchToken, PinLocked, Token, TokenRefusal, WrongPin

__all__ = [
    "FIRST_PIN",
    "Bank",
    "DemoPerson",
    "DemoPost",
    "NoSuchToken",
    "PinLocked",
    "Token",
    "TokenRefusal",
    "WrongPin",
    "handed_out",
    "people",
    "person",
    "prepare",
]
