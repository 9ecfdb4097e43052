"""Reads OTLP/JSON bodies, one a line, with OpenTelemetry's own definitions. An unknown field or a wrong type ends it."""

import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

spans = logs = 0
for line in sys.stdin:
    if '"resourceSpans"' in line:
        request = json_format.Parse(line, ExportTraceServiceRequest())
        spans += sum(len(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans)
    else:
        request = json_format.Parse(line, ExportLogsServiceRequest())
        logs += sum(len(scope.log_records) for resource in request.resource_logs for scope in resource.scope_logs)
print(spans, logs)
