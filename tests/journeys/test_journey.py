from collections.abc import Callable

import pytest

from stack import Stack
from stack.actors import actor
from stack.calls import Transport
from stack.journey import Journey
from stack.telemetry.spans import Span
from yimen.intake.v1 import cases_pb2

WHOLE_WAY = [
    "create",
    "submit",
    "passPreReview",
    "accept",
    "startReview",
    "decide",
    "complete",
    "deliver",
    "rate",
]


@pytest.mark.parametrize("way", ["grpc", "json"])
def test_an_application_goes_its_whole_way(platform: Stack, transports: dict[str, Callable[[], Transport]], way: str) -> None:
    over = transports[way]()
    journey = Journey(
        resident=actor(platform, "resident", over),
        clerk=actor(platform, "clerk", over),
        approver=actor(platform, "approver", over),
        mail=platform.mail,
    )

    steps = list(journey.steps())

    assert [entry.action for entry in journey.history] == WHOLE_WAY
    assert journey.case.state == cases_pb2.CASE_STATE_DELIVERED
    assert journey.case.outcome == cases_pb2.OUTCOME_GRANTED
    assert journey.case.number.startswith("11440307PL000005X94440590033000")
    # Monday 2 March 2026 is day 0 of 15 working days.
    assert (journey.case.clock.accept_date, journey.case.clock.due_date) == ("2026-03-02", "2026-03-23")
    assert len({step.trace_id for step in steps}) == len(steps)
    _is_one_trace_to_the_worker(platform, next(step.trace_id for step in steps if step.what == "受理"))


def _is_one_trace_to_the_worker(platform: Stack, trace_id: str) -> None:
    wanted = {"gateway", "intake", "notification-worker"}
    spans = platform.telemetry.trace_when(trace_id, lambda spans: wanted <= {span.service for span in spans})

    known = {span.span_id: span for span in spans}
    roots = [span for span in spans if span.parent_id not in known]
    assert [root.service for root in roots] == ["gateway"]
    assert _way_up(next(span for span in spans if span.service == "notification-worker"), known) == [
        "notification-worker",
        "intake",
        "gateway",
    ]


def _way_up(span: Span, known: dict[str, Span]) -> list[str]:
    """The services that a span was caused by, each once, itself first."""
    services = [span.service]
    while span.parent_id in known:
        span = known[span.parent_id]
        if span.service != services[-1]:
            services.append(span.service)
    return services
