/**
 * Processor time of `Store.validate` in process: no HTTP, real keys, a store of its own. With `--beside` the same of
 * another checkout, pass by pass in turns in one process, so that both meet the same neighbours.
 *
 *   node bench/store.ts [--beside CHECKOUT] [--passes 100] [--database URL]
 *
 * Half of the codes are right, half are wrong, each client once in a pass, 64 callers at a time. Printed is the median
 * of the passes: processor time of this process for each attempt, without PostgreSQL's own.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createHotpKey, DEFAULT_PARAMETERS, formatCode, type HotpKey, totp } from '@kanda/otp';
import { createAuthenticatorKeys } from '../apps/server/src/crypto/authenticator-keys.ts';
import { Keyring } from '../apps/server/src/crypto/keyring.ts';
import { parseMasterKey } from '../apps/server/src/crypto/master-key.ts';
import { createSecretBox } from '../apps/server/src/crypto/secret-box.ts';
import { CLI_ORIGIN } from '../apps/server/src/domain/log/events.ts';
import { Secret } from '../apps/server/src/domain/secret.ts';
import type { Store } from '../apps/server/src/domain/store.ts';
import { openPostgresStore } from '../apps/server/src/store/postgres/store.ts';
import { openSqliteStore } from '../apps/server/src/store/sqlite/store.ts';

export const CLIENTS = 2_000;
const CALLERS = 64;
/** Time between two passes, so that no code is seen twice. */
const PASS_MS = 120_000;
/** Passes before the measurement: compiled code, remembered keys. */
export const WARM_UP_PASSES = 10;

interface Phone {
  readonly clientId: string;
  readonly secret: Uint8Array;
  readonly key: HotpKey;
}

const PHONES: readonly Phone[] = Array.from({ length: CLIENTS }, (_, index) => {
  const secret = createHash('sha256').update(String(index)).digest().subarray(0, 20);
  return { clientId: `client-${index}`, secret, key: createHotpKey(secret, 'SHA1') };
});

type Codes = 'right' | 'wrong' | 'both';

export interface Bench {
  /**
   * Validates once for each client; gives the microseconds of processor time that an attempt took.
   *
   * @param codes by default half of them are right and half are wrong
   */
  pass(codes?: Codes): Promise<number>;
  close(): Promise<void>;
}

/** A filled store; `url` is a PostgreSQL database, undefined an SQLite file of its own. */
export async function openBench(url: string | undefined): Promise<Bench> {
  let now = Date.UTC(2027, 0, 1);
  const masterKey = parseMasterKey(new Secret(randomBytes(32).toString('base64')), 'the bench');
  const box = createSecretBox(new Keyring(masterKey, [], randomBytes), randomBytes);
  const parts = { box, keys: createAuthenticatorKeys(box), clock: () => now };
  const folder = mkdtempSync(join(tmpdir(), 'kanda-bench-'));
  const store = await (url === undefined
    ? openSqliteStore({ path: join(folder, 'kanda.db'), ...parts })
    : openPostgresStore({ url, ...parts }));
  const accountId = await fill(store, now);
  let passes = 0;
  return {
    pass(codes = 'both') {
      now += PASS_MS;
      // A client's codes are right and wrong in turns, or delays would fill the run.
      const parity = passes++ % 2;
      const isRight = (index: number) => (codes === 'both' ? index % 2 === parity : codes === 'right');
      return validateAll(store, accountId, now, isRight);
    },
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function fill(store: Store, at: number): Promise<number> {
  const change = { at, origin: CLI_ORIGIN };
  const name = randomBytes(12).toString('hex');
  const account = { publicId: `acc_${name}`, email: `${name}@example.com`, passwordHash: 'none' };
  const { id: accountId } = await store.createAccount({ ...account, ...change });
  const enrol = ({ clientId, secret }: Phone) => {
    const client = { accountId, clientId, label: clientId, issuer: 'Bench', secret };
    return store.registerClient({ ...client, parameters: DEFAULT_PARAMETERS }, change);
  };
  await Promise.all(PHONES.map(enrol));
  return accountId;
}

async function validateAll(
  store: Store,
  accountId: number,
  now: number,
  isRight: (index: number) => boolean,
): Promise<number> {
  const attempts = PHONES.map(({ clientId, key }, index) => {
    const right = totp(key, now, DEFAULT_PARAMETERS);
    const wrong = formatCode((Number(right) + 1) % 1_000_000, 6);
    return { accountId, clientId, code: isRight(index) ? right : wrong, origin: CLI_ORIGIN };
  });
  const left = attempts.values();
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      for (const attempt of left) await store.validate(attempt);
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CLIENTS;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      beside: { type: 'string' },
      passes: { type: 'string', default: '100' },
      database: { type: 'string' },
    },
  });
  const bench = await openBench(values.database);
  const other: Bench | null =
    values.beside === undefined
      ? null
      : await (await import(resolve(values.beside, 'bench/store.ts'))).openBench(values.database);
  const times: number[] = [];
  const others: number[] = [];
  for (let pass = -WARM_UP_PASSES; pass < Number(values.passes); pass++) {
    const time = await bench.pass();
    const beside = (await other?.pass()) ?? Number.NaN;
    if (pass < 0) continue;
    times.push(time);
    others.push(beside);
  }
  await bench.close();
  await other?.close();
  console.log(`here ${median(times).toFixed(2)} µs`);
  if (other !== null) {
    const ratio = median(times.map((time, pass) => time / (others[pass] ?? Number.NaN)));
    console.log(`beside ${median(others).toFixed(2)} µs, here / beside ${ratio.toFixed(3)}`);
  }
}
