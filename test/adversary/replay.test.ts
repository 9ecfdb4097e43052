/**
 * A code is good once (security.md, cases 1, 3 and 4): not again in any step of its window, not in other
 * clothes, and never a step that lies before one that was accepted.
 *
 * Seen to fail with the guard out (domain/verdicts/decide.ts): when a step is refused only if it is the very one that
 * was accepted last, the older codes of a window were taken after the newer ones; with no watermark at all
 * every code was taken again. With the token taken as JavaScript would turn it into a text
 * (http/routes/verdicts/validate-code.ts), a number and an array got a verdict.
 */
import { encodeBase32 } from '@kanda/otp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccountAccess, Caller, codeOf, type Enrolled, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';

/** Seconds of a step: long, so that a test hardly ever meets the end of one. */
const PERIOD = 300;
const REFUSED = { valid: false, reason: 'invalid_code' };

let server: KandaProcess;
let access: AccountAccess;
let caller: Caller;
let numbers = 0;

beforeAll(async () => {
  server = await KandaProcess.start();
  access = await openAccount(server.url);
  caller = new Caller(server.url).withBearer(access.apiKey);
});
afterAll(endAll);

interface Phone extends Enrolled {
  /** The code of the current step, or of one `steps` away, at the time when the attempt began. */
  code(steps: number): string;
}

/** Runs `attempt` with a new phone, and again when a step ended within it: its codes were then others. */
async function withinOneStep<T>(attempt: (phone: Phone) => Promise<T>): Promise<T> {
  for (;;) {
    const clientId = `phone-${++numbers}`;
    // Imported, as someone would who wants to know what every code will be.
    const secret = encodeBase32(Buffer.from(`secret of ${clientId}`.padEnd(20, '.')));
    const enrolled = await caller.enrol(clientId, { secret, period: PERIOD });
    const step = Math.floor(Date.now() / (PERIOD * 1_000));
    const codes = new Map([-1, 0, 1].map((steps) => [steps, codeOf(enrolled, steps)]));
    // Two steps with one code would be taken one after the other, and rightly so.
    if (new Set(codes.values()).size < codes.size) continue;
    const result = await attempt({ ...enrolled, code: (steps) => codes.get(steps) as string });
    if (Math.floor(Date.now() / (PERIOD * 1_000)) === step) return result;
  }
}

const ORDERS = [
  [-1, 0, 1],
  [-1, 1, 0],
  [0, -1, 1],
  [0, 1, -1],
  [1, -1, 0],
  [1, 0, -1],
];

describe('the codes of the last, this and the next step', () => {
  test.each(ORDERS)(
    'sent in the order %i, %i, %i: one is accepted if it is newer than all before, and none again',
    async (...order) => {
      const answers = await withinOneStep(async ({ clientId, code }) => {
        const given: unknown[] = [];
        for (const steps of [...order, ...order])
          given.push((await caller.validate(clientId, code(steps))).json);
        return given;
      });
      const accepted = order.map((steps, index) => steps > Math.max(-2, ...order.slice(0, index)));
      const expected = [...accepted, false, false, false].map((yes) => (yes ? { valid: true } : REFUSED));
      expect(answers).toEqual(expected);
    },
  );

  test('released together, eight of each: each is accepted at most once, and the newer never before the older', async () => {
    for (let round = 0; round < 10; round++) {
      await withinOneStep(async ({ clientId, code }) => {
        const steps = Array.from({ length: 24 }, (_, index) => (index % 3) - 1);
        const answers = await Promise.all(
          steps.map((step) => caller.validate(clientId, code(step), { 'user-agent': `${step}` })),
        );
        // The log has them in the order in which they were judged, and tells them apart by the user agent.
        const accepted = (await caller.events(clientId)).filter(
          ({ event, outcome }) => event === 'totp.validated' && outcome === 'success',
        );
        const taken = accepted.map(({ userAgent }) => Number(userAgent));
        expect(taken.length).toBe(answers.filter(({ json }) => json.valid).length);
        expect(taken.length).toBeGreaterThan(0);
        expect(taken).toEqual([...new Set(taken)].sort((a, b) => a - b));
      });
    }
  });
});

