/**
 * SIGKILL while rotations are confirmed. A client must come back with one live secret: the old one or the new one, never
 * both and never none, and an answer that was given holds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createHotpKey, DEFAULT_PARAMETERS, decodeBase32, totp } from '@kanda/otp';
import { afterAll, expect, test } from 'vitest';
import { Caller, openAccount } from '../support/caller.ts';
import { seeded } from '../support/crash-ledger.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';

const ROUNDS = 10;
/** Rotations that are confirmed when the server is killed, in each round. */
const CLIENTS = 20;
const MAX_PAUSE_MS = 60;

afterAll(endAll);

interface Rotating {
  readonly clientId: string;
  readonly pendingId: string;
  readonly code: string;
  answered: boolean;
}

test(`killed ${ROUNDS} times while ${CLIENTS} rotations are confirmed: each client has one live secret`, {
  timeout: 900_000,
}, async () => {
  const seed = Number(process.env.CRASH_SEED ?? Date.now() % 2 ** 31);
  console.log(`confirm crash test: CRASH_SEED=${seed} repeats its choices`);
  const random = seeded(seed);
  let server = await KandaProcess.start();
  const { token } = await openAccount(server.url);
  const outcomes = { old: 0, new: 0, answered: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const owner = new Caller(server.url).withBearer(token, CLIENTS);
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, (_, index) => rotating(owner, `round-${round}-${index}`)),
    );
    const calls = clients.map((client) => confirm(owner, client));
    await sleep(pauseOf(round, random));
    // Confirmations share commits, so most rounds are killed before any is answered, or when the first ones are.
    if (round % 2 === 1) await Promise.race(calls);
    await server.kill();
    await Promise.all(calls);
    owner.close();
    server = await server.again();
    const reader = new Caller(server.url).withBearer(token, 4);
    for (const client of clients) {
      const live = await liveOf(reader, client.clientId);
      expect(live, `${client.clientId} has one live secret`).toHaveLength(1);
      const isNew = live[0] === client.pendingId;
      if (client.answered) expect(isNew, `${client.clientId} was confirmed`).toBe(true);
      outcomes[isNew ? 'new' : 'old'] += 1;
      outcomes.answered += client.answered ? 1 : 0;
    }
    reader.close();
  }
  console.log(`confirm crash test: ${JSON.stringify(outcomes)}`);
  // A kill that always came too early or too late would show nothing.
  expect(outcomes.old).toBeGreaterThan(0);
  expect(outcomes.new).toBeGreaterThan(0);
});

/** ms. At once in the first round, so that one at least comes too early for any commit. */
function pauseOf(round: number, random: () => number): number {
  return round === 0 ? 0 : random() * MAX_PAUSE_MS;
}

/** A client with a secret in use and another one that waits to replace it. */
async function rotating(owner: Caller, clientId: string): Promise<Rotating> {
  await owner.post('/api/totp/register', { clientId, label: 'Ada', issuer: 'MyApp', qr: 'none' });
  const { json } = await owner.post(`/api/totp/rotate/${clientId}`, { confirm: true, qr: 'none' });
  const { authenticatorId: pendingId, secret } = json;
  const code = totp(createHotpKey(decodeBase32(secret), 'SHA1'), Date.now(), DEFAULT_PARAMETERS);
  return { clientId, pendingId, code, answered: false };
}

async function confirm(owner: Caller, client: Rotating): Promise<void> {
  try {
    const asked = { clientId: client.clientId, token: client.code };
    const { status, json } = await owner.post('/api/totp/confirm', asked);
    client.answered = status === 200 && json.confirmed === true;
  } catch {
    // The server was killed before it could answer.
  }
}

/** The ids of the authenticators that are in use. */
async function liveOf(reader: Caller, clientId: string): Promise<string[]> {
  const { json } = await reader.get(`/api/totp/clients/${clientId}/authenticators`);
  const { data } = json as { data: { id: string; status: string }[] };
  return data.filter(({ status }) => status === 'active').map(({ id }) => id);
}
