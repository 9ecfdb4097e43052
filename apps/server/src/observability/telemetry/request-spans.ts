import type {
  RequestTrace,
  RequestTracing,
  TracedRequest,
} from '../../domain/observation/request-tracing.ts';
import type { EndedBatch, JudgedAttempt, StoreFollower } from '../../domain/observation/store-figures.ts';
import type { Attributes, Span } from './otlp.ts';
import type { Sampler } from './sampler.ts';
import { newSpanId, newTraceId, parseTraceparent, passedTracestate } from './trace-context.ts';

/** A traced request whose answer is not yet sent. */
interface OpenTrace {
  readonly traceId: string;
  readonly spanId: string;
  /** Known before the commit has ended, as its decisions name it as their parent. */
  readonly commitSpanId: string;
}

/** The clock of the spans, in ms since the epoch with fractions: `performance.now()` of the store fits it. */
const epochOf = (performanceNow: number) => performance.timeOrigin + performanceNow;

/**
 * The spans of a request: the request itself, within it the commit of the batch that judged its code, and within
 * that the decision. Store and HTTP do not import each other; the request's id joins what they report.
 */
export class RequestSpans implements RequestTracing, StoreFollower {
  readonly #sampler: Sampler;
  readonly #export: (span: Span) => void;
  readonly #open = new Map<string, OpenTrace>();

  constructor(sampler: Sampler, exportSpan: (span: Span) => void) {
    this.#sampler = sampler;
    this.#export = exportSpan;
  }

  begin({ requestId, method, route, traceparent, tracestate }: TracedRequest): RequestTrace {
    const parent = parseTraceparent(traceparent);
    const traceId = parent?.traceId ?? newTraceId();
    if (!this.#sampler(traceId, parent)) return { traceId, end() {} };
    const spanId = newSpanId();
    const startedAt = epochOf(performance.now());
    this.#open.set(requestId, { traceId, spanId, commitSpanId: newSpanId() });
    return {
      traceId,
      end: (status, answered) => {
        this.#open.delete(requestId);
        this.#export({
          traceId,
          spanId,
          parentSpanId: parent?.spanId ?? null,
          traceState: parent === null ? null : passedTracestate(tracestate),
          name: `${method} ${route}`,
          kind: 'server',
          startedAt,
          endedAt: epochOf(performance.now()),
          attributes: {
            'http.request.method': method,
            'http.route': route,
            'http.response.status_code': status,
            'kanda.request_id': requestId,
            ...(answered ? {} : { 'kanda.hung_up': true }),
          },
          failed: status >= 500,
        });
      },
    };
  }

  attemptJudged({ requestId, begunAt, endedAt, verdict }: JudgedAttempt): void {
    const open = this.#open.get(requestId);
    if (open === undefined) return;
    const attributes = { 'kanda.verdict': verdict };
    this.#within(open, newSpanId(), open.commitSpanId, 'decide', begunAt, endedAt, attributes, false);
  }

  batchEnded({ requestIds, size, durable, begunAt, endedAt }: EndedBatch): void {
    for (const requestId of requestIds) {
      const open = this.#open.get(requestId);
      if (open === undefined) continue;
      const attributes = { 'kanda.batch.size': size, 'kanda.batch.durable': durable };
      this.#within(open, open.commitSpanId, open.spanId, 'commit', begunAt, endedAt, attributes, !durable);
    }
  }

  #within(
    { traceId }: OpenTrace,
    spanId: string,
    parentSpanId: string,
    name: string,
    begunAt: number,
    endedAt: number,
    attributes: Attributes,
    failed: boolean,
  ): void {
    this.#export({
      traceId,
      spanId,
      parentSpanId,
      traceState: null,
      name,
      kind: 'internal',
      startedAt: epochOf(begunAt),
      endedAt: epochOf(endedAt),
      attributes,
      failed,
    });
  }
}
