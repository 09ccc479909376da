"""Generates protos/gen from the protos: Python with types, and yimen.binpb, the descriptors that Envoy and buf read.

Nothing is downloaded: Google's protos come from the googleapis-common-protos wheel, buf/validate from protovalidate's.
"""

import importlib.metadata
import os
import shutil
import sys
import sysconfig
from pathlib import Path

from google.protobuf import any_pb2, descriptor_pb2, duration_pb2, empty_pb2, field_mask_pb2, struct_pb2, timestamp_pb2
from grpc_tools import protoc
from protovalidate._gen.buf.validate import validate_pb

PROTOS = Path(__file__).resolve().parent
GENERATED = PROTOS / "gen"
DESCRIPTORS = GENERATED / "yimen.binpb"
_VALIDATE = "buf/validate/validate.proto"
# Envoy writes the details of an error as JSON only if it knows their types.
_ERROR_DETAILS = "google/rpc/error_details.proto"


def main() -> None:
    """Makes protos/gen anew."""
    shutil.rmtree(GENERATED, ignore_errors=True)
    third = GENERATED / "third"
    _google_protos(third)
    validate = GENERATED / "validate.binpb"
    validate.write_bytes(_validate_descriptors())
    ours = sorted(str(path.relative_to(PROTOS)) for path in (PROTOS / "yimen").rglob("*.proto"))
    # The plugins that write the types are scripts beside this interpreter.
    os.environ["PATH"] = os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", "")))
    _protoc(validate, None, f"--python_out={GENERATED}", f"--pyi_out={GENERATED}", _VALIDATE)
    _protoc(
        validate,
        third,
        f"--python_out={GENERATED}",
        f"--grpc_python_out={GENERATED}",
        f"--mypy_out=quiet:{GENERATED}",
        f"--mypy_grpc_out=quiet:{GENERATED}",
        *ours,
    )
    _protoc(
        validate,
        third,
        f"--descriptor_set_out={DESCRIPTORS}",
        "--include_imports",
        "--include_source_info",
        *ours,
        _ERROR_DETAILS,
    )
    # A py.typed in each package, so that mypy reads the types of the installed tree too.
    for package in {path.parent for path in GENERATED.rglob("*_pb2.py")}:
        (package / "py.typed").touch()


def _google_protos(folder: Path) -> None:
    """google/api and google/rpc alone: what else the wheel holds is not ours to generate."""
    for file in importlib.metadata.files("googleapis-common-protos") or ():
        if file.suffix == ".proto" and file.parts[:2] in {("google", "api"), ("google", "rpc")}:
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(file.locate()), target)


def _validate_descriptors() -> bytes:
    """buf/validate/validate.proto, which no package has as text, and the well-known types."""
    files = descriptor_pb2.FileDescriptorSet()
    for module in (any_pb2, descriptor_pb2, duration_pb2, empty_pb2, field_mask_pb2, struct_pb2, timestamp_pb2):
        module.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.append(descriptor_pb2.FileDescriptorProto.FromString(validate_pb.desc().proto.to_binary()))
    return files.SerializeToString()


def _protoc(validate: Path, third: Path | None, *arguments: str) -> None:
    roots = [f"-I{PROTOS}", f"-I{third}"] if third else []
    if protoc.main(["protoc", f"--descriptor_set_in={validate}", *roots, *arguments]):
        sys.exit(f"protoc failed: {' '.join(arguments)}")


if __name__ == "__main__":
    main()
