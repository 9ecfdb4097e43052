/** What the model store makes of a policy, and of a clock that was ahead and is put right. */
import { NO_FAILURES } from '../../apps/server/src/domain/verdicts/lockout.ts';
import { isLooser, looseningOf } from '../../apps/server/src/domain/verdicts/loosening.ts';
import { type Acceptance, resetClock } from '../../apps/server/src/domain/verdicts/methods/totp.ts';
import { changesBetween, type Policy } from '../../apps/server/src/domain/verdicts/policy.ts';
import type { Outcome } from './history.ts';
import { append, type Row } from './model-image.ts';
import { DONE, usedUnseen, type Work } from './model-work.ts';
import { ALL, LONGEST_REACH_MS } from './oracle-authenticator.ts';

const HOW: Readonly<Record<string, Acceptance['how']>> = {
  'totp.validated': 'validated',
  'authenticator.confirmed': 'confirmed',
  'authenticator.resynced': 'resynced',
};

export function resetClocks(work: Work, row: Row): Outcome {
  const { request, visible, draft, has } = work;
  const { clientId, at: now } = request;
  const since = now - LONGEST_REACH_MS;
  const near = [...visible.log, ...draft.lines].flatMap(({ event, outcome, clientId: of, at }) => {
    const how = HOW[event];
    return how !== undefined && outcome === 'success' && of === clientId && at > since ? [{ at, how }] : [];
  });
  const accepted = has['clock-reset'] ? near : [];
  const authenticators = row.authenticators.map((one) => {
    const { period } = one.key.parameters;
    if (period === 0) return one;
    const unknown = has['reset-floor'] ? usedUnseen(work, one.secret, one.key.parameters) : -1;
    return { ...one, factor: resetClock(one.factor, period, now, accepted, unknown) };
  });
  const recovery = { ...row.recovery, failures: [] };
  draft.rows.set(clientId, { ...row, recovery, lockout: NO_FAILURES, authenticators });
  append(draft, request, 'client.unlocked', now);
  append(draft, request, 'client.clock_reset', now);
  return DONE;
}

export function setPolicy({ request, visible, draft, schedule }: Work): Outcome {
  const before = schedule.policy;
  const after = request.policy as Policy;
  const rows = new Map<string, Row | null>([...visible.rows, ...draft.rows]);
  const clients = [...rows.values()].flatMap((row) => (row === null ? [] : [lasting(row)]));
  if (isLooser(before, after) && looseningOf(before, after, clients) !== null) {
    return { kind: 'refused', code: 'policy_invalid' };
  }
  draft.policy = after;
  const changes = changesBetween(before, after);
  if (changes !== null) {
    append(draft, { ...request, clientId: null }, 'account.policy_changed', request.at, changes, 'success');
  }
  return DONE;
}

/** Those that are not to take the place of others. */
function lasting({ authenticators }: Row) {
  return authenticators
    .filter(({ pendingUntil, replaces }) => {
      if (pendingUntil === null || replaces === null) return true;
      return replaces !== ALL && !authenticators.some(({ name }) => name === replaces.name);
    })
    .map(({ key }) => key.parameters);
}
