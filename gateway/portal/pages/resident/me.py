"""My details, the organisations that I represent, and how I want to be told."""

from collections.abc import Mapping

import grpc
from starlette.responses import Response

from gateway.portal.pages.resident import organisations
from gateway.portal.problems import problem
from gateway.portal.routing import form, page
from gateway.portal.texts import _
from gateway.portal.visit import Visit
from yimen.identity.v1 import people_pb2
from yimen.notification.v1 import notification_pb2

_LANGUAGES = {"zh": notification_pb2.LANGUAGE_ZH, "en": notification_pb2.LANGUAGE_EN}
# The field of the page for each field of the request that can be wrong.
_FIELDS = {
    "channels.email": "email",
    "channels.quiet_hours.begins": "begins",
    "channels.quiet_hours.ends": "ends",
}


def show(visit: Visit) -> Response:
    """Who I am to the platform."""
    channels = _channels(visit)
    typed = {
        "language": "en" if channels.language == notification_pb2.LANGUAGE_EN else "zh",
        "email": channels.email,
        "begins": channels.quiet_hours.begins,
        "ends": channels.quiet_hours.ends,
        "etag": channels.etag,
    }
    return _show(visit, typed)


def _show(visit: Visit, typed: dict[str, str], errors: dict[str, str] | None = None) -> Response:
    person = visit.services.identity.GetPerson(people_pb2.GetPersonRequest(name=visit.session.person))
    visit.shown_at = "/me"
    return visit.render(
        "resident/me.html",
        status=400 if errors else 200,
        person=person,
        organisations=organisations.of(visit),
        typed=typed,
        errors=errors or {},
        said=visit.asked("said", 20),
    )


def _channels(visit: Visit) -> notification_pb2.Channels:
    request = notification_pb2.GetChannelsRequest(name=f"{visit.session.person}/channels")
    return visit.services.notification.GetChannels(request)


def save(visit: Visit) -> Response:
    """Keeps how I want to be told."""
    typed = {name: visit.typed(name, 320) for name in ("language", "email", "begins", "ends", "etag")}
    if bool(typed["begins"]) != bool(typed["ends"]):
        lacking = "ends" if typed["begins"] else "begins"
        return _show(visit, typed, {lacking: _("免打扰时段的开始和结束请一并填写")})
    channels = notification_pb2.Channels(
        name=f"{visit.session.person}/channels",
        language=_LANGUAGES.get(typed["language"], notification_pb2.LANGUAGE_ZH),
        email=typed["email"],
        etag=typed["etag"],
    )
    if typed["begins"]:
        channels.quiet_hours.begins, channels.quiet_hours.ends = typed["begins"][:5], typed["ends"][:5]
    try:
        visit.services.notification.UpdateChannels(notification_pb2.UpdateChannelsRequest(channels=channels))
    except grpc.RpcError as error:
        met = problem(error)
        if met.status not in (400, 409):
            raise
        return _show(visit, {**typed, "etag": _channels(visit).etag}, _errors(met.fields, met.reason))
    return visit.goto("/me?said=kept")


def _errors(fields: Mapping[str, str], reason: str) -> dict[str, str]:
    said = {
        "email": _("电子邮箱的格式不正确，例如 name@example.com"),
        "begins": _("请填写 00:00 至 23:59 之间的时间"),
        "ends": _("请填写 00:00 至 23:59 之间的时间"),
    }
    wrong = {_FIELDS[path]: said[_FIELDS[path]] for path in fields if path in _FIELDS}
    if not wrong and reason == "STALE_ETAG":
        return {"email": _("通知方式已在另一个窗口修改过。请核对后再次保存。")}
    return wrong or {"email": _("没有保存，请检查后再试")}


def add(visit: Visit) -> Response:
    """Registers an organisation whose representative I am."""
    try:
        organisations.register(visit)
    except organisations.Wrong as wrong:
        typed = {name: visit.typed(name, 200) for name in ("organisation_name", "organisation_code")}
        return visit.render("resident/organisation.html", status=400, typed=typed, errors=wrong.errors)
    return visit.goto("/me?said=added")


def ask_to_add(visit: Visit) -> Response:
    """The form of a new organisation."""
    return visit.render("resident/organisation.html", typed={"organisation_name": "", "organisation_code": ""}, errors={})


PLACES = (
    page("/me", show, signed_in=True),
    form("/me/channels", save),
    page("/me/organisations/new", ask_to_add, signed_in=True),
    form("/me/organisations/new", add),
)
