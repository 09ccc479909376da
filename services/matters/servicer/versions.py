"""Reading the versions of a matter, and what differs between two."""

import grpc

from services.chassis import clock
from services.chassis.errors import ResourceUnknown
from services.chassis.pages import page_of
from services.matters import difference, rules
from services.matters.documents import Matter, Version, for_staff
from yimen.matters.v1 import versions_pb2


class Versions:
    """What was, is and will be in force."""

    def GetVersion(self, request: versions_pb2.GetVersionRequest, _: grpc.ServicerContext) -> versions_pb2.Version:
        name, number = _parts(request.name)
        matter = Matter.load(name)
        return _message(matter, _seen(matter, number))

    def ListVersions(
        self, request: versions_pb2.ListVersionsRequest, _: grpc.ServicerContext
    ) -> versions_pb2.ListVersionsResponse:
        matter = Matter.load(request.parent)
        seen = [version for version in matter.versions if _is_seen(version)]
        # Pages ascend by their key: the newest version has the least.
        versions, more = page_of(seen, request, key=lambda version: f"{99999 - version.number:05}")
        return versions_pb2.ListVersionsResponse(versions=[_message(matter, v) for v in versions], next_page_token=more)

    def CompareVersions(
        self, request: versions_pb2.CompareVersionsRequest, _: grpc.ServicerContext
    ) -> versions_pb2.CompareVersionsResponse:
        name, number = _parts(request.name)
        matter = Matter.load(name)
        before, after = (matter.elements_of(_seen(matter, one)) for one in (request.base, number))
        return versions_pb2.CompareVersionsResponse(changes=difference.between(before, after))


def _parts(name: str) -> tuple[str, int]:
    matter, _, number = name.rpartition("/versions/")
    return matter, int(number)


def _seen(matter: Matter, number: int) -> Version:
    """The version of this number; ResourceUnknown where the caller sees none."""
    version = matter.numbered(number)
    if not _is_seen(version):
        raise ResourceUnknown(name=f"{matter.name}/versions/{number}")
    return version


def _is_seen(version: Version) -> bool:
    return for_staff() or rules.has_begun(version, clock.now())


def _message(matter: Matter, version: Version) -> versions_pb2.Version:
    return version.to_proto(matter.name, matter.content_of(version), at=clock.now(), for_staff=for_staff())
