"""Delivery: claims a notice's due attempt, makes it, and writes down what came of it."""

import logging
from dataclasses import dataclass
from typing import Self

from services.chassis import clock
from services.chassis.errors import ChangedMeanwhile
from services.chassis.settings import Settings
from services.notification import rules
from services.notification.documents import Channels, Notice
from services.notification.mail import Mail
from services.notification.rules import Channel, Delivery, Failure

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Post:
    """Sends what is due; `link` is where people read on."""

    mail: Mail
    link: str

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The post of a process."""
        return cls(Mail(settings.smtp, settings.mail_sender), settings.public_url)

    def deliver(self, notice: Notice) -> bool:
        """Attempts what is due of a notice, unless another process has claimed it; False when the mail server is away.

        The claim is a conditional write before the attempt. A process that dies between the server's answer and its
        note of it leaves a claim that runs out: only then a mail goes out again, under the same Message-ID.
        """
        wanted = Channels.of(f"people/{notice.person}/channels")
        for due in rules.due(notice.deliveries, clock.now()):
            goes_out = self._claims(due, wanted)
            try:
                notice.put()
            except ChangedMeanwhile:
                return True
            if not goes_out:
                continue
            failure = self._mail(notice, wanted)
            self._note(notice, Channel(due.channel), failure, wanted)
            if failure and failure.unreachable:
                return False
        return True

    def _claims(self, due: Delivery, wanted: Channels) -> bool:
        """Whether the attempt is to be made now: not in quiet hours, which may be newer than its plan, and not for ever."""
        at = clock.now()
        if rules.is_given_up(due):
            rules.fail(due, Failure("no attempt came to an end", permanent=True), wanted, at)
            return False
        if (heard := rules.heard_from(at, wanted)) > at:
            due.next_attempt_time = heard
            return False
        rules.attempt(due, at)
        return True

    def _mail(self, notice: Notice, wanted: Channels) -> Failure | None:
        if not wanted.email:
            return Failure("no address", permanent=True)
        english = wanted.language == "EN"
        title, body = (notice.title_en, notice.body_en) if english else (notice.title_zh, notice.body_zh)
        return self.mail.send(wanted.email, notice.id, title, f"{body}\n\n{self.link}\n")

    def _note(self, notice: Notice, channel: Channel, failure: Failure | None, wanted: Channels) -> None:
        """Writes the outcome to the notice as it is now: its person may have read it meanwhile."""
        while True:
            delivery = notice.delivery(channel)
            if failure is None:
                rules.succeed(delivery, clock.now())
            else:
                rules.fail(delivery, failure, wanted, clock.now())
                log.warning("%s was not mailed: %s", notice.name, failure.said)
            try:
                notice.put()
            except ChangedMeanwhile:
                notice = Notice.load(notice.name)
            else:
                return
