"""Sending traces to a collector, over OTLP and HTTP."""

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased


def start_tracing(endpoint: str, ratio: float) -> TracerProvider:
    """Send the spans of this process to a collector, such as `http://127.0.0.1:4318/v1/traces`; `shutdown` ends it.

    `ratio` is the share of traces that are sent. A caller's own choice does not count: it could ask for all of them.
    """
    sampler = TraceIdRatioBased(ratio)
    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: "okr-ledger"}),
        sampler=ParentBased(sampler, remote_parent_sampled=sampler, remote_parent_not_sampled=sampler),
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
    return provider
