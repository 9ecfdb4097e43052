/** What a request makes of what a batch has read: the change, its events, and the answer. */
import { decide } from '../../apps/server/src/domain/verdicts/decide.ts';
import { NO_FAILURES } from '../../apps/server/src/domain/verdicts/lockout.ts';
import type { MovingFactor } from '../../apps/server/src/domain/verdicts/methods/method.ts';
import type { Outcome } from './history.ts';
import { add, adds } from './model-adding.ts';
import { confirm } from './model-confirm.ts';
import { trust, useDevice } from './model-devices.ts';
import { diagnoseCode } from './model-diagnosis.ts';
import {
  append,
  authenticatorOf,
  confirmedOf,
  enrolled,
  type ModelAuthenticator,
  presentOf,
  type Row,
  refuseOne,
} from './model-image.ts';
import { newCodes, recover } from './model-recovery.ts';
import { resetDrift, resync } from './model-resync.ts';
import { rotateAll, rotateOne, rotateProved } from './model-rotate.ts';
import { resetClocks, setPolicy } from './model-settings.ts';
import {
  DONE,
  parametersOf,
  remember,
  rememberGone,
  typedOf,
  usedOfBrought,
  type Work,
} from './model-work.ts';
import { EVENT_OF, EXPIRED } from './replay.ts';
import type { Ask } from './schedule.ts';

/** A validation has the time of its judgement, a change that of its call. */
export function carryOut(work: Work): Outcome {
  const outcome = answerTo(work);
  rememberGone(work);
  return outcome;
}

function answerTo(work: Work): Outcome {
  const { request, row, draft } = work;
  const { ask, clientId, at } = request;
  if (ask === 'validate') return validate(work);
  if (ask === 'expire') return expire(work);
  if (ask === 'set policy') return setPolicy(work);
  const present = row === undefined ? [] : presentOf(row, at);
  if (ask === 'enrol' || ask === 'enrol pending') return enrol(work, present);
  const event = EVENT_OF[ask as keyof typeof EVENT_OF];
  if (row === undefined || present.length === 0) return refuseOne(draft, request, event, 'client_not_found');
  const client: Row = { ...row, authenticators: present };
  if (ask === 'confirm') return confirm(work, client);
  if (ask === 'diagnose') return diagnoseCode(work, client);
  if (ask === 'recover') return recover(work, client);
  if (ask === 'trust') return trust(work, client);
  if (ask === 'use device') return useDevice(work, client);
  if (ask === 'rotate proved') return rotateProved(work, client);
  if (ask === 'resync') return resync(work, client);
  if (ask === 'reset drift') return resetDrift(work, client);
  if (ask === 'reset clock') return resetClocks(work, row);
  if (adds(ask)) return add(work, client);
  const changed = change(work, row, client);
  if (typeof changed === 'string') return refuseOne(draft, request, event, changed);
  draft.rows.set(clientId, changed);
  append(draft, request, event, at);
  if (changed === null && ask === 'remove') append(draft, request, 'client.deleted', at);
  return DONE;
}

function enrol(work: Work, present: ModelAuthenticator[]): Outcome {
  const { request, row, draft, schedule } = work;
  const { clientId, ask, at } = request;
  const isPending = present.length > 0 && present.every(({ pendingUntil }) => pendingUntil !== null);
  if (present.length > 0 && !(isPending && ask === 'enrol pending')) {
    return refuseOne(draft, request, 'client.registered', 'client_exists');
  }
  if (row !== undefined && present.length === 0) {
    append(draft, { id: null, clientId }, EXPIRED, at);
    remember(work, row.authenticators);
  }
  const used = usedOfBrought(work, present);
  const first = authenticatorOf(request, parametersOf(schedule, clientId), used);
  const again = present.length > 0 && row !== undefined ? row : enrolled(first);
  const { disabled, recovery, replaced } = again;
  draft.rows.set(clientId, { ...enrolled(first), disabled, recovery, replaced });
  append(draft, request, 'client.registered', at);
  return DONE;
}

