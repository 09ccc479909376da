"""The secrets of one stack: made once under .stack/keys, readable by their owner alone."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def ensure(folder: Path) -> None:
    """Makes what is missing: jwt.pem (EC P-256, PKCS#8), pii.key, page.key and portal.key (32 random bytes in hexadecimal)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    makers: dict[str, Callable[[], bytes]] = {
        "jwt.pem": _signing_key,
        "pii.key": _random_key,
        "page.key": _random_key,
        "portal.key": _random_key,
    }
    for name, make in makers.items():
        file = folder / name
        if not file.exists():
            part = file.with_suffix(".part")
            part.touch(mode=0o600)
            part.write_bytes(make())
            os.replace(part, file)


def _signing_key() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _random_key() -> bytes:
    return secrets.token_hex(32).encode()
