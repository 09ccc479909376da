"""A trace as a tree with times, from the gateway to the last worker."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from stack.telemetry.spans import Span

# The attributes that say which of many like steps a span was, in the order in which one is chosen.
TELLING = (
    "db.collection.name",
    "db.mongodb.collection",
    "messaging.destination.name",
    "messaging.destination",
    "upstream_cluster.name",
)
BAR = 28


def tree(spans: Sequence[Span]) -> RenderableType:
    """One line a span: a bar on the whole, its begin after the first and its length in ms, where it ran and what it did."""
    if not spans:
        return Text("no spans")
    first, last = min(span.start for span in spans), max(span.end for span in spans)
    services = len({span.service for span in spans})
    summary = f"  {len(spans)} spans in {services} services, {(last - first) / 1e6:.1f} ms"
    heading = Text.assemble("trace ", (spans[0].trace_id, "bold"), summary)
    return Group(heading, *(_line(guide, span, first, last) for guide, span in _walk(spans)))


def _walk(spans: Sequence[Span]) -> Iterator[tuple[str, Span]]:
    """Every span after its parent, with the guide that draws the tree; one whose parent is unknown is a root."""
    known = {span.span_id for span in spans}
    children: dict[str, list[Span]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        children[span.parent_id if span.parent_id in known else ""].append(span)

    def below(parent: str, stem: str) -> Iterator[tuple[str, Span]]:
        for left, span in reversed(list(enumerate(reversed(children[parent])))):
            yield stem + ("├─ " if left else "└─ "), span
            yield from below(span.span_id, stem + ("│  " if left else "   "))

    for root in children[""]:
        yield "", root
        yield from below(root.span_id, "")


def _line(guide: str, span: Span, first: int, last: int) -> Text:
    telling = next((str(span.attributes[key]) for key in TELLING if key in span.attributes), "")
    return Text.assemble(
        (f"{_bar(span, first, last):<{BAR}}", "red" if span.failed else "green"),
        (f"{(span.start - first) / 1e6:+9.1f}", "dim"),
        (f"{span.milliseconds:8.1f} ms  ", "bold"),
        (guide, "dim"),
        (span.service, "cyan"),
        f" {span.name}",
        (f" {telling}" if telling and telling not in span.name else "", "dim"),
        (" failed" if span.failed else "", "red"),
    )


def _bar(span: Span, first: int, last: int) -> str:
    whole = max(last - first, 1)
    begin = min(int((span.start - first) / whole * BAR), BAR - 1)
    length = max(1, round((span.end - span.start) / whole * BAR))
    return " " * begin + "━" * min(length, BAR - begin)
