"""Mail: one message to one address by SMTP, and what the server said to it."""

import re
import smtplib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from services.chassis import clock
from services.notification.rules import Failure

_SECONDS = 10.0


@dataclass(frozen=True)
class Mail:
    """A server (host:port) that takes mail from a sender."""

    server: str
    sender: str

    def send(self, to: str, message_id: str, title: str, body: str) -> Failure | None:
        """Gives one message to the server; None once the server has it. `message_id` is the same for each attempt."""
        try:
            message = self._message(to, message_id, title, body)
        except ValueError as error:
            # An address that no header takes.
            return Failure(_said(error), permanent=True)
        host, _, port = self.server.rpartition(":")
        try:
            smtp = smtplib.SMTP(host, int(port), timeout=_SECONDS)
        except (OSError, smtplib.SMTPException) as error:
            return Failure(_said(error), unreachable=True)
        try:
            return _outcome(lambda: smtp.send_message(message))
        finally:
            # Whatever becomes of the goodbye, the message is taken: it must not count as failed and go out again.
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()

    def _message(self, to: str, message_id: str, title: str, body: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = to
        message["Subject"] = title
        # The mail's own time is the machine's: servers distrust mail from the future.
        message["Date"] = format_datetime(clock.real_now())
        message["Message-ID"] = f"<{message_id}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(body)
        return message


def _outcome(send: Callable[[], object]) -> Failure | None:
    try:
        send()
    except smtplib.SMTPRecipientsRefused as refused:
        [(code, text)] = refused.recipients.values()
        return _answer(code, text)
    except smtplib.SMTPResponseException as refused:
        return _answer(refused.smtp_code, refused.smtp_error)
    except smtplib.SMTPNotSupportedError as error:
        return Failure(_said(error), permanent=True)
    except (OSError, smtplib.SMTPException) as error:
        return Failure(_said(error), unreachable=True)
    return None


def _answer(code: int, text: bytes | str) -> Failure:
    """RFC 5321: 5xx is for good, everything else may be mended. 421 says that the server takes nothing now."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    enhanced = re.match(r"[245]\.\d{1,3}\.\d{1,3}", words)
    said = f"{code} {enhanced[0]}" if enhanced else str(code)
    return Failure(said, permanent=500 <= code < 600, unreachable=code == 421)


def _said(error: Exception) -> str:
    """The kind of error alone: its text may hold an address."""
    return type(error).__name__
