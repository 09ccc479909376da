"""The inbox and the channels over real gRPC on the real store."""

from collections.abc import Iterator
from datetime import timedelta

import grpc
import pytest

from services.chassis import clock, context
from services.chassis.clients import Clients
from services.chassis.context import Scope
from services.chassis.documents import ScopeMissing
from services.chassis.settings import Settings
from services.notification import __main__ as wiring
from services.notification.documents import Channels, Notice
from tests.serving import As, Issuer, refusal, serving, settings_for
from yimen.intake.v1 import events_pb2 as intake
from yimen.notification.v1 import notification_pb2 as api
from yimen.notification.v1 import notification_pb2_grpc

LIN, ZHOU = "people/lin", "people/zhou"


@pytest.fixture(scope="module")
def settings(store: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_for(store, tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def channel(settings: Settings, issuer: Issuer) -> Iterator[grpc.Channel]:
    with serving([wiring.service(Clients(settings), settings)], settings, issuer) as channel:
        yield channel


@pytest.fixture
def lin(channel: grpc.Channel, issuer: Issuer) -> Iterator[As]:
    yield As(notification_pb2_grpc.NotificationServiceStub(channel), issuer.token(LIN))
    Notice._get_collection().delete_many({"person": "lin"})
    Channels._get_collection().delete_many({"_id": "lin"})


@pytest.fixture
def zhou(channel: grpc.Channel, issuer: Issuer) -> As:
    return As(notification_pb2_grpc.NotificationServiceStub(channel), issuer.token(ZHOU))


def a_notice(event: str = "e1", person: str = LIN, minutes_ago: int = 0) -> Notice:
    facts = intake.CaseFacts(case="halls/440307/cases/c1", number="1", matter_display_name="高龄老人津贴")
    with context.acting_in(Scope(owner=person)):
        wanted = Channels.of(f"{person}/channels")
        notice = Notice.told(person, intake.CaseAccepted(facts=facts, due_date="2014-12-08"), event, wanted, clock.now())
        created = clock.now() - timedelta(minutes=minutes_ago)
        Notice._get_collection().update_one({"_id": notice.pk}, {"$set": {"create_time": created}})
        return notice


def test_a_notice_is_in_the_inbox_in_both_languages_and_has_arrived(lin: As) -> None:
    notice = a_notice()
    [found] = lin.ListNotices(api.ListNoticesRequest(parent=LIN)).notices
    assert (found.name, found.subject) == (notice.name, "halls/440307/cases/c1")
    assert (found.title.zh, found.title.en) == ("申请已受理", "Application accepted")
    assert found.event_type == "yimen.intake.v1.CaseAccepted"
    assert [(d.channel, d.state) for d in found.deliveries] == [(api.CHANNEL_KIND_INBOX, api.DELIVERY_STATE_DELIVERED)]
    assert not found.HasField("read_time")
    assert lin.GetNotice(api.GetNoticeRequest(name=notice.name)) == found


def test_one_event_makes_one_notice_however_often_it_is_told(lin: As) -> None:
    assert a_notice("e1").name == a_notice("e1").name != a_notice("e2").name
    assert len(lin.ListNotices(api.ListNoticesRequest(parent=LIN)).notices) == 2


def test_the_inbox_is_read_newest_first_page_by_page(lin: As) -> None:
    names = [a_notice(f"e{n}", minutes_ago=n * 500).name for n in range(7)]
    first = lin.ListNotices(api.ListNoticesRequest(parent=LIN, page_size=4))
    rest = lin.ListNotices(api.ListNoticesRequest(parent=LIN, page_size=4, page_token=first.next_page_token))
    assert [n.name for n in [*first.notices, *rest.notices]] == names
    assert not rest.next_page_token


def test_reading_twice_keeps_the_first_time(lin: As) -> None:
    notice = a_notice()
    first = lin.ReadNotice(api.ReadNoticeRequest(name=notice.name))
    assert first.HasField("read_time")
    assert lin.ReadNotice(api.ReadNoticeRequest(name=notice.name)) == first


def test_the_unread_are_counted_whichever_page_is_asked_for(lin: As) -> None:
    read, *_ = (a_notice(f"e{n}") for n in range(3))
    lin.ReadNotice(api.ReadNoticeRequest(name=read.name))
    a_notice("theirs", ZHOU)
    first = lin.ListNotices(api.ListNoticesRequest(parent=LIN, page_size=1))
    rest = lin.ListNotices(api.ListNoticesRequest(parent=LIN, page_token=first.next_page_token))
    assert (first.unread_size, rest.unread_size) == (2, 2)


def test_of_very_many_unread_a_hundred_are_counted(lin: As) -> None:
    for n in range(101):
        a_notice(f"e{n}")
    assert lin.ListNotices(api.ListNoticesRequest(parent=LIN, page_size=1)).unread_size == 100


def test_nobody_else_sees_or_changes_a_persons_notices_and_channels(lin: As, zhou: As) -> None:
    notice = a_notice()
    for call in (
        lambda: zhou.ListNotices(api.ListNoticesRequest(parent=LIN)),
        lambda: zhou.GetNotice(api.GetNoticeRequest(name=notice.name)),
        lambda: zhou.ReadNotice(api.ReadNoticeRequest(name=notice.name)),
        lambda: zhou.GetChannels(api.GetChannelsRequest(name=f"{LIN}/channels")),
        lambda: zhou.UpdateChannels(api.UpdateChannelsRequest(channels=api.Channels(name=f"{LIN}/channels", email="z@x.cn"))),
    ):
        assert refusal(call).code == grpc.StatusCode.PERMISSION_DENIED
    foreign = notice.name.replace(LIN, ZHOU)
    assert refusal(lambda: zhou.GetNotice(api.GetNoticeRequest(name=foreign))).code == grpc.StatusCode.NOT_FOUND
    assert lin.GetChannels(api.GetChannelsRequest(name=f"{LIN}/channels")).email == ""
    assert not lin.GetNotice(api.GetNoticeRequest(name=notice.name)).HasField("read_time")


def test_nothing_is_seen_without_a_person(lin: As) -> None:
    for documents in (Notice, Channels):
        with pytest.raises(ScopeMissing):
            documents.objects.first()
        with context.acting_in(Scope(hall="440307", subtree=True)), pytest.raises(ScopeMissing):
            documents.objects.first()


def test_whoever_never_said_how_has_the_inbox_alone_in_chinese(lin: As) -> None:
    found = lin.GetChannels(api.GetChannelsRequest(name=f"{LIN}/channels"))
    assert found == api.Channels(name=f"{LIN}/channels", language=api.LANGUAGE_ZH, etag='"0"')


def test_channels_are_set_as_given_and_guarded_by_their_etag(lin: As) -> None:
    wanted = api.Channels(
        name=f"{LIN}/channels",
        language=api.LANGUAGE_EN,
        email="lin@example.cn",
        quiet_hours=api.QuietHours(begins="22:00", ends="07:30"),
        etag='"0"',
    )
    first = lin.UpdateChannels(api.UpdateChannelsRequest(channels=wanted))
    assert (first.email, first.quiet_hours, first.etag) == ("lin@example.cn", wanted.quiet_hours, '"1"')
    assert lin.GetChannels(api.GetChannelsRequest(name=wanted.name)) == first
    assert refusal(lambda: lin.UpdateChannels(api.UpdateChannelsRequest(channels=wanted))).reason == "STALE_ETAG"
    plain = lin.UpdateChannels(api.UpdateChannelsRequest(channels=api.Channels(name=wanted.name, etag=first.etag)))
    assert (plain.email, plain.language, plain.HasField("quiet_hours")) == ("", api.LANGUAGE_ZH, False)


@pytest.mark.parametrize(
    "wrong",
    [
        api.Channels(email="no address"),
        api.Channels(email="lin@example.cn\r\nBcc: all@example.cn"),
        api.Channels(language=9),  # type: ignore[arg-type]
        api.Channels(quiet_hours=api.QuietHours(begins="25:00", ends="07:00")),
        api.Channels(quiet_hours=api.QuietHours(begins="22:00")),
        api.Channels(quiet_hours=api.QuietHours(begins="22:00", ends="22:00")),
    ],
    ids=["no address", "two headers", "no language", "no time", "no end", "no length"],
)
def test_wrong_channels_are_refused_in_both_languages_and_change_nothing(lin: As, wrong: api.Channels) -> None:
    wrong.name = f"{LIN}/channels"
    refused = refusal(lambda: lin.UpdateChannels(api.UpdateChannelsRequest(channels=wrong)))
    assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
    assert refused.violations
    assert refused.zh
    assert refused.en
    assert lin.GetChannels(api.GetChannelsRequest(name=wrong.name)).etag == '"0"'
