"""Web eID authentication tokens, format web-eid:1.x (https://github.com/web-eid/web-eid-system-architecture-doc).

The signature covers hash(origin) || hash(challenge nonce), with the hash of the algorithm; that binds it to this site and to
one challenge. The signed value is never sent: it is built here from what this site knows.
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, Hash

from services.chassis.errors import InvalidArgument, Unauthenticated
from services.identity.rules.certificates import Holder, PublicKey, Trust, holder

HASHES: dict[str, Callable[[], SHA256 | SHA384 | SHA512]] = {"256": SHA256, "384": SHA384, "512": SHA512}
# RFC 7518, 3.4: each ECDSA algorithm has its curve.
CURVES = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}
ALGORITHMS = tuple(f"{family}{bits}" for family in ("ES", "PS", "RS") for bits in HASHES)


class SignatureMismatch(Unauthenticated):
    """The token was signed for another site or another challenge, or with another key."""

    zh = "签名与本网站或本次登录请求不符"
    en = "the signature is not over this site and this challenge"


class TokenMalformed(InvalidArgument):
    """The token is not one of format web-eid:1."""

    zh = "登录令牌格式不正确: {field}"
    en = "the authentication token is malformed: {field}"


class WebEidToken(Protocol):
    """The token as a page hands it over; certificate and signature are base64."""

    unverified_certificate: str
    algorithm: str
    signature: str
    format: str


def certificate(token: WebEidToken) -> bytes:
    """The certificate (DER) that the token claims, not verified."""
    return _decoded(token.unverified_certificate, "unverified_certificate")


def verify(token: WebEidToken, nonce: str, origins: Sequence[str], trust: Trust, at: datetime) -> Holder:
    """Who signed in: first the certificate is judged, then the signature by its key.

    SignatureMismatch, TokenMalformed, and every refusal of a certificate.
    """
    if not re.fullmatch(r"web-eid:1(\.\d+)?", token.format):
        raise TokenMalformed(field="format")
    if token.algorithm not in ALGORITHMS:
        raise TokenMalformed(field="algorithm")
    signature = _decoded(token.signature, "signature")
    signer = holder(certificate(token), trust, at)
    if not any(_covers(signer.key, token.algorithm, signature, _signed(origin, nonce, token.algorithm)) for origin in origins):
        raise SignatureMismatch
    return signer


def _signed(origin: str, nonce: str, algorithm: str) -> bytes:
    return _hash(origin, algorithm) + _hash(nonce, algorithm)


def _hash(text: str, algorithm: str) -> bytes:
    digest = Hash(HASHES[algorithm[2:]]())
    digest.update(text.encode())
    return digest.finalize()


def _covers(key: PublicKey, algorithm: str, signature: bytes, data: bytes) -> bool:
    """Whether the signature is one of this key over the data; an algorithm that does not fit the key is a no."""
    family, digest = algorithm[:2], HASHES[algorithm[2:]]()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            if CURVES.get(algorithm) != key.curve.name:
                return False
            key.verify(_dss(signature, key), data, ec.ECDSA(digest))
        elif family == "PS":
            key.verify(signature, data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
        elif family == "RS":
            key.verify(signature, data, padding.PKCS1v15(), digest)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _dss(signature: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    """R || S of RFC 7518, 3.4 as the library wants it: ASN.1."""
    size = (key.curve.key_size + 7) // 8
    if len(signature) != 2 * size:
        raise InvalidSignature
    return encode_dss_signature(int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big"))


def _decoded(text: str, field: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise TokenMalformed(field=field) from None
