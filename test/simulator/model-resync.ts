/** What the model store makes of two codes in a row, and of a drift that is to be forgotten. */
import { judgeResync } from '../../apps/server/src/domain/authenticators/judge-resync.ts';
import type { Lockout } from '../../apps/server/src/domain/verdicts/lockout.ts';
import type { MovingFactor } from '../../apps/server/src/domain/verdicts/methods/method.ts';
import type { Outcome } from './history.ts';
import { append, confirmedOf, type ModelAuthenticator, type Row, refuseOne } from './model-image.ts';
import { DONE, typedOf, type Work } from './model-work.ts';

const EVENT = 'authenticator.resynced';

/** @param client without what has expired */
export function resync(work: Work, client: Row): Outcome {
  const { request, draft, schedule, has } = work;
  const { policy } = schedule;
  const one = client.authenticators.find(({ name }) => name === request.target);
  if (one === undefined) return refuseOne(draft, request, EVENT, 'authenticator_not_found');
  if (one.key.method === 'totp' && !policy.followDrift) {
    return refuseOne(draft, request, EVENT, 'drift_not_followed');
  }
  if (one.pendingUntil !== null) {
    append(draft, request, EVENT, request.at, 'pending');
    return { kind: 'resync', resync: { resynced: false, reason: 'pending' } };
  }
  const others = confirmedOf(client).filter((other) => other !== one);
  const factor = has['resync-used'] ? one.factor : { ...one.factor, watermark: -1, burnt: [] };
  const judged = judgeResync(
    { ...client, factor, others: others.map((other) => other.factor) },
    (place) => (place === null ? one : (others[place] as ModelAuthenticator)).key,
    [typedOf(request.code, one), typedOf(request.second, one)],
    request.at,
    policy,
  );
  if (judged.resynced) {
    const proved = { ...client, lockout: judged.lockout };
    write(work, proved, { ...one, factor: judged.factor }, others, judged.others);
    const { drift } = judged.factor;
    const isToken = one.key.method === 'hotp';
    append(draft, request, EVENT, request.at, isToken ? null : `drift=${drift}`, 'success');
    return { kind: 'resync', resync: isToken ? { resynced: true } : { resynced: true, drift } };
  }
  const { recorded, lockout, tooFar, ...answer } = judged;
  if (tooFar !== undefined) write(work, client, { ...one, factor: tooFar.factor }, others, tooFar.others);
  append(draft, request, EVENT, request.at, recorded);
  if (lockout !== client.lockout && has['resync-failures']) fail(work, lockout);
  return {
    kind: 'resync',
    resync: tooFar === undefined ? answer : { ...answer, drift: tooFar.drift },
  };
}

/** Writes the failures alone: what has expired stays until something else is written. */
function fail({ request, row, draft }: Work, lockout: Lockout): void {
  if (row === undefined) return;
  draft.rows.set(request.clientId, { ...row, lockout });
  if (lockout.locked && !row.lockout.locked) append(draft, request, 'client.locked', request.at);
}

function write(
  { request, draft }: Work,
  client: Row,
  one: ModelAuthenticator,
  others: readonly ModelAuthenticator[],
  factors: readonly MovingFactor[],
): void {
  const changed = new Map(
    others.map((other, place) => [other.name, { ...other, factor: factors[place] as MovingFactor }]),
  );
  const authenticators = client.authenticators.map((other) =>
    other.name === one.name ? one : (changed.get(other.name) ?? other),
  );
  draft.rows.set(request.clientId, { ...client, authenticators });
}

export function resetDrift({ request, draft }: Work, client: Row): Outcome {
  const one = client.authenticators.find(({ name }) => name === request.target);
  if (one === undefined) return refuseOne(draft, request, EVENT, 'authenticator_not_found');
  const reset = { ...one, factor: { ...one.factor, drift: 0 } };
  const authenticators = client.authenticators.map((other) => (other === one ? reset : other));
  draft.rows.set(request.clientId, { ...client, authenticators });
  append(draft, request, EVENT, request.at, 'drift=0', 'success');
  return DONE;
}
