"""A mail server of the test's own, which can be told to refuse, to dawdle, and to be away."""

import asyncio
import email
import email.policy
import socket
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Mailbox:
    """Keeps what it takes. `answers` are given, one each, to the next messages instead of taking them."""

    answers: list[str] = field(default_factory=list)
    rcpt_answers: list[str] = field(default_factory=list)
    seconds: float = 0.0
    taken: list[EmailMessage] = field(default_factory=list)
    _controller: Controller | None = None
    port: int = 0

    def open(self) -> None:
        """Takes mail, at the same address as before."""
        if not self.port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def reset(self) -> None:
        """Takes everything at once, and has taken nothing."""
        self.answers, self.rcpt_answers, self.seconds, self.taken = [], [], 0.0, []

    def close(self) -> None:
        """Is away."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, options: Any) -> str:
        """What the server says to a recipient."""
        if self.rcpt_answers:
            return self.rcpt_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        """What the server says to a message."""
        await asyncio.sleep(self.seconds)
        if self.answers:
            return self.answers.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append(email.message_from_bytes(content, policy=email.policy.default))
        return "250 2.0.0 OK"
