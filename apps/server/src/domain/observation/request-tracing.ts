/** What a trace records of a request when it comes in. */
export interface TracedRequest {
  readonly requestId: string;
  readonly method: string;
  /** The route's pattern, never the path: that may hold a clientId. */
  readonly route: string;
  /** W3C Trace Context: who called, when the caller traces. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
}

/** One request that is being traced. */
export interface RequestTrace {
  readonly traceId: string;
  /** The answer was sent, or the caller hung up before. */
  end(status: number, answered: boolean): void;
}

/** Follows requests; absent where no traces are collected. */
export interface RequestTracing {
  begin(request: TracedRequest): RequestTrace;
}
