"""NotificationService: a person's inbox, how they want to be told, and for operators what the worker could not handle."""

from typing import Any

from services.chassis import clock
from services.chassis.errors import ChangedMeanwhile
from services.chassis.pages import page
from services.notification import rules
from services.notification.documents import Channels, Notice
from services.notification.letters import Letters
from yimen.notification.v1 import notification_pb2 as api
from yimen.notification.v1 import notification_pb2_grpc


class Notification(Letters, notification_pb2_grpc.NotificationServiceServicer):
    """The servicer; every person sees what is their own."""

    def ListNotices(self, request: api.ListNoticesRequest, _: Any) -> api.ListNoticesResponse:
        notices: list[Notice]
        notices, token = page(Notice.objects, request)
        return api.ListNoticesResponse(
            notices=[notice.to_proto() for notice in notices],
            next_page_token=token,
            unread_size=len(Notice.unread()),
        )

    def GetNotice(self, request: api.GetNoticeRequest, _: Any) -> api.Notice:
        return Notice.load(request.name).to_proto()

    def ReadNotice(self, request: api.ReadNoticeRequest, _: Any) -> api.Notice:
        while True:
            notice = Notice.load(request.name)
            if notice.read_time is not None:
                return notice.to_proto()
            notice.read_time = clock.now()
            try:
                return notice.save_with().to_proto()
            except ChangedMeanwhile:
                # Read in another tab, or mailed, at this moment.
                continue

    def GetChannels(self, request: api.GetChannelsRequest, _: Any) -> api.Channels:
        return Channels.of(request.name).to_proto()

    def UpdateChannels(self, request: api.UpdateChannelsRequest, _: Any) -> api.Channels:
        wanted = request.channels
        rules.check(wanted.quiet_hours.begins, wanted.quiet_hours.ends)
        channels = Channels.of(wanted.name, wanted.etag)
        channels.language = api.Language.Name(wanted.language or api.LANGUAGE_ZH).removeprefix("LANGUAGE_")
        channels.email = wanted.email
        channels.quiet_begins, channels.quiet_ends = wanted.quiet_hours.begins, wanted.quiet_hours.ends
        return channels.save_with().to_proto()
