/** What the model store makes of a first code. */
import { CONFIRM_ATTEMPTS } from '../../apps/server/src/domain/authenticators/authenticator.ts';
import { judgeConfirmation } from '../../apps/server/src/domain/authenticators/judge-confirmation.ts';
import { NO_FAILURES } from '../../apps/server/src/domain/verdicts/lockout.ts';
import type { MovingFactor } from '../../apps/server/src/domain/verdicts/methods/method.ts';
import type { Outcome } from './history.ts';
import { append, confirmedOf, type ModelAuthenticator, type Row, refuseOne } from './model-image.ts';
import { remember, typedOf, usedOf, type Work } from './model-work.ts';
import { ALL } from './oracle-authenticator.ts';

const EVENT = 'authenticator.confirmed';

/** @param client without what has expired */
export function confirm(work: Work, client: Row): Outcome {
  const { request, draft, schedule, has } = work;
  const tried = client.authenticators.filter(({ pendingUntil }) => pendingUntil !== null);
  const [first] = tried;
  if (first === undefined) return refuseOne(draft, request, EVENT, 'authenticator_not_found');
  const others = confirmedOf(client);
  const pending = tried.map((one) => ({
    factor: usedOf(work, one.secret, [one, ...others]),
    wrongCodes: one.wrongCodes,
  }));
  const keyOf = (all: readonly ModelAuthenticator[]) => (place: number) =>
    (all[place] as ModelAuthenticator).key;
  const judged = judgeConfirmation(
    { ...client, pending, others: factorsOf(others) },
    { pending: keyOf(tried), others: keyOf(others) },
    typedOf(request.code, first),
    request.at,
    schedule.policy,
  );
  if (!judged.confirmed) {
    const wrongCodes = has['confirm-failures'] ? judged.wrongCodes : tried.map((one) => one.wrongCodes);
    return refuse(work, client, tried, { ...judged, wrongCodes });
  }
  const found = tried[judged.place] as ModelAuthenticator;
  const spend = (
    all: readonly ModelAuthenticator[],
    before: readonly MovingFactor[],
    after: readonly MovingFactor[],
  ) =>
    all.map((one, place) => {
      const factor = after[place] as MovingFactor;
      return has.spend && factor !== before[place] ? { ...one, factor } : one;
    });
  const spent = [
    ...spend(others, factorsOf(others), judged.others),
    ...spend(tried, factorsOf(pending), judged.pending),
  ];
  const factor = judged.pending[judged.place] as MovingFactor;
  putIntoUse(work, client, { ...found, factor }, spent);
  const off = judged.clockOff === null ? {} : { clockOff: judged.clockOff };
  return { kind: 'confirmation', confirmation: { confirmed: true, ...off } };
}

function factorsOf(all: readonly { readonly factor: MovingFactor }[]): MovingFactor[] {
  return all.map(({ factor }) => factor);
}

function refuse(
  { request, draft }: Work,
  client: Row,
  tried: readonly ModelAuthenticator[],
  {
    reason,
    recorded,
    retryAfter,
    lockout,
    wrongCodes,
  }: Extract<ReturnType<typeof judgeConfirmation>, { confirmed: false }>,
): Outcome {
  const { at, clientId } = request;
  append(draft, request, EVENT, at, recorded);
  const left = client.authenticators.flatMap((one) => {
    const wrong = wrongCodes[tried.indexOf(one)] ?? one.wrongCodes;
    if (wrong === one.wrongCodes) return [one];
    return wrong === CONFIRM_ATTEMPTS ? [] : [{ ...one, wrongCodes: wrong }];
  });
  const isCounted = left.some((one) => !client.authenticators.includes(one));
  if (left.length === 0) {
    draft.rows.set(clientId, null);
    append(draft, request, 'client.deleted', at);
  } else if (isCounted || left.length < client.authenticators.length || lockout !== client.lockout) {
    draft.rows.set(clientId, { ...client, lockout, authenticators: left });
    if (lockout.locked && !client.lockout.locked) append(draft, request, 'client.locked', at);
  }
  const attemptsLeft = CONFIRM_ATTEMPTS - Math.min(...wrongCodes);
  const more = retryAfter === undefined ? {} : { retryAfter };
  return { kind: 'confirmation', confirmation: { confirmed: false, reason, attemptsLeft, ...more } };
}

/** The confirmed one counts from now on; what it replaces, and what waits beside that, goes with it. */
function putIntoUse(
  work: Work,
  client: Row,
  pending: ModelAuthenticator,
  spent: readonly ModelAuthenticator[],
): void {
  const { request, draft, has } = work;
  const { at, clientId } = request;
  const used = spent.filter(({ pendingUntil }) => pendingUntil === null);
  const inUse = { ...pending, pendingUntil: null, wrongCodes: 0, replaces: null };
  const isReplaced = ({ name }: ModelAuthenticator) =>
    name !== pending.name &&
    (pending.replaces === ALL || (has['replaced-one'] && pending.replaces?.name === name));
  const authenticators = client.authenticators.flatMap((one) => {
    if (one.name === pending.name) return [inUse];
    return isReplaced(one) ? [] : [spent.find(({ name }) => name === one.name) ?? one];
  });
  append(draft, request, 'authenticator.confirmed', at);
  if (pending.replaces === null) {
    draft.rows.set(clientId, { ...client, authenticators });
    return;
  }
  if (!has['one-commit']) {
    draft.rows.set(clientId, { ...client, authenticators: [...used, inUse] });
    draft.later.push((next, { rows }) => {
      const row = rows.get(clientId);
      if (row === undefined) return;
      remember({ ...work, draft: next }, used);
      next.rows.set(clientId, { ...row, lockout: NO_FAILURES, authenticators });
      append(next, request, 'client.rotated', at);
    });
    return;
  }
  remember(work, spent.filter(isReplaced));
  const replaced = [...client.replaced, ...confirmedOf(client).filter(isReplaced)];
  const isAlone = authenticators.every((one) => one === inUse || one.pendingUntil !== null);
  const unlocked = isAlone ? { recovery: { ...client.recovery, failures: [] }, lockout: NO_FAILURES } : {};
  draft.rows.set(clientId, { ...client, replaced, ...unlocked, devices: [], authenticators });
  append(draft, request, 'client.rotated', at);
}
