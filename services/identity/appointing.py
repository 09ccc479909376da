"""The first operator: appointed on the machine itself, because nobody can be asked yet."""

from services.chassis import context, documents
from services.chassis.caller import NOBODY
from services.chassis.clock import today
from services.chassis.context import Scope
from services.chassis.settings import Settings
from services.identity import sealing
from services.identity.documents import Person, Post
from services.identity.rules import numbers
from yimen.api.v1 import access_pb2
from yimen.identity.v1 import events_pb2

_ROLE = "OPERATOR"


def appoint(settings: Settings, *, resident_id: str, display_name: str, hall: str) -> str:
    """Makes a person operator of a hall and of those under it; people/… as the reply. Twice is once."""
    documents.connect(settings, "identity")
    sealing.use(sealing.Vault(settings.keys / "pii.key"))
    for document in (Person, Post):
        document.ensure_indexes()
    with context.acting_in(Scope(hall=hall, subtree=True), NOBODY):
        person = Person.registered(numbers.resident_id(resident_id, today()), display_name)
        if not any(post.role == _ROLE and post.hall == hall and post.covers_subtree for post in Post.held_by(person.name)):
            post = Post.new(hall=hall, person=person.name, role=_ROLE, covers_subtree=True)
            post.save_with(events_pb2.PostCreated(post=post.name, person=person.name, role=access_pb2.ROLE_OPERATOR))
    return str(person.name)
