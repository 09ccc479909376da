"""Who may call an RPC, as its contract declares it (`yimen.api.v1.requires`), and the scope that a caller gets by it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from google.protobuf.descriptor import MethodDescriptor

from services.chassis.caller import Caller, Post
from services.chassis.context import Call, Granted, Scope
from services.chassis.errors import HallUnknown, NotSignedIn, NotYours, ResourceUnknown, RoleMissing
from yimen.api.v1 import access_pb2

_NAME = re.compile(r"^(?P<collection>halls|units|people)/(?P<id>[^/]+)")
_ROLES = access_pb2.DESCRIPTOR.enum_types_by_name["Role"].values_by_name


def is_held_at_unit(role: str) -> bool:
    """Whether a role sees what a unit answers for, rather than what is a hall's."""
    kind: int = _ROLES[f"ROLE_{role}"].GetOptions().Extensions[access_pb2.scope]
    return kind == access_pb2.SCOPE_KIND_UNIT


@dataclass(frozen=True)
class Access:
    """One RPC's rule."""

    anyone: bool
    person: bool
    roles: tuple[str, ...]
    audited: bool

    @classmethod
    def of(cls, method: MethodDescriptor) -> "Access":
        """The rule that the contract declares for a method; ValueError where it declares none."""
        rule = method.GetOptions().Extensions[access_pb2.requires]
        if not (rule.anyone or rule.person or rule.roles):
            raise ValueError(f"{method.full_name} does not declare who may call it")
        roles = tuple(access_pb2.Role.Name(role).removeprefix("ROLE_") for role in rule.roles)
        return cls(rule.anyone, rule.person, roles, rule.audited)

    def grants(self, caller: Caller, name: str, hall_exists: Callable[[str], bool]) -> list[Granted]:
        """The caller's scopes for the resource or parent called `name` (empty where the request has none), widest first.

        NotSignedIn, RoleMissing, NotYours and, where a role is held but does not reach there, ResourceUnknown.
        """
        match = _NAME.match(name)
        collection, identifier = (match["collection"], match["id"]) if match else ("", "")
        hall = identifier if collection == "halls" else ""
        if hall and not hall_exists(hall):
            raise HallUnknown(hall=hall)
        person = self.person and caller.person
        if person and name.split("/")[:2] == caller.person.split("/"):
            return [Granted(Scope(owner=caller.person))]
        found = [
            Granted(scope, post.role)
            for post in caller.posts
            if post.role in self.roles and (scope := _scope_of(post, collection, identifier))
        ]
        if person and collection not in ("people", "units"):
            found.append(Granted(Scope(hall=hall, owner=caller.person)))
        if self.anyone:
            found.append(Granted(Scope(hall=hall, public=True)))
        if not found and person and collection == "people":
            raise NotYours(name=name)
        if not found:
            raise self._refusal(caller, name)
        # Staff of a hall see what its units see: the wider scope is tried first.
        return sorted(found, key=lambda granted: (not granted.role, bool(granted.scope.unit)))

    def _refusal(self, caller: Caller, name: str) -> Exception:
        if not caller.person:
            return NotSignedIn()
        if caller.holds(*self.roles):
            return ResourceUnknown(name=name)
        return RoleMissing(roles=", ".join(self.roles))


def _scope_of(post: Post, collection: str, identifier: str) -> Scope | None:
    """What a post sees of a resource under `halls/…`, `units/…` or elsewhere; None where it does not reach."""
    if is_held_at_unit(post.role):
        if collection == "units":
            reaches = post.unit == f"units/{identifier}"
        else:
            reaches = not collection or (collection == "halls" and identifier.startswith(post.hall))
        hall, subtree = (identifier, False) if collection == "halls" else (post.hall, True)
        return Scope(hall=hall, subtree=subtree, unit=post.unit, post_hall=post.hall) if reaches else None
    if collection == "halls":
        return Scope(hall=identifier, post_hall=post.hall) if post.covers(identifier) else None
    return Scope(hall=post.hall, subtree=post.covers_subtree, post_hall=post.hall) if collection != "units" else None


def under(call: Call) -> Granted:
    """The first grant of the call whose role's post covers the halls under its own, for all of them; NotYours without one."""
    for granted in call.grants:
        scope = granted.scope
        if any(post.role == granted.role and post.covers_subtree and post.covers(scope.hall) for post in call.caller.posts):
            return replace(granted, scope=replace(scope, subtree=True))
    raise NotYours(name=f"halls/{call.grants[0].scope.hall}")


def resource_name(request: Any) -> str:
    """What a request is about: its `name`, its `parent`, or the `name` of the message that it carries."""
    fields = request.DESCRIPTOR.fields_by_name
    for field in ("name", "parent"):
        if field in fields:
            return str(getattr(request, field))
    for field in fields.values():
        if field.message_type and not field.is_repeated and "name" in field.message_type.fields_by_name:
            return str(getattr(request, field.name).name)
    return ""
