/** A store as months of use leave it: enrolments, codes right, wrong and used twice, logs with trees, log-ins. */
import { createHash } from 'node:crypto';
import { createHotpKey, decodeBase32, totp } from '@kanda/otp';
import { LogKeeper } from '../apps/server/src/background/log-keeper.ts';
import { noFigures } from '../apps/server/src/background/log-keeper-parts.ts';
import { openInstallation } from '../apps/server/src/compose/installation.ts';
import { loadConfig } from '../apps/server/src/config/load.ts';
import { AT_ONCE, type Fleet, inTurns, makeFleet } from './fleet.ts';

const ACCOUNTS = 8;
const SPAN_MS = 75 * 86_400_000;
/** A prime that divides no number of clients, so that each comes once in a round, in an order without locality. */
const STRIDE = 7_919;
/** As many logs' states are signed on the way. */
const CHECKPOINTS = 4;
/** Far longer than a tree of millions of events takes. */
const TREES_WITHIN_MS = 1_800_000;
const ORIGIN = { actor: 'key:bench', ip: '10.0.0.1', userAgent: 'bench/1', requestId: null };
const PASSWORD = 'a sentence that nobody else would write';

/**
 * Fills a new data directory with this number of clients of eight accounts, and with events up to the number asked for. Secrets,
 * times and who sends which code when are the same in each run; ids, nonces and keys are not.
 */
export async function fillStore(dataDir: string, clients: number, events: number): Promise<Fleet> {
  const end = Date.now() - 3_600_000;
  const begin = end - SPAN_MS;
  const clientsEach = Math.ceil(clients / ACCOUNTS);
  const root = createHash('sha256').update('the store that is copied').digest();
  const fleet = await makeFleet(dataDir, ACCOUNTS, clientsEach, 3, { root, at: begin });
  let now = begin;
  const installation = await openInstallation(loadConfig({}, { 'data-dir': dataDir }), () => now);
  try {
    const attempts = Math.max(0, events - ACCOUNTS * (clientsEach + 1));
    for (let part = 0; part < CHECKPOINTS; part++) {
      const first = Math.floor((attempts * part) / CHECKPOINTS);
      const next = Math.floor((attempts * (part + 1)) / CHECKPOINTS);
      await inTurns(next - first, (index) => {
        // Those that are sent at once are judged at one time.
        const number = first + index - (index % AT_ONCE);
        now = Math.floor(begin + (number / attempts) * SPAN_MS);
        const { member, ...attempt } = attemptOf(fleet, first + index, now);
        const { accountId } = fleet.members[member] as Fleet['members'][number];
        return installation.store.validate({ accountId, ...attempt, origin: ORIGIN });
      });
      await new LogKeeper({
        store: installation.store,
        trees: installation.logTrees,
        sink: null,
        log: { info() {}, error: console.error },
        figures: noFigures(),
        finishWithinMs: TREES_WITHIN_MS,
      }).stop(); // a stop takes no rests, and signs what there is
    }
  } finally {
    await installation.close();
  }
  return fleet;
}

/** Of fifty, two are wrong codes and one is the code before again; a fourth of the wrong ones lock one client. */
function attemptOf(
  fleet: Fleet,
  number: number,
  now: number,
): { member: number; clientId: string; code: string } {
  const isReplay = number % 50 === 13;
  const turn = isReplay ? number - 1 : number;
  const member = turn % ACCOUNTS;
  const clients = fleet.members[member]?.clients ?? 1;
  const isWrong = number % 25 === 7;
  const client = isWrong && number % 4 === 0 ? 1 : Math.floor((turn * STRIDE) / ACCOUNTS) % clients;
  const right = fleet.codeOf(member, client, now);
  const code = isWrong ? String((Number(right) + 1) % 1_000_000).padStart(6, '0') : right;
  return { member, clientId: `client-${client}`, code };
}

/** What only a person's ways through the API leave: a log-in, limits, two-factor login, a client that is unknown. */
export async function usePages(url: string): Promise<void> {
  const credentials = { email: 'owner@example.com', password: PASSWORD };
  await post(url, '/api/auth/register', 201, credentials);
  await post(url, '/api/auth/login', 401, { ...credentials, password: 'not this one at all' });
  const { token = '' } = await post(url, '/api/auth/login', 200, credentials);
  const { secret = '' } = await post(url, '/api/auth/two-factor', 201, { password: PASSWORD }, token);
  const key = createHotpKey(decodeBase32(secret), 'SHA1');
  const code = totp(key, Date.now(), { algorithm: 'SHA1', digits: 6, period: 30 });
  await post(url, '/api/auth/two-factor/confirm', 200, { totp: code }, token);
  await post(url, '/api/keys', 201, { name: 'web shop' }, token);
  await post(url, '/api/totp/validate', 404, { clientId: 'unknown', token: '123456' }, token);
}

/** Throws unless the answer has this status. */
export async function post(
  url: string,
  path: string,
  status: number,
  body: object,
  bearer?: string,
): Promise<Record<string, string>> {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (answer.status !== status) throw new Error(`${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text) as Record<string, string>;
}
