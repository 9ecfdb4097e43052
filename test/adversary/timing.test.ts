/**
 * Known and unknown e-mail at login (security.md, case 16): the same answer, in times that no one can tell apart.
 *
 * Known and unknown names take turns, in an order that a seed mixes, so that whatever else happens on the machine
 * meets both. What is compared is ranks (Mann–Whitney): outliers of a busy machine say nothing there. A real
 * difference shows in every sample, chance does not: the test fails when all of three samples are beyond 4
 * standard deviations, which by chance happens once in 10^12 runs.
 *
 * Seen to fail with the guard out: without the hash that is computed for an unknown name (domain/accounts/accounts.ts,
 * verifyAgainstNothing) z was above 11 in each of the three, the medians 44 and 7 ms.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, Caller } from '../support/caller.ts';
import { seeded } from '../support/crash-ledger.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';

const PAIRS = 80;
const SAMPLES = 3;
const MAX_DEVIATIONS = 4;
/** Failures a name may have before log-ins with it are refused unseen. */
const FAILURES_A_NAME = 10;
const WRONG = 'not the password of anybody here';

let server: KandaProcess;
let caller: Caller;
let addresses = 0;

beforeAll(async () => {
  // Each call comes from an address of its own, so that limits by address are not in the way.
  server = await KandaProcess.start({ flags: ['--trusted-proxies', '127.0.0.1'] });
  caller = new Caller(server.url, {}, 1);
});
afterAll(endAll);

const fromAnywhere = () => {
  addresses++;
  return { 'x-forwarded-for': `10.${addresses >> 16}.${(addresses >> 8) & 255}.${addresses & 255}` };
};

async function register(email: string): Promise<void> {
  const body = { email, password: 'a sentence that nobody else would write' };
  expect((await caller.post('/api/auth/register', body, fromAnywhere())).status).toBe(201);
}

async function logIn(email: string): Promise<{ answer: Answer; ms: number }> {
  const headers = fromAnywhere();
  const begun = performance.now();
  const answer = await caller.post('/api/auth/login', { email, password: WRONG }, headers);
  return { answer, ms: performance.now() - begun };
}

/** All of an answer but what differs between any two of them: ids, lengths of these, and the second of the clock. */
function shown({ status, headers, json }: Answer): unknown {
  const { date: _, 'content-length': __, 'retry-after': wait, ratelimit, ...kept } = headers;
  const limit = String(ratelimit).replace(/t=\d+$/, 't=soon');
  return { status, headers: kept, limit, waits: wait !== undefined, body: { ...json, requestId: '' } };
}

test('a login with an e-mail that no one has is answered like one with a wrong password', async () => {
  await register('known@example.com');
  const known = await logIn('known@example.com');
  const unknown = await logIn('unknown@example.com');
  expect(known.answer.status).toBe(401);
  expect(shown(unknown.answer)).toEqual(shown(known.answer));
  // Up to the limit and behind it.
  for (let count = 1; count <= FAILURES_A_NAME; count++) {
    const [another, still] = [await logIn('known@example.com'), await logIn('unknown@example.com')];
    expect(shown(still.answer)).toEqual(shown(another.answer));
    expect(another.answer.status).toBe(count < FAILURES_A_NAME ? 401 : 429);
  }
});

test(`${PAIRS} pairs of known and unknown e-mails: their times cannot be distinguished`, async () => {
  const seed = Number(process.env.TIMING_SEED ?? 20_260_131);
  const random = seeded(seed);
  const deviations: number[] = [];
  for (let sample = 1; sample <= SAMPLES; sample++) {
    const names = Array.from(
      { length: PAIRS / FAILURES_A_NAME },
      (_, index) => `${sample}-${index}@example.com`,
    );
    for (const name of names) await register(`known-${name}`);
    const times = { known: [] as number[], unknown: [] as number[] };
    for (let pair = 0; pair < PAIRS; pair++) {
      const name = names[pair % names.length];
      const kinds = random() < 0.5 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const);
      for (const kind of kinds) {
        const { answer, ms } = await logIn(`${kind}-${name}`);
        expect(answer.status).toBe(401);
        times[kind].push(ms);
      }
    }
    const z = mannWhitney(times.known, times.unknown);
    deviations.push(Math.abs(z));
    console.log(
      `login times, sample ${sample}: known median ${median(times.known).toFixed(2)} ms, unknown ` +
        `${median(times.unknown).toFixed(2)} ms, z = ${z.toFixed(2)} (TIMING_SEED=${seed})`,
    );
    if (Math.abs(z) < MAX_DEVIATIONS) return;
  }
  expect(Math.min(...deviations)).toBeLessThan(MAX_DEVIATIONS);
});

test('the comparison does tell times apart that differ by a tenth of their spread', () => {
  const random = seeded(1);
  const spread = Array.from({ length: 4_000 }, () => random() + random() + random());
  const [one, same] = [spread.slice(0, 2_000), spread.slice(2_000)];
  expect(Math.abs(mannWhitney(one, same))).toBeLessThan(MAX_DEVIATIONS);
  expect(
    mannWhitney(
      one.map((time) => time + 0.1),
      same,
    ),
  ).toBeGreaterThan(MAX_DEVIATIONS);
});

/** How many standard deviations the ranks of `a` lie above what chance would give; ties count half. */
function mannWhitney(a: readonly number[], b: readonly number[]): number {
  let u = 0;
  for (const x of a) for (const y of b) u += x > y ? 1 : x === y ? 0.5 : 0;
  const mean = (a.length * b.length) / 2;
  return (u - mean) / Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12);
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] as number;
}
