"""What the gateway has to know of each RPC, read from the descriptors: the contract is written once, in the protos."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from google.api import annotations_pb2
from google.protobuf import descriptor_pb2

from yimen.api.v1 import access_pb2

DESCRIPTORS = Path(__file__).resolve().parents[1] / "protos" / "gen" / "yimen.binpb"


@dataclass(frozen=True)
class Rpc:
    """One RPC as the edge sees it."""

    service: str
    method: str
    # The service's folder and cluster, e.g. intake.
    owner: str
    # Whether a caller without a token may come in.
    anyone: bool
    # Whether it reads only (an HTTP GET), so that repeating it is safe at any point.
    reads: bool
    streams: bool
    client_streams: bool

    @property
    def path(self) -> str:
        """The path of the gRPC call."""
        return f"/{self.service}/{self.method}"


class Contract:
    """Every RPC of the platform, and the descriptors that Envoy transcodes by."""

    def __init__(self, descriptors: bytes) -> None:
        self._files = descriptor_pb2.FileDescriptorSet.FromString(descriptors)

    @classmethod
    def read(cls, path: Path = DESCRIPTORS) -> "Contract":
        """The contract of a descriptor set; FileNotFoundError where `make protos` has not run."""
        return cls(path.read_bytes())

    @cached_property
    def descriptors(self) -> bytes:
        """The descriptor set without comments."""
        slim = descriptor_pb2.FileDescriptorSet()
        slim.CopyFrom(self._files)
        for file in slim.file:
            file.ClearField("source_code_info")
        return slim.SerializeToString(deterministic=True)

    @cached_property
    def rpcs(self) -> list[Rpc]:
        """In the order of their paths."""
        found = [
            _rpc(f"{file.package}.{service.name}", method)
            for file in self._files.file
            if file.package.startswith("yimen.")
            for service in file.service
            for method in service.method
        ]
        return sorted(found, key=lambda rpc: rpc.path)

    @property
    def services(self) -> list[str]:
        """Full names of the gRPC services."""
        return sorted({rpc.service for rpc in self.rpcs})


def _rpc(service: str, method: descriptor_pb2.MethodDescriptorProto) -> Rpc:
    return Rpc(
        service=service,
        method=method.name,
        owner=service.split(".")[1],
        anyone=method.options.Extensions[access_pb2.requires].anyone,
        reads=method.options.Extensions[annotations_pb2.http].WhichOneof("pattern") == "get",
        streams=method.client_streaming or method.server_streaming,
        client_streams=method.client_streaming,
    )
