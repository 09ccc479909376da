"""Personal numbers at rest: sealed by AES-256-GCM, found by a keyed hash (HMAC-SHA-256).

pii.key has one key a line, 32 bytes in hexadecimal. The first seals; the others still open what they sealed, so that a key is
replaced by putting a new line first. The hash is keyed by the last line, the oldest, and so outlives a replacement.
"""

import hmac
import os
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_ID_BYTES = 4
_NONCE_BYTES = 12


class Vault:
    """Seals, opens and hashes with the keys of a file."""

    def __init__(self, file: Path) -> None:
        keys = [bytes.fromhex(line) for line in file.read_text().split()]
        if not keys or any(len(key) != 32 for key in keys):
            raise ValueError(f"{file} must have a key of 64 hexadecimal characters on each line")
        self._keys = {_derived(key, b"id")[:_ID_BYTES]: _derived(key, b"seal") for key in keys}
        self._index_key = _derived(keys[-1], b"index")

    def seal(self, number: str, owner: str) -> bytes:
        """Key id, nonce and ciphertext; it opens for the same owner alone, so that it cannot be moved to another document."""
        key_id, key = next(iter(self._keys.items()))
        nonce = os.urandom(_NONCE_BYTES)
        return key_id + nonce + AESGCM(key).encrypt(nonce, number.encode(), owner.encode())

    def open(self, sealed: bytes, owner: str) -> str:
        """The number; KeyError where its key is gone, InvalidTag where it was changed or is another owner's."""
        key_id, nonce, text = sealed[:_ID_BYTES], sealed[_ID_BYTES:][:_NONCE_BYTES], sealed[_ID_BYTES + _NONCE_BYTES :]
        return AESGCM(self._keys[key_id]).decrypt(nonce, text, owner.encode()).decode()

    def index(self, number: str) -> str:
        """What a number is found by, hexadecimal."""
        return hmac.digest(self._index_key, number.encode(), "sha256").hex()


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"yimen identity " + purpose).derive(key)


_vault: Vault | None = None


def use(vault: Vault) -> None:
    """Sets the vault of this process."""
    global _vault
    _vault = vault


def vault() -> Vault:
    """The vault of this process; RuntimeError before `use`."""
    if _vault is None:
        raise RuntimeError("no vault is in use")
    return _vault
