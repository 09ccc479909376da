"""A mail server for development: takes every message, keeps it as a file, and refuses when it is told to.

`python -m stack.mail FOLDER` listens on YIMEN_LISTEN; `Mail(FOLDER)` reads what came, from any process.
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Mail:
    """The messages that came to the stack's mail server, and the switch that makes it refuse."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._refusal = folder / "refuse"
        folder.mkdir(parents=True, exist_ok=True)

    def messages(self, to: str = "") -> list[EmailMessage]:
        """The messages in the order in which they came; only those to one address where it is given."""
        came = [_parsed(file) for file in sorted(self.folder.glob("*.eml"))]
        return [message for message in came if not to or to in message.get_all("Delivered-To", [])]

    def keep(self, envelope: Envelope) -> None:
        """Writes a message as NANOSECONDS.eml, whom it was for in its Delivered-To fields; whole or not at all."""
        delivered = "".join(f"Delivered-To: {recipient}\r\n" for recipient in envelope.rcpt_tos)
        file = self.folder / f"{time.time_ns()}.eml"
        part = file.with_suffix(".part")
        part.write_bytes(delivered.encode() + bytes(envelope.original_content or b""))
        os.replace(part, file)

    @property
    def refusal(self) -> str:
        """The SMTP reply that every message is refused with now; empty while all are taken."""
        return self._refusal.read_text().strip() if self._refusal.exists() else ""

    @contextmanager
    def refusing(self, reply: str) -> Iterator[None]:
        """Refuses every message with an SMTP reply, e.g. `451 4.3.2 try later`, until the block ends."""
        self._refusal.write_text(reply)
        try:
            yield
        finally:
            self._refusal.unlink()


class Keeper:
    """The handler of aiosmtpd that puts what comes into a `Mail`."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        """Refuses the recipient while the switch is on."""
        if refusal := self._mail.refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keeps the message before it says so."""
        self._mail.keep(envelope)
        return "250 2.0.0 kept"


def _parsed(file: Path) -> EmailMessage:
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


async def _serve(folder: Path, host: str, port: int) -> None:
    keeper = Keeper(Mail(folder))
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(keeper, enable_SMTPUTF8=True), host, port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    listen_host, _, listen_port = os.environ["YIMEN_LISTEN"].rpartition(":")
    asyncio.run(_serve(Path(sys.argv[1]), listen_host, int(listen_port)))
