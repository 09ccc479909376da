"""The guide of a version, composed once: a published version never changes, so its guide is kept as long as it is asked for."""

from functools import lru_cache

from services.matters.guide import chart, sections
from yimen.matters.v1 import guide_pb2, matters_pb2

# A guide with both charts is some 40 kB.
_KEPT = 256


def composed(content: bytes, units: tuple[tuple[str, str], ...]) -> guide_pb2.Guide:
    """A guide without name, version and places, the caller's own; `content` is a matter's elements and provenance, encoded.

    `units` pairs the units that the elements name with their display names.
    """
    guide = guide_pb2.Guide()
    guide.CopyFrom(_composed(content, units))
    return guide


@lru_cache(_KEPT)
def _composed(content: bytes, units: tuple[tuple[str, str], ...]) -> guide_pb2.Guide:
    matter = matters_pb2.Matter.FromString(content)
    return guide_pb2.Guide(
        display_name=matter.elements.display_name,
        sections=sections.of(matter.elements, matter.provenance, dict(units)),
        materials=sections.materials(matter.elements),
        flow_chart=chart.drawn(matter.elements),
        questions=matter.elements.questions,
    )