test('a used code stays used when the process was killed and when it was stopped', async () => {
  await withinOneStep(async ({ clientId, code }) => {
    expect((await caller.validate(clientId, code(1))).json).toEqual({ valid: true });
    await server.kill();
    await restart();
    expect((await caller.validate(clientId, code(1))).json).toEqual(REFUSED);
    await server.stop();
    await restart();
    for (const steps of [1, 0, -1])
      expect((await caller.validate(clientId, code(steps))).json).toEqual(REFUSED);
  });
});

async function restart(): Promise<void> {
  server = await server.again();
  caller = new Caller(server.url).withBearer(access.apiKey);
}

describe('a code in other clothes', () => {
  const shifted = (code: string, zero: number) =>
    [...code].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
  const clothes: [string, (code: string) => unknown][] = [
    ['a space before it', (code) => ` ${code}`],
    ['a space behind it', (code) => `${code} `],
    ['a space within it', (code) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ['a no-break space', (code) => `${code}\u00a0`],
    ['a zero-width space', (code) => `\u200b${code}`],
    ['a byte order mark', (code) => `\ufeff${code}`],
    ['a line break', (code) => `${code}\n`],
    ['a NUL', (code) => `${code}\0`],
    ['a hyphen', (code) => `${code.slice(0, 3)}-${code.slice(3)}`],
    ['a leading zero', (code) => `0${code}`],
    ['a sign', (code) => `+${code}`],
    ['a fraction', (code) => `${code}.0`],
    ['full-width digits', (code) => shifted(code, 0xff10)],
    ['Arabic-Indic digits', (code) => shifted(code, 0x0660)],
    ['Devanagari digits', (code) => shifted(code, 0x0966)],
    ['mathematical digits', (code) => shifted(code, 0x1d7ce)],
    ['one full-width digit', (code) => code.slice(0, 5) + shifted(code.slice(5), 0xff10)],
    ['a number', (code) => Number(`1${code.slice(1)}`)],
    ['the number itself', (code) => Number(code)],
    ['a list', (code) => [code]],
    ['a list of digits', (code) => [...code]],
    ['an object', (code) => ({ token: code })],
    ['an object that would be a text', (code) => ({ toString: code, valueOf: code })],
    ['null', () => null],
    ['true', () => true],
    ['nothing', () => ''],
  ];

  test('is 400, used or not, and counts for nothing', async () => {
    await withinOneStep(async ({ clientId, code }) => {
      const dressed = async () => {
        for (const [name, dress] of clothes) {
          const token = dress(code(0));
          const { status, json } = await caller.post('/api/totp/validate', { clientId, token });
          expect({ status, code: json.code, valid: json.valid }, name).toEqual({
            status: 400,
            code: 'totp_code_malformed',
            valid: undefined,
          });
        }
      };
      await dressed();
      expect((await caller.get(`/api/totp/clients/${clientId}`)).json).toMatchObject({
        failures: 0,
        failuresToday: 0,
      });
      expect((await caller.validate(clientId, code(0))).json).toEqual({ valid: true });
      await dressed();
      expect((await caller.get(`/api/totp/clients/${clientId}`)).json).toMatchObject({
        failures: 0,
        failuresToday: 0,
      });
      const events = await caller.events(clientId);
      expect(events.filter(({ outcome }) => outcome === 'success').map(({ event }) => event)).toEqual([
        'client.registered',
        'totp.validated',
      ]);
    });
  });

  test('is the code itself where JSON only spells it otherwise', async () => {
    await withinOneStep(async ({ clientId, code }) => {
      const escaped = [...code(0)].map((digit) => `\\u003${digit}`).join('');
      const body = `{"clientId":"${clientId}","token":"${escaped}"}`;
      const send = async () => (await fetchRaw(body)).json();
      expect(await send()).toEqual({ valid: true });
      expect(await send()).toEqual(REFUSED);
    });
  });
});

function fetchRaw(body: string): Promise<Response> {
  return fetch(`${server.url}/api/totp/validate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access.apiKey}`, 'content-type': 'application/json' },
    body,
  });
}
