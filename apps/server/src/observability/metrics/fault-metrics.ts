import { labelsOf, type Metric } from './exposition.ts';

/** Why calls were turned away that would have been answered at another time: 429 and 503, by error code. */
const CODES = [
  'event_quota_exceeded',
  'rate_limited',
  'stopping',
  'store_unavailable',
  'totp_locked',
] as const;

/** Calls that ended in a fault which the operator should see. */
export interface FaultCounts {
  readonly metrics: readonly Metric[];
  /** @param code of the fault; most are their callers' and are not counted */
  readonly countFault: (code: string) => void;
}

export function countFaults(): FaultCounts {
  const counts = new Map<string, number>(CODES.map((code) => [code, 0]));
  let unreadable = 0;
  return {
    metrics: [
      {
        type: 'counter',
        name: 'kanda_refusals_total',
        help: 'Calls that were turned away for now (429 and 503), by error code.',
        samples: () => [...counts].map(([code, value]) => ({ labels: labelsOf({ code }), value })),
      },
      {
        type: 'counter',
        name: 'kanda_secrets_unreadable_total',
        help: 'Calls that met a stored secret which does not open. Above 0: it was moved or altered, or a key is missing.',
        samples: () => [{ labels: '', value: unreadable }],
      },
    ],
    countFault(code) {
      if (code === 'secret_unreadable') unreadable++;
      const before = counts.get(code);
      if (before !== undefined) counts.set(code, before + 1);
    },
  };
}
