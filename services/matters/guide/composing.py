"""The guide of a version, composed once: a published version never changes, so its guide is kept as long as it is asked for."""

from functools import lru_cache

from services.matters.guide import chart, sections
from yimen.matters.v1 import guide_pb2, matter_pb2

# A guide with both charts is some 40 kB.
_KEPT = 256


def composed(matter: str, content: bytes, units: tuple[tuple[str, str], ...]) -> guide_pb2.Guide:
    """The guide of a matter without its version and places, the caller's own.

    `content` is the elements and the provenance of the version, encoded; `units` pairs the units that the elements name with
    their display names.
    """
    guide = guide_pb2.Guide()
    guide.CopyFrom(_composed(matter, content, units))
    return guide


@lru_cache(_KEPT)
def _composed(name: str, content: bytes, units: tuple[tuple[str, str], ...]) -> guide_pb2.Guide:
    matter = matter_pb2.Matter.FromString(content)
    return guide_pb2.Guide(
        name=f"{name}/guide",
        display_name=matter.elements.display_name,
        sections=sections.of(matter.elements, matter.provenance, dict(units)),
        materials=sections.materials(matter.elements, name),
        flow_chart=chart.drawn(matter.elements),
        questions=matter.elements.questions,
    )
