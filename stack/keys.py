"""The secrets of one stack: made once under .stack/keys, readable by their owner alone."""

import secrets
import subprocess
import sys
from pathlib import Path


def ensure(folder: Path) -> None:
    """Makes what is missing: identity's jwt.pem and pii.key by identity's own command, and page.key (32 bytes, hexadecimal)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    page = folder / "page.key"
    if not page.exists():
        page.touch(mode=0o600)
        page.write_text(secrets.token_hex(32))
    if not ((folder / "jwt.pem").exists() and (folder / "pii.key").exists()):
        subprocess.run([sys.executable, "-m", "services.identity", "make-keys", str(folder)], check=True)
