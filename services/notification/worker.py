"""NotificationWorker: tells people of what befell their cases, and goes on trying where a channel does not answer."""

from google.protobuf.message import Message

from services.chassis import clock, context
from services.chassis.context import Scope
from services.chassis.events import Envelope
from services.chassis.workers import every, given, hears
from services.notification.delivery import Post
from services.notification.documents import Channels, Notice
from services.notification.texts import SPOKEN

# Each is at most one SMTP conversation.
_BATCH = 100


class NotificationWorker:
    """Hears the facts about cases."""

    name = "notification"
    post = given(Post.of)

    @hears(*SPOKEN)
    def tell(self, event: Message, envelope: Envelope) -> None:
        """Makes the notice, which is in the inbox with that, and sends it on where the person wants that too."""
        applicant = event.facts.applicant  # type: ignore[attr-defined]
        with context.acting_in(Scope(owner=applicant)):
            wanted = Channels.of(f"{applicant}/channels")
            notice = Notice.told(applicant, event, envelope.id, wanted, clock.now())
            self.post.deliver(notice)

    @every(5)
    def deliver_due(self) -> None:
        """Tries again what failed, and sends what waited for the end of quiet hours."""
        for notice in Notice.waiting(clock.now(), _BATCH):
            with context.acting_in(Scope(owner=f"people/{notice.person}")):
                if not self.post.deliver(notice):
                    return
