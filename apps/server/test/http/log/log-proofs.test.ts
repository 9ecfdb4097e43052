/** Checkpoints and proofs over HTTP: what an owner needs to verify the log without trusting who holds it. */
import {
  isSignedBy,
  parseCheckpoint,
  parseVerifierKey,
  rootFromInclusion,
  TreeHasher,
  verifiesConsistency,
} from '@kanda/tlog';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LogKeeper } from '../../../src/background/log-keeper.ts';
import { noFigures } from '../../../src/background/log-keeper-parts.ts';
import { sha256, verifyEd25519 } from '../../../src/crypto/log-signing.ts';
import {
  expectProblem,
  MINUTE,
  SECOND,
  startApp,
  type TestAccount,
  type TestApp,
} from '../support/start-app.ts';

interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly rootHash: string;
  readonly createdAt: string;
  readonly note: string;
  readonly verifierKey: string;
}

interface Proof {
  readonly id: number;
  readonly leafIndex: number;
  readonly leafHash: string;
  readonly treeSize: number;
  readonly rootHash: string;
  readonly hashes: readonly string[];
  readonly checkpoint: string;
}

const hasher = new TreeHasher(sha256);
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));

let kanda: TestApp;
let account: TestAccount;

beforeAll(async () => {
  kanda = await startApp();
});
beforeEach(async () => {
  account = await kanda.signUp();
});
afterAll(() => kanda.close());

/** What a running server does every second. */
function sequence(): Promise<void> {
  const { store, logTrees } = kanda.installation;
  const log = { info() {}, error() {} };
  return new LogKeeper({ store, trees: logTrees, sink: null, log, figures: noFigures() }).sequence();
}

/** Covers everything so far, as after a minute. */
async function cover(): Promise<Checkpoint> {
  kanda.advance(MINUTE);
  await sequence();
  return newest();
}

async function newest(): Promise<Checkpoint> {
  return (await account.call('GET', '/api/logs/checkpoint?format=json')).json<Checkpoint>();
}

const prove = (id: number | string) => account.call('GET', `/api/logs/${id}/proof`);

describe('GET /api/logs/checkpoint', () => {
  test('gives the signed note as text, to be kept as it is', async () => {
    await account.enrol('alice');
    const { note, verifierKey, ...rest } = await cover();
    const answer = await account.call('GET', '/api/logs/checkpoint');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.body).toBe(note);
    const parsed = parseCheckpoint(note);
    expect(rest).toEqual({
      origin: `kanda/${account.userId}`,
      size: 3,
      rootHash: Buffer.from(parsed.checkpoint.root).toString('base64'),
      createdAt: new Date(kanda.now()).toISOString(),
    });
    expect(parsed.checkpoint).toMatchObject({ origin: rest.origin, size: 3, at: kanda.now() });
    const key = parseVerifierKey(verifierKey, sha256);
    expect(key.name).toBe(rest.origin);
    expect(isSignedBy(parsed.note, key, sha256, verifyEd25519)).toBe(true);
  });

  test('says how long to wait while there is none', async () => {
    const answer = await account.call('GET', '/api/logs/checkpoint');
    expectProblem(answer, 409, 'checkpoint_pending');
    expect(answer.headers['retry-after']).toBe('1');
  });

  test('needs the scope logs:read', async () => {
    const { call } = await account.createKey({ scopes: ['totp:read'] });
    for (const path of ['checkpoint', '1/proof', 'consistency?from=1&to=1']) {
      expectProblem(await call('GET', `/api/logs/${path}`), 403, 'scope_missing');
      expectProblem(await kanda.call('GET', `/api/logs/${path}`), 401, 'credentials_missing');
    }
  });

  test.each(['format=xml', 'size=1'])('refuses ?%s', async (query) => {
    expectProblem(await account.call('GET', `/api/logs/checkpoint?${query}`), 400, 'query_invalid');
  });
});

