"""Loads people and their posts through the API; what is there already stays as it is."""

from collections.abc import Iterable
from typing import Protocol

import grpc

from yimen.api.v1 import access_pb2
from yimen.identity.v1 import identity_pb2_grpc, people_pb2


class Post(Protocol):
    """A post to be created: the role's enum name, the hall's code, units/… or nothing."""

    @property
    def role(self) -> str: ...

    @property
    def hall(self) -> str: ...

    @property
    def unit(self) -> str: ...

    @property
    def covers_subtree(self) -> bool: ...


class Person(Protocol):
    """Someone to be registered; the label makes the requests repeatable."""

    @property
    def label(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def resident_id(self) -> str: ...

    @property
    def post(self) -> Post | None: ...


def load(channel: grpc.Channel, token: str, people: Iterable[Person]) -> dict[str, str]:
    """Registers people and creates their posts with an operator's access token; returns label → people/…"""
    stub = identity_pb2_grpc.IdentityServiceStub(channel)
    metadata = (("authorization", f"Bearer {token}"),)
    names: dict[str, str] = {}
    for someone in people:
        request = people_pb2.RegisterPersonRequest(
            display_name=someone.name, resident_id=someone.resident_id, request_id=f"load-person-{someone.label}"
        )
        names[someone.label] = stub.RegisterPerson(request, metadata=metadata, timeout=10).name
        if someone.post:
            post = people_pb2.Post(
                person=names[someone.label],
                role=access_pb2.Role.Value(someone.post.role),
                unit=someone.post.unit,
                covers_subtree=someone.post.covers_subtree,
            )
            creation = people_pb2.CreatePostRequest(
                parent=f"halls/{someone.post.hall}", post=post, request_id=f"load-post-{someone.label}"
            )
            try:
                stub.CreatePost(creation, metadata=metadata, timeout=10)
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.ALREADY_EXISTS:
                    raise
    return names
