/**
 * Rotation races validation (security.md, case 5), over two processes on one store: once a rotation has
 * answered, the old secret is dead at both, and no verdict that comes after it in the log is its doing.
 *
 * Seen to fail with the guard out: with opened keys remembered without their version
 * (crypto/authenticator-keys.ts), codes of the old secret were accepted after the rotation; with a
 * rotation that leaves the version as it was (store/operations), they were too.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccountAccess, Caller, codeOf, openAccount, wrongCodes } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';

const ROUNDS = 60;

let access: AccountAccess;
let callers: readonly [Caller, Caller];

beforeAll(async () => {
  const dataDir = temporaryFolder();
  const one = await KandaProcess.start({ dataDir });
  const other = await KandaProcess.start({ dataDir });
  access = await openAccount(one.url);
  callers = [one, other].map((server) => new Caller(server.url).withBearer(access.apiKey)) as unknown as [
    Caller,
    Caller,
  ];
});
afterAll(endAll);

test(`in ${ROUNDS} races, no code of the old secret is accepted after its rotation`, async () => {
  const [one, other] = callers;
  let before = 0;
  let after = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const clientId = `racer-${round}`;
    const old = await one.enrol(clientId, { period: 300 });
    const codes = [-1, 0, 1].map((steps) => codeOf(old, steps));
    // Both processes have the old key at hand and would not have to open it again.
    const [wrong = ''] = wrongCodes(old, 1);
    await Promise.all([one.validate(clientId, wrong), other.validate(clientId, codes[0] as string)]);

    const validations = codes.slice(1).map((code, index) => {
      const caller = callers[(round + index) % 2] as Caller;
      return caller.validate(clientId, code, { 'user-agent': 'old' });
    });
    const rotating = (callers[round % 2] as Caller).post(`/api/totp/rotate/${clientId}`);
    const answers = await Promise.all(validations);
    const rotated = await rotating;
    expect(rotated.status).toBe(200);
    before += answers.filter(({ json }) => json.valid).length;
    after += answers.filter(({ json }) => !json.valid).length;

    // Codes that were never used, at both processes.
    for (const caller of callers) {
      for (const code of codes) {
        const { json } = await caller.validate(clientId, code, { 'user-agent': 'old' });
        expect(json.valid).toBe(false);
      }
      await caller.post(`/api/totp/clients/${clientId}/unlock`);
    }
    const fresh = { secret: rotated.json.secret, period: 300 };
    expect((await (callers[(round + 1) % 2] as Caller).validate(clientId, codeOf(fresh))).json).toEqual({
      valid: true,
    });

    const events = await one.events(clientId);
    const rotation = events.findIndex(({ event }) => event === 'client.rotated');
    expect(rotation).toBeGreaterThan(0);
    const late = events
      .slice(rotation)
      .filter(({ userAgent, outcome }) => userAgent === 'old' && outcome === 'success');
    expect(late).toEqual([]);
  }
  // Otherwise nothing has raced: some came before the rotation, and some behind it.
  console.log(
    `rotation races: ${before} old codes were accepted before the rotation, ${after} came too late`,
  );
  expect(before).toBeGreaterThan(0);
  expect(after).toBeGreaterThan(0);
});

test('of 20 rotations at once each gives another secret, and one of them is alive', async () => {
  const [one, other] = callers;
  await one.enrol('often', { period: 300 });
  const rotations = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other).post('/api/totp/rotate/often')),
  );
  const secrets = rotations.map(({ status, json }) => {
    expect(status).toBe(200);
    return json.secret as string;
  });
  expect(new Set(secrets).size).toBe(20);
  let alive = 0;
  for (const secret of secrets) {
    const { json } = await other.validate('often', codeOf({ secret, period: 300 }));
    if (json.valid) alive++;
    else await other.post('/api/totp/clients/often/unlock');
  }
  expect(alive).toBe(1);
});
