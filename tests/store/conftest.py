"""The documents of every service, on the store in use, with enough of each that a wrong answer shows."""

from collections.abc import Iterator

import mongoengine
import pytest

from services.chassis import audit, documents, marks, pages
from services.chassis.settings import Settings
from services.identity.documents import Challenge, Failures, Organisation, Person, Post, Session
from services.intake.documents import Case, Incoming, Series, Terms
from services.matters.documents import Matter, Unit
from services.matters.exchange.documents import Import, Rejection
from services.matters.offers import Offer
from services.notification.documents import Channels, Notice
from tests.serving import settings_for
from tests.store.filling import fill

SERVICES = ("identity", "matters", "intake", "notification")
DOCUMENTS = (
    Import,
    Rejection,
    Person,
    Organisation,
    Post,
    Session,
    Challenge,
    Failures,
    Matter,
    Unit,
    Offer,
    Case,
    Incoming,
    Notice,
    Channels,
)


@pytest.fixture(scope="module")
def settings(store: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_for(store, tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module", autouse=True)
def filled(settings: Settings) -> Iterator[None]:
    """Connected, indexed and filled."""
    for service in SERVICES:
        documents.connect(settings, service)
        audit.records_of(service).ensure_indexes()
        marks.ensure_indexes(service)
    for document in (*DOCUMENTS, Terms, Series):
        document.ensure_indexes()
    pages.use_key(b"k" * 32)
    fill()
    yield
    for service in SERVICES:
        mongoengine.disconnect(service)
