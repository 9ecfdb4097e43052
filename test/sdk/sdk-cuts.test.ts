/**
 * A thousand right codes through a proxy that cuts every fifth connection at a random instant: each is accepted, and
 * accepted once, as the caller and the log see it. `CUT_SEED` repeats a run.
 *
 * Seen to fail when the SDK sent no Idempotency-Key: right codes were answered `invalid_code`, as an earlier try whose
 * answer was lost had used them up.
 */
import { createHotpKey, decodeBase32, encodeBase32, formatCode, hotp, stepAt } from '@kanda/otp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isValid, Kanda } from '../../packages/sdk/src/index.ts';
import { Caller, openAccount } from '../support/caller.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { inTurns } from '../support/raw-socket.ts';

const SEED = Number(process.env.CUT_SEED ?? 20_261_130);
const COUNT = 1_000;
const users = Array.from({ length: COUNT }, (_, index) => ({
  clientId: `user-${index}`,
  secret: encodeBase32(Buffer.alloc(20, `${index}`.padStart(20, 'secret '))),
}));

let server: KandaProcess;
let proxy: CuttingProxy;
let owner: Caller;
let apiKey: string;

beforeAll(async () => {
  server = await KandaProcess.start();
  proxy = await CuttingProxy.start(server.url, { random: 0.2, seed: SEED });
  const account = await openAccount(server.url);
  apiKey = account.apiKey;
  owner = new Caller(server.url).withBearer(account.token);
  for (let at = 0; at < COUNT; at += 50) {
    const records = users
      .slice(at, at + 50)
      .map((user) => ({ ...user, label: user.clientId, issuer: 'MyApp' }));
    const { status, text } = await owner.post('/api/totp/import', { records });
    if (status !== 200) throw new Error(text);
  }
});
afterAll(async () => {
  await proxy.stop();
  await endAll();
});

function codeNow(secret: string): string {
  const key = createHotpKey(decodeBase32(secret), 'SHA1');
  return formatCode(hotp(key, stepAt(Date.now(), 30), 6), 6);
}

test(`of ${COUNT} right codes each is accepted exactly once, though every fifth connection is cut`, async () => {
  // Ten tries fail by chance once in ten million calls.
  const kanda = new Kanda({ url: proxy.url, apiKey, retries: 10 });
  const refused: string[] = [];
  await inTurns(users, async ({ clientId, secret }) => {
    const verdict = await kanda.validate({ clientId, token: codeNow(secret) });
    if (!isValid(verdict)) refused.push(`${clientId}: ${verdict.reason}`);
  });
  const { requests, cut } = proxy.counts;
  console.log(`${requests} requests, ${cut} of them cut; seed ${SEED}`);
  expect(refused).toEqual([]);
  expect(cut).toBeGreaterThan(COUNT * 0.15);
  expect(requests).toBeGreaterThanOrEqual(COUNT + cut);

  const validated = (await owner.events()).filter(({ event }) => event === 'totp.validated');
  const accepted = validated.filter(({ outcome }) => outcome === 'success').map((event) => event.clientId);
  expect(new Set(accepted).size).toBe(COUNT);
  expect(accepted).toHaveLength(COUNT);
  expect(validated.filter(({ outcome }) => outcome === 'failure')).toEqual([]);
});