describe('GET /api/logs/:id/proof', () => {
  test('proves each line of the export, from its bytes to the root of the checkpoint', async () => {
    for (const clientId of ['a', 'b', 'c', 'd']) await account.enrol(clientId);
    const { note, rootHash } = await cover();
    const lines = (await account.call('GET', '/api/logs?format=ndjson')).body.trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    for (const line of lines) {
      const { id } = JSON.parse(line) as { id: number };
      const proof = (await prove(id)).json<Proof>();
      expect(proof).toMatchObject({ id, leafIndex: id - 1, treeSize: 6, rootHash, checkpoint: note });
      const leaf = hasher.leaf(Buffer.from(`kanda-event-v1\n${line}`));
      expect(Buffer.from(leaf).toString('base64')).toBe(proof.leafHash);
      const root = rootFromInclusion(hasher, leaf, id - 1, 6, proof.hashes.map(bytes));
      expect(Buffer.from(root ?? []).toString('base64')).toBe(rootHash);
      const changed = hasher.leaf(Buffer.from(`kanda-event-v1\n${line.replace('success', 'failure')}`));
      const other = rootFromInclusion(hasher, changed, id - 1, 6, proof.hashes.map(bytes));
      expect(Buffer.from(other ?? []).toString('base64')).not.toBe(rootHash);
    }
  });

  test('says how long to wait for an event that no checkpoint covers yet', async () => {
    await cover();
    await account.enrol('alice');
    kanda.advance(20 * SECOND);
    await sequence();
    const answer = await prove(3);
    const { detail } = expectProblem(answer, 409, 'checkpoint_pending');
    expect(answer.headers['retry-after']).toBe('41');
    expect(detail).toContain('ask again in 41 s');
    kanda.advance(41 * SECOND);
    await sequence();
    expect((await prove(3)).statusCode).toBe(200);
  });

  test('is 404 for an event that the log does not have, anyone else who has it', async () => {
    const other = await kanda.signUp();
    for (const clientId of ['a', 'b', 'c']) await other.enrol(clientId);
    await cover();
    const { detail } = expectProblem(await prove(3), 404, 'event_not_found');
    expect(detail).toBe('Your log ends at event 2.');
    expectProblem(await prove(999_999_999), 404, 'event_not_found');
  });

  test.each(['0', '-1', '01', '1.5', '1e3', 'x', '9999999999999999', '%31%00'])('refuses %s', async (id) => {
    expectProblem(await prove(id), 400, 'params_invalid');
  });
});

describe('GET /api/logs/consistency', () => {
  const consistency = (query: string) => account.call('GET', `/api/logs/consistency?${query}`);

  test('proves that the later of two checkpoints goes on from the earlier', async () => {
    const first = await cover();
    for (const clientId of ['a', 'b', 'c']) await account.enrol(clientId);
    const second = await cover();
    const { hashes } = (await consistency(`from=${first.size}&to=${second.size}`)).json<{
      hashes: string[];
    }>();
    const tree = ({ size, rootHash }: Checkpoint) => ({ size, root: bytes(rootHash) });
    expect(verifiesConsistency(hasher, tree(first), tree(second), hashes.map(bytes))).toBe(true);
    expect(
      verifiesConsistency(
        hasher,
        tree({ ...first, rootHash: second.rootHash }),
        tree(second),
        hashes.map(bytes),
      ),
    ).toBe(false);
  });

  test('is refused for a size that no checkpoint covers, and where nothing can be proven', async () => {
    await cover();
    expectProblem(await consistency('from=1&to=3'), 409, 'checkpoint_pending');
    expect(expectProblem(await consistency('from=2&to=1'), 400, 'query_invalid').errors).toHaveLength(1);
    for (const query of ['from=0&to=1', 'from=1', 'to=1', 'from=x&to=1'])
      expectProblem(await consistency(query), 400, 'query_invalid');
  });
});

test('the metrics tell what the work behind the logs has come to', async () => {
  const figures = noFigures();
  const shown = await startApp({ logFigures: figures });
  Object.assign(figures, { sequenced: 7, sendFailures: 2, damagedLogs: 1 });
  const { body } = await shown.call('GET', '/metrics');
  expect(body).toContain('kanda_log_events_sequenced_total 7\n');
  expect(body).toContain('kanda_log_checkpoint_send_failures_total 2\n');
  expect(body).toContain('kanda_log_damaged 1\n');
  expect((await shown.call('GET', '/metrics')).body).toContain('kanda_log_events_sequenced_total 7\n');
  await shown.close();
});
