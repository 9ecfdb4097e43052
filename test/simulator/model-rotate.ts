/** What the model store makes of new secrets in the place of others, with a proof or without. */
import { decide, type Verdict } from '../../apps/server/src/domain/verdicts/decide.ts';
import { NO_FAILURES } from '../../apps/server/src/domain/verdicts/lockout.ts';
import { FRESH_FACTOR, type MovingFactor } from '../../apps/server/src/domain/verdicts/methods/method.ts';
import type { Outcome } from './history.ts';
import {
  append,
  authenticatorOf,
  confirmedOf,
  type ModelAuthenticator,
  presentOf,
  type Row,
  refuseOne,
} from './model-image.ts';
import { recover } from './model-recovery.ts';
import { DONE, parametersOf, remember, typedOf, type Work } from './model-work.ts';

const EVENT = 'client.rotated';

/** The first authenticator gets the secret of the call, and all others go. */
export function rotateAll(work: Work, client: Row): Row {
  const [first] = [...confirmedOf(client), ...client.authenticators];
  remember(work, client.authenticators);
  const rotated = renewed(work, first?.name ?? work.request.id);
  const replaced = [...client.replaced, ...confirmedOf(client)];
  return unlocked({ ...client, replaced, devices: [], authenticators: [rotated] });
}

/** One gets it, and the others stay; or why not. */
export function rotateOne(work: Work, client: Row): Row | string {
  const one = confirmedOf(client).find(({ name }) => name === work.request.target);
  if (one === undefined) return 'authenticator_not_found';
  remember(work, [one]);
  const rotated = renewed(work, one.name);
  const authenticators = client.authenticators.map((other) => (other === one ? rotated : other));
  const isAlone = confirmedOf(client).length === 1 || !work.has['rotate-lock'];
  const changed = { ...client, replaced: [...client.replaced, one], devices: [], authenticators };
  return isAlone ? unlocked(changed) : changed;
}

function renewed({ request, schedule }: Work, name: string): ModelAuthenticator {
  return { ...authenticatorOf(request, parametersOf(schedule, request.clientId), FRESH_FACTOR), name };
}

function unlocked(client: Row): Row {
  return { ...client, recovery: { ...client.recovery, failures: [] }, lockout: NO_FAILURES };
}

/** The same once a code of the user, or a recovery code, was judged as a login and is used up. */
export function rotateProved(work: Work, client: Row): Outcome {
  const { request, draft } = work;
  const { clientId, target, at } = request;
  const isThere = target === '' || confirmedOf(client).some(({ name }) => name === target);
  if (!isThere) return refuseOne(draft, request, EVENT, 'authenticator_not_found');
  if (!isProvenBy(work, client)) return refuseOne(draft, request, EVENT, 'proof_invalid');
  const row = draft.rows.get(clientId) ?? client;
  const proved = { ...row, authenticators: presentOf(row, at) };
  const rotated = target === '' ? rotateAll(work, proved) : rotateOne(work, proved);
  if (typeof rotated === 'string') return refuseOne(draft, request, EVENT, rotated);
  draft.rows.set(clientId, rotated);
  append(draft, request, EVENT, at);
  return DONE;
}

/** Judges the proof of a change as a login. */
export function isProvenBy(work: Work, client: Row): boolean {
  if (work.request.paper === '') return prove(work, client).valid;
  const outcome = recover(work, client);
  return outcome.kind === 'recovery' && outcome.recovery.valid;
}

/** Judges a code as a login. */
export function prove({ request, draft, schedule, has }: Work, client: Row): Verdict {
  const { at, clientId } = request;
  const confirmed = confirmedOf(client);
  const { verdict, next, record, lockedNow } = decide(
    {
      disabled: client.disabled,
      pending: confirmed.length === 0,
      lockout: client.lockout,
      factors: confirmed.map(({ factor }) => factor),
    },
    (place) => (confirmed[place] as ModelAuthenticator).key,
    typedOf(request.code, client.authenticators[0] as ModelAuthenticator),
    at,
    schedule.policy,
  );
  const factors = has['proof-burn'] ? next.factors : confirmed.map(({ factor }) => factor);
  const changed = new Map(
    confirmed.map((one, place) => [one, { ...one, factor: factors[place] as MovingFactor }]),
  );
  const lockout = has['proof-failures'] || verdict.valid ? next.lockout : client.lockout;
  const authenticators = client.authenticators.map((one) => changed.get(one) ?? one);
  draft.rows.set(clientId, { ...client, lockout, authenticators });
  append(draft, request, 'totp.validated', at, record.reason);
  if (lockedNow) append(draft, request, 'client.locked', at, 'too_many_failures', 'success');
  return verdict;
}
