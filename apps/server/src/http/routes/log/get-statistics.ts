import { type Static, Type } from 'typebox';
import { Fault } from '../../../domain/errors.ts';
import {
  MAX_DAYS,
  RANGES,
  type Range,
  REFUSAL_REASONS,
  type Span,
  type SpanProblem,
  spanBetween,
  spanOf,
  statisticsOf,
} from '../../../domain/log/statistics.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { named, nullable, parameters, Timestamp } from '../schemas.ts';
import { timestamp } from '../views.ts';

const count = (description: string) => Type.Integer({ description });

const Quota = Type.Object(
  { used: Type.Integer(), limit: nullable(Type.Integer({ description: 'null: any number.' })) },
  { title: 'QuotaUse', description: 'How much of a quota is used.' },
);

const Reasons = Type.Object(
  {
    ...(Object.fromEntries(REFUSAL_REASONS.map((reason) => [reason, Type.Integer()])) as Record<
      (typeof REFUSAL_REASONS)[number],
      ReturnType<typeof Type.Integer>
    >),
    other: count('Refusals whose reason is not counted yet; under load, that takes some seconds.'),
  },
  { title: 'RefusalCounts', description: 'Refused codes by the reason in the log.' },
);

const COUNTS = {
  accepted: count('Codes that were accepted.'),
  refused: count('Codes that were refused.'),
  reasons: Reasons,
  lockouts: count('Users that were locked until they are unlocked.'),
};

const SOME = { accepted: 41, refused: 2, lockouts: 0 };
const REASONS = {
  ...Object.fromEntries(REFUSAL_REASONS.map((reason) => [reason, 0])),
  invalid_code: 2,
  other: 0,
};
const EXAMPLE = {
  range: '24h',
  bucketSeconds: 3600,
  from: '2026-01-30T10:00:00.000Z',
  to: '2026-01-31T09:42:00.000Z',
  totals: { ...SOME, reasons: REASONS, failureRate: 0.0465 },
  clients: { total: 3, active: 3, locked: 0, disabled: 0 },
  quotas: {
    clients: { used: 3, limit: 100000 },
    keys: { used: 1, limit: 100 },
    events: { used: 60, limit: 1000000 },
    storage: { used: 51200, limit: null },
  },
  diskAlmostFull: false,
  buckets: [{ start: '2026-01-31T09:00:00.000Z', ...SOME, reasons: REASONS }],
};

const View = Type.Object(
  {
    range: Type.Unsafe<Range | 'custom'>({
      type: 'string',
      enum: [...RANGES, 'custom'],
      description: 'custom: from `from` up to `to`.',
    }),
    bucketSeconds: count('How long a bucket is: 3600 or 86400. Hours and days are those of UTC.'),
    from: Type.String({ format: 'date-time', description: 'The start of the first bucket.' }),
    to: Type.String({
      format: 'date-time',
      description: 'The end of the last bucket; now, where that is not over yet.',
    }),
    totals: Type.Object({
      ...COUNTS,
      failureRate: nullable(
        Type.Number({ description: 'refused of all, from 0 to 1; null when there were none.' }),
      ),
    }),
    clients: Type.Object(
      { total: Type.Integer(), active: Type.Integer(), locked: Type.Integer(), disabled: Type.Integer() },
      { description: 'How many there are now, by status.' },
    ),
    quotas: Type.Object(
      {
        clients: Quota,
        keys: Quota,
        events: Quota,
        storage: Quota,
      },
      {
        title: 'QuotaUses',
        description:
          'Quotas of the account, and how much of them it uses. `clients`: enrolled users. `keys`: API keys that were not revoked. ' +
          '`events`: those of the log in 24 hours, the current hour and the 23 before it. `storage`: bytes, estimated from the ' +
          'numbers of events, users, keys and recovery codes.',
      },
    ),
    diskAlmostFull: Type.Boolean({
      description:
        "Whether sign-ups, enrolments and new API keys are refused, as this server's disk is almost full.",
    }),
    buckets: Type.Array(Type.Object({ start: Timestamp, ...COUNTS }), {
      description: 'Oldest first, without gaps.',
    }),
  },
  named('Statistics', 'Codes by hour or day, and how many users there are.', EXAMPLE),
);

const QUERY = parameters({
  range: Type.Optional(
    Type.Unsafe<Range>({
      type: 'string',
      enum: [...RANGES],
      default: '24h',
      description: '24h and 7d have a bucket for each hour, 30d for each day. Not with from.',
    }),
  ),
  from: Type.Optional({
    ...Timestamp,
    description:
      'The start of a time of your own, in place of range: rounded down to the hour, or for more than 7 days to ' +
      `the day of UTC. At most ${MAX_DAYS} days before its end.`,
  }),
  to: Type.Optional({
    ...Timestamp,
    description:
      'Its end, which it does not include: rounded up in the same way, and now if that is earlier or it is absent.',
  }),
});

export function getStatistics(
  app: App,
  {
    authenticate,
    clock,
    disk,
    quotas,
    store,
  }: RouteNeeds<'authenticate' | 'clock' | 'disk' | 'quotas', 'countClients' | 'readActivity'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/stats',
    onRequest: authenticate('logs:read'),
    schema: {
      operationId: 'getStatistics',
      summary: 'Codes by hour or day, and how many users there are',
      description:
        'Counted as events happen, so it is as fast for a log of millions of events as for an empty one.',
      tags: ['Logs'],
      security: [{ bearer: ['logs:read'] }],
      querystring: QUERY,
      response: answers({ 200: View }, [400, 401, 403, 503]),
    },
    async handler(request): Promise<Static<typeof View>> {
      const now = clock(request);
      const { range, span } = spanAsked(request.query, now);
      const { account } = principalOf(request);
      const accountId = account.id;
      const clients = await store.countClients(accountId, now);
      const used = await quotas.read(account, now);
      const limits = quotas.of(account);
      const activity = await store.readActivity(accountId, span);
      const { bucketMs, from, totals, buckets } = statisticsOf(activity, span);
      return {
        range,
        bucketSeconds: bucketMs / 1000,
        from: timestamp(from),
        to: timestamp(Math.min(now, from + buckets.length * bucketMs)),
        totals,
        clients: { ...clients, active: clients.total - clients.disabled - clients.locked },
        quotas: {
          clients: { used: used.clients, limit: limits.clients },
          keys: { used: used.keys, limit: limits.keys },
          events: { used: used.events, limit: limits.events },
          storage: { used: used.storage, limit: limits.storage },
        },
        diskAlmostFull: disk.isLow,
        buckets: buckets.map((bucket) => ({ ...bucket, start: timestamp(bucket.start) })),
      };
    },
  });
}

interface Asked {
  readonly range?: Range | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Faults: query_invalid, for what the schema cannot say. */
function spanAsked({ range, from, to }: Asked, now: number): { range: Range | 'custom'; span: Span } {
  if (from === undefined) {
    if (to !== undefined) throw invalid({ field: 'to', message: 'needs from' });
    return { range: range ?? '24h', span: spanOf(range ?? '24h', now) };
  }
  if (range !== undefined) throw invalid({ field: 'from', message: 'must be absent where range is given' });
  const span = spanBetween(Date.parse(from), to === undefined ? now + 1 : Date.parse(to), now);
  if ('problem' in span) throw invalid(span.problem);
  return { range: 'custom', span };
}

function invalid({ field, message }: SpanProblem): Fault {
  return new Fault('query_invalid', `The query is invalid: ${field} ${message}.`, {
    errors: [{ path: `/${field}`, message }],
  });
}
