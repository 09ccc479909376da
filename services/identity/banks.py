"""The banks that this deployment trusts, as files that an operator keeps: roots, CAs under them, revocation lists."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from asn1crypto import crl as asn1_crl
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509

from services.identity.rules.certificates import Trust

log = logging.getLogger(__name__)

_T = TypeVar("_T")


class Banks:
    """The trust in a folder of *.crt and *.crl (PEM or DER), reread when a file changes: a revocation is heeded at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: tuple[object, Trust] = ((), Trust([], [], []))
        # asn1crypto parses lazily, and two threads must not parse one object at the same time.
        self._lock = threading.Lock()

    def judge(self, verdict: Callable[[Trust], _T]) -> _T:
        """What `verdict` says, given the trust as it is now; one at a time."""
        with self._lock:
            return verdict(self._current())

    def _current(self) -> Trust:
        """What is there now; while files are half replaced or broken, what was there before."""
        files = sorted((*self._folder.glob("*.crt"), *self._folder.glob("*.crl")))
        try:
            seen = tuple((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files)
            if seen != self._read[0]:
                self._read = seen, _trust_of(files)
                log.info("trust read", extra={"roots": len(self._read[1].roots), "lists": len(self._read[1].crls)})
        except (OSError, ValueError, TypeError):
            log.exception("the trust in %s cannot be read; what was read before goes on holding", self._folder)
        return self._read[1]


def _trust_of(files: list[Path]) -> Trust:
    certificates = [asn1_x509.Certificate.load(_der(file), strict=True) for file in files if file.suffix == ".crt"]
    lists = [asn1_crl.CertificateList.load(_der(file), strict=True) for file in files if file.suffix == ".crl"]
    return Trust(
        roots=[c for c in certificates if c.subject == c.issuer],
        intermediates=[c for c in certificates if c.subject != c.issuer],
        crls=lists,
    )


def _der(file: Path) -> bytes:
    data = file.read_bytes()
    return bytes(pem.unarmor(data)[2]) if pem.detect(data) else data
