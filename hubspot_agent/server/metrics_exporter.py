"""Where the counts and timings go in a server: to a page for Prometheus, and to an OpenTelemetry collector."""

import os
from collections.abc import Callable
from functools import cache

#: The standard variables that name a collector; the exporter reads them, and all others of the kind, by itself.
_COLLECTOR = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


@cache
def metrics_page() -> Callable[[], bytes] | None:
    """Begin to measure, and return what renders the page; `None` without the packages of the extra ``serve``.

    A program that measures by an OpenTelemetry SDK of its own goes on with that, and the page stays empty.
    """
    try:
        from opentelemetry import metrics
        from opentelemetry.exporter.prometheus import PrometheusMetricReader
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
        from opentelemetry.sdk.metrics.view import DropAggregation, View
        from prometheus_client import CollectorRegistry, generate_latest
    except ImportError:
        return None
    # A registry of its own: the servers show the common one on pages of theirs.
    registry = CollectorRegistry()
    if not isinstance(metrics.get_meter_provider(), MeterProvider):
        page = PrometheusMetricReader(disable_target_info=True, scope_info_enabled=False, registry=registry)
        readers: list[MetricReader] = [page]
        if any(map(os.environ.get, _COLLECTOR)):
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

            readers.append(PeriodicExportingMetricReader(OTLPMetricExporter()))
        # Other libraries in the process measure too, by labels of theirs.
        only_ours = (View(meter_name="hubspot_agent"), View(instrument_name="*", aggregation=DropAggregation()))
        metrics.set_meter_provider(MeterProvider(metric_readers=readers, views=only_ours))
    return lambda: generate_latest(registry)
