"""Keeps today's protos as protos/baseline.binpb, which `buf breaking` compares later ones with: run at each release."""

from google.protobuf import descriptor_pb2

from protos.generate import DESCRIPTORS, PROTOS

BASELINE = PROTOS / "baseline.binpb"


def main() -> None:
    """Writes the descriptors without their comments, which break nobody."""
    files = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    for file in files.file:
        file.ClearField("source_code_info")
    BASELINE.write_bytes(files.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
