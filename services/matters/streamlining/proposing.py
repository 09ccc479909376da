"""What a matter becomes by a proposal."""

from collections import Counter

from services.matters.streamlining.rules.parts import PARTS
from yimen.matters.v1 import elements_pb2, streamlining_pb2


def applied(elements: elements_pb2.Elements, proposal: streamlining_pb2.Proposal) -> elements_pb2.Elements:
    """A copy of the elements without what the proposal drops and with what it shortens."""
    after = elements_pb2.Elements()
    after.CopyFrom(elements)
    for part in PARTS:
        dropped = Counter(part.dropped(proposal))
        items = getattr(after, part.element)
        # From the end, so that what is before keeps its place.
        for place, key in reversed(list(enumerate(part.keys(after)))):
            if dropped[key]:
                dropped[key] -= 1
                del items[place]
    shorter = {step.step: step.working_days for step in proposal.shorten_steps}
    for step in after.steps:
        step.working_days = shorter.get(step.display_name.zh, step.working_days)
    if proposal.promised_limit.unit:
        after.promised_limit.CopyFrom(proposal.promised_limit)
    return after
