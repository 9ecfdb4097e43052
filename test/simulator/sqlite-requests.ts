/** What a request is to the real store. */
import { createHash } from 'node:crypto';
import type { TotpParameters } from '@kanda/otp';
import { ALL_OTHERS } from '../../apps/server/src/domain/authenticators/authenticator.ts';
import type { Finding } from '../../apps/server/src/domain/authenticators/diagnose.ts';
import type { Proof, ShownAuthenticator } from '../../apps/server/src/domain/authenticators/ports.ts';
import type { Client } from '../../apps/server/src/domain/clients/client.ts';
import type { DeviceVerdict, TrustVerdict } from '../../apps/server/src/domain/devices/ports.ts';
import type { Store } from '../../apps/server/src/domain/store.ts';
import type { Verdict } from '../../apps/server/src/domain/verdicts/decide.ts';
import type { Policy } from '../../apps/server/src/domain/verdicts/policy.ts';
import { browserOf, macOfBrowser } from './browsers.ts';
import { keptMs } from './check-again.ts';
import type { Outcome, Request, ToldConfirmation, ToldRecovery, ToldResync } from './history.ts';
import { type Ask, TRUSTED_MS } from './schedule.ts';
import { macOf, sheetOf } from './sheets.ts';
import { EVENTS_AT_ONCE, EVERY_EVENT, seen, toLine } from './sqlite-answers.ts';

/** What a request leaves open. */
export interface CallOf {
  readonly accountId: number;
  readonly parameters: TotpParameters;
  /** Of the authenticator that is to go; null: there is none. */
  readonly number: number | null;
}

/** No authenticator has it. */
const NO_NUMBER = 999_999_999;

export async function ask(store: Store, call: CallOf, request: Request): Promise<Outcome> {
  const { id, ask: asked, key, at } = request;
  const origin = { actor: 'simulator', ip: null, userAgent: null, requestId: id };
  const idempotency = {
    key: digestOf(key),
    request: digestOf(`request ${key}`),
    keptMs: keptMs(asked),
    answerOf: (result: unknown) => ({ status: 200, body: outcomeOf(asked, result) }),
  };
  const made = { at, origin, ...(key === '' ? {} : { idempotency }) };
  return outcomeOf(asked, await send(store, call, request, made));
}

