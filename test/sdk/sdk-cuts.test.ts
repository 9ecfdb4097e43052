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

function codeOf(secret: string, stepsAhead = 0): string {
  const key = createHotpKey(decodeBase32(secret), 'SHA1');
  return formatCode(hotp(key, stepAt(Date.now(), 30) + stepsAhead, 6), 6);
}

async function acceptedInLog(): Promise<(string | null)[]> {
  const validated = (await owner.events()).filter(({ event }) => event === 'totp.validated');
  expect(validated.filter(({ outcome }) => outcome === 'failure')).toEqual([]);
  return validated.map(({ clientId }) => clientId);
}

test(`of ${COUNT} right codes each is accepted exactly once, though every fifth connection is cut`, async () => {
  // Ten tries fail by chance once in ten million calls.
  const kanda = new Kanda({ url: proxy.url, apiKey, retries: 10 });
  const refused: string[] = [];
  await inTurns(users, async ({ clientId, secret }) => {
    const verdict = await kanda.validate({ clientId, token: codeOf(secret) });
    if (!isValid(verdict)) refused.push(`${clientId}: ${verdict.reason}`);
  });
  const { requests, cut } = proxy.counts;
  console.log(`${requests} requests, ${cut} of them cut; seed ${SEED}`);
  expect(refused).toEqual([]);
  expect(cut / requests).toBeGreaterThan(0.17);
  expect(requests).toBeGreaterThanOrEqual(COUNT + cut);

  const accepted = await acceptedInLog();
  expect(new Set(accepted).size).toBe(COUNT);
  expect(accepted).toHaveLength(COUNT);
});

test('cut at every third byte of the request and of the answer, no code is lost and none accepted twice', async () => {
  const before = (await acceptedInLog()).length;
  const everyThird = Array.from({ length: 200 }, (_, index) => index * 3);
  const cuts = (['request', 'answer'] as const).flatMap((at) =>
    everyThird.map(
      (bytes) => ({ at, bytes, how: bytes % 2 === 0 ? 'end' : 'reset', path: '/api/totp' }) as const,
    ),
  );
  const sure = await CuttingProxy.start(server.url);
  const kanda = new Kanda({ url: sure.url, apiKey, retries: 10 });
  const shown = users.slice(0, cuts.length).map((user, index) => ({ ...user, cut: cuts[index] }));
  const refused: string[] = [];
  await inTurns(shown, async ({ clientId, secret, cut }) => {
    if (cut !== undefined) sure.cut(cut);
    // Of the step after the one that the first test may have used up.
    const verdict = await kanda.validate({ clientId, token: codeOf(secret, 1) });
    if (!isValid(verdict)) refused.push(`${clientId}: ${verdict.reason}`);
  });
  await sure.stop();
  console.log(`${sure.counts.requests} requests, ${sure.counts.cut} of them cut`);
  expect(refused).toEqual([]);
  expect(sure.counts.planned).toBe(0);
  // Beyond the end of an answer nothing is left to cut.
  expect(sure.counts.cut).toBeGreaterThan(250);
  expect((await acceptedInLog()).length - before).toBe(shown.length);
});
