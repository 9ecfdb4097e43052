/**
 * Someone who can write to the database but has no master key moves sealed secrets about (security.md, case 20):
 * what is in another place does not open, so that no one's code is accepted there, and the log, the metrics
 * and the operator's log say so.
 *
 * Seen to fail with the guard out: with nothing bound to a sealed secret but its purpose (crypto/secret-box.ts,
 * boundToPlace), the moved one opened and its owner's code was judged.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccountAccess, Caller, codeOf, type Enrolled, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';

let server: KandaProcess;
let alice: AccountAccess;
let mallory: AccountAccess;
let clients: Record<'ada' | 'bob' | 'carol' | 'marie', Enrolled>;
let beforeRotation: Enrolled;
let afterRotation: Enrolled;
/** As they are when no one has moved them, and the one that stood in the row of `dora` before her rotation. */
let sealed: Record<string, Uint8Array>;

const as = ({ apiKey }: AccountAccess) => new Caller(server.url).withBearer(apiKey);

beforeAll(async () => {
  server = await KandaProcess.start();
  [alice, mallory] = [await openAccount(server.url), await openAccount(server.url)];
  const [ada, bob, carol] = await Promise.all(['ada', 'bob', 'carol'].map((name) => as(alice).enrol(name)));
  clients = { ada, bob, carol, marie: await as(mallory).enrol('marie') } as typeof clients;
  beforeRotation = await as(alice).enrol('dora');
  const old = inStore((store) => sealedOf(store, 'dora'));
  const { json } = await as(alice).post('/api/totp/rotate/dora');
  afterRotation = { ...beforeRotation, secret: json.secret };
  const names = [...Object.keys(clients), 'dora'];
  sealed = inStore((store) => Object.fromEntries(names.map((name) => [name, sealedOf(store, name)])));
  sealed.beforeRotation = old;
});
afterAll(endAll);

function inStore<T>(work: (store: DatabaseSync) => T): T {
  const store = new DatabaseSync(join(server.dataDir, 'kanda.db'));
  try {
    store.exec('pragma busy_timeout = 5000');
    return work(store);
  } finally {
    store.close();
  }
}

const IS_OF_CLIENT = `exists (select 1 from client c where c.account_id = authenticator.account_id
  and c.id = authenticator.client and c.client_id = ?)`;

function sealedOf(store: DatabaseSync, clientId: string): Uint8Array {
  return store.prepare(`select sealed from authenticator where ${IS_OF_CLIENT}`).get(clientId)
    ?.sealed as Uint8Array;
}

function put(store: DatabaseSync, clientId: string, bytes: Uint8Array | undefined): void {
  const update = store.prepare(`update authenticator set sealed = ? where ${IS_OF_CLIENT}`);
  expect(update.run(bytes ?? null, clientId).changes).toBe(1);
}

/** Changes the store while no one serves it, as nothing that was opened before is remembered then. */
async function tamper(work: (store: DatabaseSync) => void): Promise<void> {
  await server.stop();
  inStore(work);
  server = await server.again();
}

async function unreadable(): Promise<number> {
  const { text } = await new Caller(server.url).get('/metrics');
  return Number(/^kanda_secrets_unreadable_total (\d+)/m.exec(text)?.[1]);
}

/** None of the codes is judged, and each leaves its trace. */
async function expectDoesNotOpen(
  access: AccountAccess,
  clientId: string,
  codes: readonly string[],
): Promise<void> {
  const before = await unreadable();
  for (const code of codes) {
    const { status, json } = await as(access).validate(clientId, code);
    expect({ status, code: json.code, valid: json.valid }, clientId).toEqual({
      status: 500,
      code: 'secret_unreadable',
      valid: undefined,
    });
  }
  expect(await unreadable()).toBe(before + codes.length);
  const alarms = (await as(access).events(clientId)).slice(-codes.length);
  expect(alarms.map(({ event, outcome, reason }) => ({ event, outcome, reason }))).toEqual(
    codes.map(() => ({ event: 'totp.validated', outcome: 'failure', reason: 'secret_unreadable' })),
  );
  expect(server.output).toMatch(/"level":50.*secret_unreadable/);
}

test('a sealed secret in the row of another client, account or version, or with one bit changed, does not open', async () => {
  const bent = sealed.carol?.map((byte, index, { length }) => (index === length - 1 ? byte ^ 1 : byte));
  await tamper((store) => {
    put(store, 'bob', sealed.ada);
    put(store, 'marie', sealed.ada);
    put(store, 'dora', sealed.beforeRotation);
    put(store, 'carol', bent);
  });
  const { ada, bob, carol, marie } = clients;
  await expectDoesNotOpen(alice, 'bob', [codeOf(ada), codeOf(bob)]);
  await expectDoesNotOpen(mallory, 'marie', [codeOf(ada), codeOf(marie)]);
  await expectDoesNotOpen(alice, 'dora', [codeOf(beforeRotation), codeOf(afterRotation)]);
  await expectDoesNotOpen(alice, 'carol', [codeOf(carol)]);
  // Anyone who's secret is in its place is not in the way of that.
  expect((await as(alice).validate('ada', codeOf(ada))).json).toEqual({ valid: true });
});

test('neither does it in another account when the data key was moved along', async () => {
  await tamper((store) => {
    store
      .prepare(
        `update account set (data_key_master, data_key) =
           (select data_key_master, data_key from account where email = ?) where email = ?`,
      )
      .run(alice.email, mallory.email);
  });
  await expectDoesNotOpen(mallory, 'marie', [codeOf(clients.ada), codeOf(clients.marie)]);
});

test('put back, each opens again', async () => {
  await tamper((store) => {
    for (const name of ['bob', 'carol', 'dora']) put(store, name, sealed[name]);
  });
  for (const client of [clients.bob, clients.carol, afterRotation]) {
    expect((await as(alice).validate(client.clientId, codeOf(client, 1))).json).toEqual({ valid: true });
  }
});
