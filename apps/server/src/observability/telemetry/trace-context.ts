import { randomFillSync } from 'node:crypto';

/** Who called, as W3C Trace Context tells it (https://www.w3.org/TR/trace-context/). */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MAX_TRACESTATE_LENGTH = 512;

/** null when the header is absent or not valid (§3.2.2): then a trace of one's own begins. */
export function parseTraceparent(header: string | undefined): TraceParent | null {
  const [, version, traceId, spanId, flags, more] = TRACEPARENT.exec(header ?? '') ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined)
    return null;
  // Version 00 has four fields; later ones may have more, and ff is forbidden.
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** What is passed on of `tracestate`: it is for other vendors, and too long a one may be dropped (§3.3.1.5). */
export function passedTracestate(header: string | undefined): string | null {
  return header === undefined || header.length > MAX_TRACESTATE_LENGTH ? null : header;
}

const pool = Buffer.alloc(4_096);
let used = pool.length;

/** A random id of as many bytes, as hexadecimal digits, never all zero. */
function randomId(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = pool.toString('hex', used, used + bytes);
  used += bytes;
  return /^0+$/.test(id) ? randomId(bytes) : id;
}

export function newTraceId(): string {
  return randomId(16);
}

export function newSpanId(): string {
  return randomId(8);
}
