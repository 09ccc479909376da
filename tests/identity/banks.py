"""Builders of banks, certificates and tokens whose keys the tests hold; the U-keys of test_ukey.py are real."""

import base64
import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

from asn1crypto import crl as asn1_crl
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, Hash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.identity.rules.certificates import Trust
from stack.ukey import Bank

RESIDENT = "440300180001010227"
SOMEBODY_ELSE = "440300180001010446"
HASHES: dict[str, Callable[[], SHA256 | SHA384 | SHA512]] = {"256": SHA256, "384": SHA384, "512": SHA512}
CURVES: dict[str, Callable[[], ec.EllipticCurve]] = {"256": ec.SECP256R1, "384": ec.SECP384R1, "512": ec.SECP521R1}

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def a_bank(folder: Path, name: str = "Test Bank") -> Bank:
    """A bank of the test's own; its trust folder is `folder`/trust."""
    return Bank.opened(folder, folder / "trust", name)


def trust_in(folder: Path, *, crls: bool = True) -> Trust:
    """What a service reads from a bank's trust folder."""
    root, issuing = (
        asn1_x509.Certificate.load(pem.unarmor((folder / "trust" / f"{n}.crt").read_bytes())[2]) for n in ("root", "issuing")
    )
    lists = [asn1_crl.CertificateList.load(file.read_bytes()) for file in (folder / "trust").glob("*.crl")]
    return Trust([root], [issuing], lists if crls else [])


def a_key(algorithm: str = "ES256") -> Key:
    """A key that fits the algorithm; RSA keys take long to make, so there is one."""
    if algorithm.startswith("ES"):
        return ec.generate_private_key(CURVES[algorithm[2:]]())
    return _rsa_key()


@functools.cache
def _rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def public_der(key: Key) -> bytes:
    """SubjectPublicKeyInfo."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def der(certificate: x509.Certificate) -> bytes:
    """The certificate as a token carries it."""
    return certificate.public_bytes(Encoding.DER)


@dataclass
class Bearer:
    """Someone with a key and a certificate over it."""

    key: Key
    certificate: x509.Certificate

    def token(self, origin: str, nonce: str, algorithm: str = "ES256") -> SimpleNamespace:
        """A Web eID token as a page hands it over."""
        signed = _hash(origin, algorithm) + _hash(nonce, algorithm)
        return SimpleNamespace(
            unverified_certificate=base64.b64encode(der(self.certificate)).decode(),
            algorithm=algorithm,
            signature=base64.b64encode(_sign(self.key, signed, algorithm)).decode(),
            format="web-eid:1.0",
        )


def changed(token: SimpleNamespace, **fields: str) -> SimpleNamespace:
    """The token with fields changed after it was signed."""
    return SimpleNamespace(**vars(token) | fields)


def a_bearer(
    bank: Bank, algorithm: str = "ES256", *, resident_id: str = RESIDENT, name: str = "居民甲", **issued: datetime | bool
) -> Bearer:
    """Someone whom the bank certified; `issued` goes to Bank.issue."""
    key = a_key(algorithm)
    return Bearer(key, bank.issue(public_der(key), resident_id=resident_id, name="居民甲", **issued))  # type: ignore[arg-type]


def _hash(text: str, algorithm: str) -> bytes:
    digest = Hash(HASHES[algorithm[2:]]())
    digest.update(text.encode())
    return digest.finalize()


def _sign(key: Key, data: bytes, algorithm: str) -> bytes:
    digest = HASHES[algorithm[2:]]()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        size = (key.curve.key_size + 7) // 8
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    if algorithm.startswith("PS"):
        return key.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    return key.sign(data, padding.PKCS1v15(), digest)