function digestOf(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

/** What the store gives for a request, as its caller is answered. */
function outcomeOf(asked: Ask, result: unknown): Outcome {
  switch (asked) {
    case 'look':
      return { kind: 'client', client: seen(result as Client | null) };
    case 'follow': {
      const { events, reached } = result as Followed;
      return { kind: 'lines', lines: events.map(toLine), reached };
    }
    case 'trust': {
      const verdict = result as TrustVerdict;
      return { kind: 'verdict', verdict: verdict.valid ? { valid: true } : verdict };
    }
    case 'use device': {
      const used = result as DeviceVerdict;
      return { kind: 'device', device: used.valid ? { valid: true } : used };
    }
    case 'validate':
      return { kind: 'verdict', verdict: result as Verdict };
    case 'confirm': {
      const { confirmed, authenticator: _, ...why } = result as ToldConfirmation & { authenticator?: number };
      return { kind: 'confirmation', confirmation: { confirmed, ...why } };
    }
    case 'diagnose': {
      const { authenticator: _, ...finding } = result as Finding;
      return { kind: 'finding', finding };
    }
    case 'recover':
      return { kind: 'recovery', recovery: result as ToldRecovery };
    case 'resync':
      return { kind: 'resync', resync: result as ToldResync };
    default: {
      const shown = result as Partial<ShownAuthenticator> | undefined;
      return shown?.isNew === false ? { kind: 'shown', secret: hexOf(shown.secret) } : { kind: 'done' };
    }
  }
}

function hexOf(secret: Uint8Array | undefined): string {
  return Buffer.from(secret ?? []).toString('hex');
}

function send(store: Store, call: CallOf, request: Request, made: Change): Promise<unknown> {
  const { accountId } = call;
  const { ask: asked, clientId, code, after } = request;
  const { origin, idempotency } = made;
  switch (asked) {
    case 'look':
      return store.findClient(accountId, clientId);
    case 'follow':
      return store.followLog(accountId, after, EVERY_EVENT, EVENTS_AT_ONCE);
    case 'validate': {
      const keyed = idempotency === undefined ? {} : { idempotency };
      return store.validate({ accountId, clientId, code, origin, ...keyed });
    }
    case 'trust': {
      const name = browserOf(request.id);
      const device = {
        id: name,
        mac: macOfBrowser(name),
        label: 'Browser',
        expiresAt: request.at + TRUSTED_MS,
      };
      return store.trustDevice({ accountId, clientId, code, device }, made);
    }
    case 'use device': {
      const { target: id, uses } = request;
      return store.useDevice({ accountId, clientId, presented: { id, mac: macOfBrowser(id), uses } }, made);
    }
    case 'confirm':
      return store.confirmAuthenticator({ accountId, clientId, number: null, code }, made);
    case 'diagnose':
      return store.diagnoseClient({ accountId, clientId, number: null, code }, made);
    case 'recover': {
      const mac = macOf(clientId, request.paper);
      return store.useClientRecoveryCode({ accountId, clientId, mac }, made);
    }
    case 'resync': {
      const name = { accountId, clientId, number: call.number ?? NO_NUMBER };
      return store.resyncAuthenticator({ ...name, codes: [code, request.second] }, made);
    }
    default:
      return change(store, call, request, made);
  }
}

type Followed = Awaited<ReturnType<Store['followLog']>>;
type Change = Parameters<Store['unlockClient']>[2];

async function change(store: Store, call: CallOf, request: Request, made: Change): Promise<unknown> {
  const { accountId, number } = call;
  const { ask: asked, clientId, secret, at } = request;
  switch (asked) {
    case 'enrol':
    case 'enrol pending':
      await store.registerClient({ ...broughtBy(call, request), label: clientId, issuer: 'Simulator' }, made);
      return;
    case 'add':
    case 'replace':
    case 'replace one':
      return store.addAuthenticator(broughtBy(call, request), made);
    case 'replace proved':
      return store.addAuthenticator({ ...broughtBy(call, request), proof: proofOf(request) }, made);
    case 'reset clock':
      await store.resetClientClock(accountId, clientId, made);
      return;
    case 'set policy':
      await store.setPolicy(accountId, request.policy as Policy, made);
      return;
    case 'remove':
      await store.removeAuthenticator({ accountId, clientId, number: number ?? NO_NUMBER }, made);
      return;
    case 'make codes': {
      const macs = sheetOf(request.id).map((one) => macOf(clientId, one));
      await store.createClientRecoveryCodes(accountId, clientId, macs, made);
      return;
    }
    case 'end devices':
      await store.endDevices(accountId, clientId, made);
      return;
    case 'void codes':
      await store.deleteClientRecoveryCodes(accountId, clientId, made);
      return;
    case 'reset drift': {
      const name = { accountId, clientId, number: number ?? NO_NUMBER };
      await store.updateAuthenticator(name, { resetDrift: true }, made);
      return;
    }
    case 'expire':
      await store.expireAuthenticators(at);
      return;
    case 'rotate':
      await store.rotateClient({ accountId, clientId, number: null, secret: new Uint8Array(secret) }, made);
      return;
    case 'rotate one':
      await store.rotateClient(
        { accountId, clientId, number: number ?? NO_NUMBER, secret: new Uint8Array(secret) },
        made,
      );
      return;
    case 'rotate proved': {
      const one = request.target === '' ? null : (number ?? NO_NUMBER);
      const rotation = { accountId, clientId, number: one, secret: new Uint8Array(secret) };
      await store.rotateClient({ ...rotation, proof: proofOf(request) }, made);
      return;
    }
    case 'unlock':
    case 'unlock in a row':
      await store.unlockClient(accountId, clientId, made, asked === 'unlock' ? 'all' : 'in a row');
      return;
    case 'delete':
      await store.deleteClient(accountId, clientId, made);
      return;
    default:
      await store.setClientDisabled(accountId, clientId, asked === 'disable', made);
  }
}

function proofOf({ clientId, code, paper }: Request): Proof {
  if (paper === '') return { kind: 'code', code };
  return { kind: 'recovery code', mac: macOf(clientId, paper) };
}

/** A secret that is brought along. */
function broughtBy(call: CallOf, request: Request) {
  const { accountId, parameters } = call;
  const { name, ask: asked, clientId, secret, imported, lastUsed, until, fresh } = request;
  return {
    accountId,
    clientId,
    parameters,
    name,
    secret: new Uint8Array(secret),
    isImported: imported,
    watermark: lastUsed,
    pendingUntil: asked === 'enrol' ? null : until,
    replaces: replacedBy(call, request),
    fresh,
  };
}

/** What its confirmation ends. */
function replacedBy({ number }: CallOf, { ask: asked, target }: Request): number | null {
  if (asked === 'replace one' || (asked === 'replace proved' && target !== '')) return number ?? NO_NUMBER;
  return asked === 'replace' || asked === 'replace proved' ? ALL_OTHERS : null;
}