/** What the row becomes, null when the client goes, or why not; `client` is without what has expired. */
function change(work: Work, row: Row, client: Row): Row | null | string {
  const { request, has } = work;
  const { authenticators } = client;
  switch (request.ask) {
    case 'remove':
      return remove(work, client);
    case 'rotate':
      return rotateAll(work, client);
    case 'rotate one':
      return rotateOne(work, client);
    case 'delete':
      remember(work, authenticators);
      return null;
    case 'unlock':
      return { ...row, recovery: { ...row.recovery, failures: [] }, lockout: NO_FAILURES };
    case 'unlock in a row': {
      const { recentFailures } = row.lockout;
      const day = has['unlock-day'] ? { recentFailures } : {};
      return { ...row, recovery: { ...row.recovery, failures: [] }, lockout: { ...NO_FAILURES, ...day } };
    }
    case 'make codes':
      return { ...row, recovery: newCodes(request, row.recovery) };
    case 'end devices':
      return { ...row, devices: [] };
    case 'void codes':
      return { ...row, recovery: { ...row.recovery, codes: [] } };
    default:
      return request.ask === 'disable'
        ? { ...row, disabled: true, devices: has['devices-end'] ? [] : row.devices }
        : { ...row, disabled: false };
  }
}

function remove(work: Work, client: Row): Row | null | string {
  const one = client.authenticators.find(({ name }) => name === work.request.target);
  if (one === undefined) return 'authenticator_not_found';
  if (one.pendingUntil === null && confirmedOf(client).length === 1) return 'authenticator_last';
  remember(work, [one]);
  const authenticators = client.authenticators.filter((other) => other !== one);
  const replaced = one.pendingUntil === null ? [...client.replaced, one] : client.replaced;
  const devices = one.pendingUntil === null ? [] : client.devices;
  return authenticators.length === 0 ? null : { ...client, replaced, devices, authenticators };
}

function expire({ request: { clientId, at }, row, draft }: Work): Outcome {
  if (row === undefined) return DONE;
  const authenticators = presentOf(row, at);
  if (authenticators.length === row.authenticators.length) return DONE;
  draft.rows.set(clientId, authenticators.length === 0 ? null : { ...row, authenticators });
  append(draft, { id: null, clientId }, EXPIRED, at);
  return DONE;
}

function validate({ request, row, draft, now, schedule, has }: Work): Outcome {
  const { clientId } = request;
  if (row === undefined || presentOf(row, now).length === 0) {
    append(draft, request, 'totp.validated', now, 'client_not_found');
    return { kind: 'refused', code: 'client_not_found' };
  }
  const confirmed = confirmedOf(row);
  const isPending = confirmed.length === 0;
  const judged = isPending && !has['pending-status'] ? row.authenticators : confirmed;
  const { verdict, next, accepted, record, lockedNow } = decide(
    {
      disabled: row.disabled,
      pending: isPending && has['pending-status'],
      lockout: row.lockout,
      factors: judged.map(({ factor }) => (has.watermark ? factor : { ...factor, watermark: -1 })),
    },
    (place) => (judged[place] as ModelAuthenticator).key,
    typedOf(request.code, row.authenticators[0] as ModelAuthenticator),
    now,
    schedule.policy,
  );
  const isForgotten = !has['failure-count'] && !verdict.valid;
  const after = new Map(
    judged.map((one, place) => {
      const isSpent = has.spend || place === accepted;
      return [one, isSpent ? { ...one, factor: next.factors[place] as MovingFactor } : one];
    }),
  );
  const authenticators = row.authenticators.map((one) => after.get(one) ?? one);
  draft.rows.set(clientId, isForgotten ? row : { ...row, lockout: next.lockout, authenticators });
  append(draft, request, 'totp.validated', now, record.reason);
  if (lockedNow) append(draft, request, 'client.locked', now);
  return { kind: 'verdict', verdict };
}

/** Whether a request takes its client's lock. */
export function locks(ask: Ask, has: Work['has']): boolean {
  return has['row-lock'] && (ask !== 'confirm' || has['confirm-lock']);
}
