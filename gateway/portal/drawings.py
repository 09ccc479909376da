"""Drawings of the services, shown inside a page: only what draws is let in."""

from functools import lru_cache
from xml.etree import ElementTree

from markupsafe import Markup

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_DRAWS = {"svg", "g", "title", "desc", "rect", "circle", "ellipse", "line", "polyline", "polygon", "path", "text", "tspan"}
_ATTRIBUTES = {
    *("version", "viewBox", "width", "height", "role", "id", "aria-labelledby", "lang", "transform"),
    *("fill", "stroke", "stroke-width", "stroke-dasharray"),
    *("x", "y", "rx", "ry", "x1", "y1", "x2", "y2", "cx", "cy", "r", "points", "d"),
    *("font-family", "font-size", "font-weight", "text-anchor"),
}
_SAID = {"title", "desc"}


@lru_cache(maxsize=512)
def inline(svg: str) -> Markup:
    """The drawing as part of a page; nothing of one that holds more than shapes and text, or is not well-formed."""
    # No declaration, no entity, no processing instruction, no comment.
    if not svg.startswith("<svg") or "<!" in svg or "<?" in svg:
        return Markup()
    try:
        parts = list(ElementTree.fromstring(svg).iter())  # noqa: S314 - neither entities nor a declaration are in it
    except ElementTree.ParseError:
        return Markup()
    if not all(_draws(part) for part in parts):
        return Markup()
    return Markup(svg)  # noqa: S704 - every element and attribute was looked at


def _draws(part: ElementTree.Element) -> bool:
    name = part.tag.removeprefix(_NAMESPACE)
    attributes = {attribute.rpartition("}")[2]: value for attribute, value in part.attrib.items()}
    return (
        name in _DRAWS
        and attributes.keys() <= _ATTRIBUTES
        and not any("url(" in value.lower() for value in attributes.values())
        # As HTML, whatever stands in a title runs to its end.
        and not (name in _SAID and len(part))
    )
