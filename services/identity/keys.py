"""The keys that access tokens are signed with: files of a folder, two at most, replaced without a token failing.

jwt.pem signs. jwt-next.pem is published before it signs, jwt-previous.pem as long as tokens by it live.
"""

import json
import os
import threading
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import ECAlgorithm
from jwt.utils import base64url_encode

from services.chassis.caller import Caller, claims
from services.identity.rules.sessions import ACCESS_LIFE

_CURRENT, _NEXT, _PREVIOUS = "jwt.pem", "jwt-next.pem", "jwt-previous.pem"


class Signer:
    """Signs access tokens with the current key of a folder and publishes every key there; reread when a file changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._seen: object = None
        self._keys: dict[str, _Key] = {}
        self._loaded()

    def access_token(self, caller: Caller, at: datetime, token_id: str) -> tuple[str, datetime]:
        """An ES256 JWT that says who the caller is, and when it expires."""
        key = self._loaded()[_CURRENT]
        expires = (at + ACCESS_LIFE).replace(microsecond=0)
        body = claims(caller) | {"iat": int(at.timestamp()), "exp": int(expires.timestamp()), "jti": token_id}
        return jwt.encode(body, key.private, algorithm="ES256", headers={"kid": key.jwk["kid"]}), expires

    def jwks(self) -> bytes:
        """The public keys, as RFC 7517 has them."""
        return json.dumps({"keys": [key.jwk for key in self._loaded().values()]}).encode()

    def _loaded(self) -> dict[str, "_Key"]:
        with self._lock:
            files = [file for name in (_CURRENT, _NEXT, _PREVIOUS) if (file := self._folder / name).exists()]
            seen = tuple((file.name, file.stat().st_mtime_ns, file.stat().st_ino) for file in files)
            if seen != self._seen:
                self._keys = {file.name: _Key(file) for file in files}
                self._seen = seen
            return self._keys


class _Key:
    """One key: its private half, and its public half as a JWK whose kid is the thumbprint of RFC 7638."""

    def __init__(self, file: Path) -> None:
        private = load_pem_private_key(file.read_bytes(), password=None)
        if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
            raise ValueError(f"{file} is not a P-256 key")
        self.private = private
        public: dict[str, Any] = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
        members = {name: public[name] for name in ("crv", "kty", "x", "y")}
        thumbprint = sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest()
        self.jwk = members | {"kid": base64url_encode(thumbprint).decode(), "alg": "ES256", "use": "sig"}


def rotate(folder: Path) -> str:
    """Takes the next step of a replacement and says what it was: publish the next key, or sign with it.

    Between the two every verifier must have fetched the keys (Envoy and the services do so within minutes), and a previous key
    goes when a next one comes, by when its tokens are long expired.
    """
    current, following, previous = folder / _CURRENT, folder / _NEXT, folder / _PREVIOUS
    if following.exists():
        os.replace(current, previous)
        os.replace(following, current)
        return "the next key signs now; the previous one is still accepted"
    previous.unlink(missing_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    part = folder / f"{_NEXT}.part"
    part.touch(mode=0o600)
    part.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    os.replace(part, following)
    return "the next key is published; run this again after ten minutes to sign with it"
