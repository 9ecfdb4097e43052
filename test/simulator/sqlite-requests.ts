/** What a request is to the real store, and what its authenticators are in its tables. */
import type { DatabaseSync } from 'node:sqlite';
import type { TotpParameters } from '@kanda/otp';
import { ALL_OTHERS } from '../../apps/server/src/domain/authenticators/authenticator.ts';
import type { Store } from '../../apps/server/src/domain/store.ts';
import { unpackTimes } from '../../apps/server/src/store/judging/recent-failures.ts';
import type { AuthenticatorState, Outcome, Request } from './history.ts';
import { PENDING_MS } from './schedule.ts';
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
  const { accountId } = call;
  const { id, ask: asked, clientId, code, after, at } = request;
  const origin = { actor: 'simulator', ip: null, userAgent: null, requestId: id };
  switch (asked) {
    case 'look':
      return { kind: 'client', client: seen(await store.findClient(accountId, clientId)) };
    case 'follow': {
      const { events, reached } = await store.followLog(accountId, after, EVERY_EVENT, EVENTS_AT_ONCE);
      return { kind: 'lines', lines: events.map(toLine), reached };
    }
    case 'validate':
      return { kind: 'verdict', verdict: await store.validate({ accountId, clientId, code, origin }) };
    case 'confirm': {
      const name = { accountId, clientId, number: null, code };
      const confirmation = await store.confirmAuthenticator(name, { at, origin });
      if (!confirmation.confirmed) return { kind: 'confirmation', confirmation };
      return { kind: 'confirmation', confirmation: { confirmed: true } };
    }
    default:
      await change(store, call, request, { at, origin });
      return { kind: 'done' };
  }
}

type Change = Parameters<Store['unlockClient']>[2];

async function change(store: Store, call: CallOf, request: Request, made: Change): Promise<void> {
  const { accountId, number } = call;
  const { ask: asked, clientId, secret, at } = request;
  switch (asked) {
    case 'enrol':
    case 'enrol pending':
      await store.registerClient({ ...broughtBy(call, request), label: clientId, issuer: 'Simulator' }, made);
      return;
    case 'add':
    case 'replace':
      await store.addAuthenticator(broughtBy(call, request), made);
      return;
    case 'remove':
      await store.removeAuthenticator({ accountId, clientId, number: number ?? NO_NUMBER }, made);
      return;
    case 'expire':
      await store.expireAuthenticators(at);
      return;
    case 'rotate':
      await store.rotateClient({ accountId, clientId, number: null, secret: new Uint8Array(secret) }, made);
      return;
    case 'unlock':
      await store.unlockClient(accountId, clientId, made);
      return;
    case 'delete':
      await store.deleteClient(accountId, clientId, made);
      return;
    default:
      await store.setClientDisabled(accountId, clientId, asked === 'disable', made);
  }
}

/** A secret that is brought along, by a call whose id is its name. */
function broughtBy({ accountId, parameters }: CallOf, { id, ask: asked, clientId, secret, at }: Request) {
  return {
    accountId,
    clientId,
    parameters,
    name: id,
    secret: new Uint8Array(secret),
    isImported: true,
    watermark: -1,
    pendingUntil: asked === 'enrol' ? null : at + PENDING_MS,
    replaces: asked === 'replace' ? ALL_OTHERS : null,
    fresh: true,
  };
}

/** Null: the call that has this id made none, or it is gone. */
export function numberOf(sqlite: DatabaseSync, accountId: number, name: string): number | null {
  const row = sqlite
    .prepare('select id from authenticator where account_id = ? and name = ?')
    .get(accountId, name);
  return row === undefined ? null : Number(row.id);
}

/** Oldest first. */
export function authenticatorsOf(
  sqlite: DatabaseSync,
  accountId: number,
  clientId: string,
): AuthenticatorState[] {
  const rows = sqlite
    .prepare(
      `select a.name, a.wrong_codes, s.watermark, s.burnt_steps, s.pending_until from (
         select account_id, coalesce(authenticator, id) as id, id as client, watermark, burnt_steps, pending_until
           from authenticator_state
         union all select account_id, id, client, watermark, burnt_steps, pending_until from further_authenticator
       ) as s
       join client c on c.account_id = s.account_id and c.id = s.client
       join authenticator a on a.account_id = s.account_id and a.id = s.id
       where c.account_id = ? and c.client_id = ? order by s.id`,
    )
    .all(accountId, clientId);
  return rows.map(({ name, wrong_codes, watermark, burnt_steps, pending_until }) => ({
    name: String(name),
    watermark: Number(watermark),
    burnt: unpackTimes(burnt_steps as Uint8Array | null).filter((step) => step > Number(watermark)),
    pendingUntil: pending_until === null ? null : Number(pending_until),
    wrongCodes: Number(wrong_codes),
  }));
}
