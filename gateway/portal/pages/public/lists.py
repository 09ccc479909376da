"""The list of matters as it is asked for: words, filters, pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment
from markupsafe import Markup

from gateway.portal.texts import _, language
from gateway.portal.visit import Visit
from yimen.halls.v1 import halls_pb2
from yimen.matters.v1 import elements_pb2, search_pb2

# A filter's name in the address: the request's field, and the enum that its values are of ("" for a resource name).
FILTERS = {
    "object": ("service_object", "ServiceObject"),
    "online": ("online_depth", "OnlineDepth"),
    "type": ("matter_type", "MatterType"),
    "tier": ("tier", "Tier"),
    "unit": ("unit", ""),
}
_ENUMS = {
    "ServiceObject": elements_pb2.ServiceObject,
    "OnlineDepth": elements_pb2.OnlineDepth,
    "MatterType": elements_pb2.MatterType,
    "Tier": halls_pb2.Tier,
}
# What authorities do of their own accord (依职权): nobody applies for it, and a list of what people look for leaves it out.
EX_OFFICIO = frozenset(
    {
        elements_pb2.MATTER_TYPE_PENALTY,
        elements_pb2.MATTER_TYPE_COERCION,
        elements_pb2.MATTER_TYPE_LEVY,
        elements_pb2.MATTER_TYPE_INSPECTION,
    }
)

# Half a kilobyte each.
_ROWS_KEPT = 4096


@dataclass(frozen=True)
class Asked:
    """What somebody looks for; `filters` holds only what the contract knows. `whole`: also what nobody applies for."""

    parent: str
    words: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    page: str = ""
    whole: bool = False

    @classmethod
    def by(cls, visit: Visit) -> "Asked":
        """What the address asks for: in a hall that is named there, else in the whole district."""
        hall = f"halls/{visit.asked('hall', 12)}"
        chosen = {name: visit.asked(name) for name in FILTERS}
        return cls(
            parent=hall if visit.halls.knows(hall) else visit.halls.district.name,
            words=visit.asked("q"),
            filters={name: value for name, value in chosen.items() if _known(name, value)},
            page=visit.asked("page", 500),
            whole=bool(visit.asked("all")),
        )

    @property
    def on_application(self) -> bool:
        """Whether only what people apply for is listed: always, unless all was asked for, or a type that is not."""
        return (
            not self.whole
            and elements_pb2.MatterType.Value(self.filters.get("type", "MATTER_TYPE_UNSPECIFIED")) not in EX_OFFICIO
        )

    def request(self, size: int) -> search_pb2.SearchMattersRequest:
        """The same as the service takes it."""
        request = search_pb2.SearchMattersRequest(
            parent=self.parent,
            query=self.words,
            page_size=size,
            page_token=self.page,
            on_application=self.on_application,
        )
        for name, value in self.filters.items():
            wanted, enum = FILTERS[name]
            setattr(request, wanted, _ENUMS[enum].Value(value) if enum else value)
        return request

    def address(self, district: str, **other: str) -> str:
        """Where this list is shown; `other` sets filters anew (empty: off) or the page."""
        hall = "" if self.parent == district else self.parent.removeprefix("halls/")
        told = {"q": self.words, "hall": hall, "all": "1" if self.whole else "", **self.filters, **other}
        return "/matters?" + urlencode({name: value for name, value in told.items() if value})


def titles() -> dict[str, str]:
    """The filters in words, in the order in which they are offered."""
    return {
        "object": _("服务对象"),
        "online": _("网上办理"),
        "type": _("事项类型"),
        "tier": _("办理层级"),
        "unit": _("实施单位"),
    }


def count(visit: Visit, asked: Asked) -> search_pb2.SearchMattersResponse:
    """How many there are, and how many of each kind."""
    found: search_pb2.SearchMattersResponse = visit.services.matters.SearchMatters(asked.request(1))
    return found


def rows(visit: Visit, matters: Iterable[search_pb2.MatterSummary], hall: str = "") -> list[Markup]:
    """Matters as every list shows them, with links to their guides as the readers of a hall (its code) see them, or whoever.

    A row is rendered once for a language and a hall: twenty of them are most of what a list's page costs beside its call.
    """
    return [_row(visit.house.templates, language(), matter.SerializeToString(deterministic=True), hall) for matter in matters]


@lru_cache(_ROWS_KEPT)
def _row(templates: Environment, _language: str, encoded: bytes, hall: str) -> Markup:
    parts: Any = templates.get_template("public/parts.html").module
    row: Markup = parts.matter_row(search_pb2.MatterSummary.FromString(encoded), hall)
    return row


def _known(name: str, value: str) -> bool:
    enum = FILTERS[name][1]
    if not enum:
        return value.startswith("units/") and value.replace("-", "").replace("/", "").isalnum() and value.islower()
    return value in _ENUMS[enum].keys() and _ENUMS[enum].Value(value) != 0  # noqa: SIM118 - an enum's wrapper is no mapping
