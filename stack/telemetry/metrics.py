"""The last value of every metric that the stack's processes reported."""

from dataclasses import dataclass, field

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import HistogramDataPoint, Metric, NumberDataPoint

from stack.telemetry.attributes import Value, plain


@dataclass
class Reading:
    """One series of one process: a number, or a histogram's count, sum and bucket counts."""

    service: str
    name: str
    unit: str
    attributes: dict[str, Value]
    time: int
    value: float | None = None
    count: int | None = None
    sum: float | None = None
    bounds: list[float] = field(default_factory=list)
    buckets: list[int] = field(default_factory=list)


class Metrics:
    """The newest reading of every series, in memory: metrics of a machine that stopped say nothing."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str, str], Reading] = {}

    def add(self, request: ExportMetricsServiceRequest) -> None:
        """Keeps the readings of an export in place of those of the same series."""
        for resource in request.resource_metrics:
            service = str(plain(resource.resource.attributes).get("service.name", "unknown"))
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for reading in _readings(service, metric):
                        self._last[service, metric.name, repr(sorted(reading.attributes.items()))] = reading

    def last(self) -> list[Reading]:
        """Every series, ordered by service and name."""
        return [self._last[key] for key in sorted(self._last)]


def _readings(service: str, metric: Metric) -> list[Reading]:
    match metric.WhichOneof("data"):
        case "gauge":
            return [_number(service, metric, point) for point in metric.gauge.data_points]
        case "sum":
            return [_number(service, metric, point) for point in metric.sum.data_points]
        case "histogram":
            return [_histogram(service, metric, point) for point in metric.histogram.data_points]
        case _:
            # Exponential histograms and summaries: no process of the stack sends them.
            return []


def _number(service: str, metric: Metric, point: NumberDataPoint) -> Reading:
    value = point.as_double if point.WhichOneof("value") == "as_double" else float(point.as_int)
    return Reading(service, metric.name, metric.unit, plain(point.attributes), point.time_unix_nano, value=value)


def _histogram(service: str, metric: Metric, point: HistogramDataPoint) -> Reading:
    return Reading(
        service,
        metric.name,
        metric.unit,
        plain(point.attributes),
        point.time_unix_nano,
        count=point.count,
        sum=point.sum,
        bounds=list(point.explicit_bounds),
        buckets=list(point.bucket_counts),
    )
