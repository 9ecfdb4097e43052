/** `kanda witness` over HTTP, by the clauses of C2SP tlog-witness (add-checkpoint, monitor retrieval). */

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  COSIGNATURE,
  CompactRange,
  checkpointText,
  consistencyRanges,
  cosignedAt,
  formatVerifierKey,
  type Hash,
  nodesOf,
  parseCheckpoint,
  parseVerifierKey,
  signNote,
  TreeHasher,
} from '@kanda/tlog';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogSigner, sha256, verifyEd25519 } from '../../src/crypto/log-signing.ts';
import { witnessServer } from '../../src/witness/http-server.ts';
import { hashOf, Ledger } from '../../src/witness/ledger.ts';
import { Witness } from '../../src/witness/witness.ts';

const NOW = Date.UTC(2026, 0, 31, 9, 30, 15, 250);
const NAME = 'witness.example.com/w1';
const LOG = 'kanda/acc_1';
const hasher = new TreeHasher(sha256);
const logSigner = createLogSigner(new Uint8Array(32).fill(1));
const witnessSigner = createLogSigner(new Uint8Array(32).fill(2));
const key = { name: NAME, publicKey: witnessSigner.publicKey };

let folder: string;
let ledger: Ledger;
let server: Server;
let url: string;
let refused: string[];

async function start(): Promise<void> {
  ledger = new Ledger(join(folder, 'witness.db'));
  const witness = new Witness({
    name: NAME,
    signer: witnessSigner,
    logs: [{ name: 'kanda/installation', publicKey: logSigner.publicKey }],
    ledger,
    sha256,
    verify: verifyEd25519,
    clock: () => NOW,
    onRefused: (text) => refused.push(text),
  });
  server = witnessServer(witness, (error) => {
    throw error;
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function stop(): Promise<void> {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  ledger.close();
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kanda-witness-'));
  refused = [];
  await start();
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A log of `size` leaves; two of different `flavour` differ from the first leaf on. */
class Tree {
  readonly leaves: Hash[];

  constructor(size: number, flavour = 'a') {
    this.leaves = Array.from({ length: size }, (_, at) => hasher.leaf(Buffer.from(`${flavour} ${at}`)));
  }

  root(from = 0, to = this.leaves.length): Hash {
    const range = new CompactRange(hasher);
    for (const leaf of this.leaves.slice(from, to)) range.append(leaf);
    return range.root();
  }

  note(size: number, origin = LOG, signer = logSigner): string {
    const text = checkpointText({ origin, size, root: this.root(0, size), at: null });
    return signNote(text, origin, signer, sha256);
  }

  proof(from: number, to: number): string[] {
    return consistencyRanges(from, to).map((range) => Buffer.from(this.root(...range)).toString('base64'));
  }

  submission(old: number, size: number): string {
    const proof = old === 0 || old > size ? [] : this.proof(old, size);
    return [`old ${old}`, ...proof, '', this.note(size)].join('\n');
  }
}

async function post(body: string) {
  const answer = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
}

const tree = new Tree(300);
const newest = async (origin = LOG) => {
  const answer = await fetch(`${url}/${hashOf(origin)}/checkpoint`);
  return answer.ok ? parseCheckpoint(await answer.text()) : answer.status;
};

test('cosigns the first checkpoint and each that goes on from it, as the specification writes it', async () => {
  expect(nodesOf([0, 300]).length).toBeGreaterThan(1);
  for (const [old, size] of [
    [0, 5],
    [5, 256],
    [256, 300],
    [300, 300],
  ] as const) {
    const { status, body } = await post(tree.submission(old, size));
    expect({ status, body }).toEqual({ status: 200, body: expect.stringMatching(/^\u2014 \S+ \S+\n$/) });
    const { note } = parseCheckpoint(`${tree.note(size)}${body}`);
    expect(cosignedAt(note, key, sha256, verifyEd25519)).toBe(Math.floor(NOW / 1000) * 1000);
    expect(await newest()).toMatchObject({ checkpoint: { size } });
  }
});

test('serves the newest with the signature of the log and its own, and no other', async () => {
  const stranger = `\u2014 stranger.example ${Buffer.alloc(72, 7).toString('base64')}\n`;
  expect((await post(`${tree.submission(0, 5)}${stranger}`)).status).toBe(200);
  const served = await newest();
  if (typeof served === 'number') throw new Error(`answered ${served}`);
  expect(served.note.signatures.map(({ name }) => name)).toEqual([LOG, NAME]);
  expect(await newest('kanda/acc_2')).toBe(404);
});

describe('refuses', () => {
  beforeEach(async () => {
    expect((await post(tree.submission(0, 100))).status).toBe(200);
  });
  afterEach(async () => {
    expect(await newest()).toMatchObject({
      checkpoint: { size: 100, root: new Uint8Array(tree.root(0, 100)) },
    });
  });

  test.each([0, 99, 101])('with 409 and the size that it knows, when the old size is %i', async (old) => {
    expect(await post(tree.submission(old, 200))).toEqual({
      status: 409,
      type: 'text/x.tlog.size',
      body: '100\n',
    });
  });

  test.each([
    ['another log of more events', () => new Tree(200, 'b').submission(100, 200)],
    ['another log of as many events', () => new Tree(100, 'b').submission(100, 100)],
    ['a proof that is missing', () => ['old 100', '', tree.note(200)].join('\n')],
    [
      'a proof that is too long',
      () => ['old 100', ...tree.proof(100, 200), ...tree.proof(100, 200), '', tree.note(200)].join('\n'),
    ],
  ])('with 422, and shows the operator, %s', async (_, submission) => {
    expect((await post(submission())).status).toBe(422);
    expect(refused).toHaveLength(1);
  });

  test('with 400 an old size above that of the checkpoint', async () => {
    expect((await post(tree.submission(100, 50))).status).toBe(400);
  });

  test.each([
    ['nothing', ''],
    ['no old size', `\n\n${tree.note(200)}`],
    ['an old size with a leading zero', tree.submission(0, 200).replace('old 0', 'old 00')],
    ['an old size below zero', tree.submission(0, 200).replace('old 0', 'old -1')],
    ['a proof line that is no hash', ['old 100', 'AAAA', '', tree.note(200)].join('\n')],
    [
      '64 proof lines',
      ['old 100', ...Array(64).fill(tree.proof(100, 200)[0]), '', tree.note(200)].join('\n'),
    ],
    ['no checkpoint', 'old 0\n\nkanda/acc_1\n'],
  ])('with 400 what is no request: %s', async (_, body) => {
    expect((await post(body)).status).toBe(400);
  });

  test('with 403 what another key has signed, and what was changed after the signature', async () => {
    const other = createLogSigner(new Uint8Array(32).fill(3));
    const body = ['old 100', ...tree.proof(100, 200), '', tree.note(200, LOG, other)].join('\n');
    expect((await post(body)).status).toBe(403);
    expect((await post(tree.submission(100, 200).replace('\n200\n', '\n201\n'))).status).toBe(403);
  });

  test('with 404 a log that it does not know', async () => {
    const body = ['old 0', '', tree.note(200, 'example.com/log')].join('\n');
    expect((await post(body)).status).toBe(404);
  });
});

test('a proof where none is due is refused with 422', async () => {
  const body = ['old 0', ...tree.proof(100, 200), '', tree.note(200)].join('\n');
  expect((await post(body)).status).toBe(422);
});

test('an empty log is cosigned, and one with another root than that of nothing is not', async () => {
  const empty = (root: Hash) =>
    `old 0\n\n${signNote(checkpointText({ origin: LOG, size: 0, root, at: null }), LOG, logSigner, sha256)}`;
  expect((await post(empty(new Uint8Array(32)))).status).toBe(422);
  expect((await post(empty(hasher.empty()))).status).toBe(200);
  expect((await post(tree.submission(0, 5))).status).toBe(200);
});

test('of many histories that are submitted at once, one is cosigned', async () => {
  const trees = Array.from({ length: 20 }, (_, at) => new Tree(50, `flavour ${at}`));
  const answers = await Promise.all(trees.map((one) => post(one.submission(0, 50))));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(409)]);
});

test('what was cosigned is remembered by the next process', async () => {
  expect((await post(tree.submission(0, 100))).status).toBe(200);
  await stop();
  await start();
  expect((await post(new Tree(200, 'b').submission(0, 200))).body).toBe('100\n');
  expect((await post(tree.submission(100, 200))).status).toBe(200);
});

test('other paths, methods and bodies that are too long are answered, and a caller that sends nothing is cut off', async () => {
  expect((await fetch(`${url}/`)).status).toBe(404);
  const get = await fetch(`${url}/add-checkpoint`);
  expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  expect((await fetch(`${url}/${hashOf(LOG)}/checkpoint`, { method: 'POST' })).status).toBe(405);
  const long = await post('x'.repeat(70_000)).catch((error) => error);
  expect([413, undefined]).toContain(long.status);
  const silent = connect(Number(new URL(url).port), '127.0.0.1');
  silent.write('POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 10\r\n\r\n');
  silent.resume();
  await once(silent, 'close');
});

test('its key reads back, and is no key of a log', () => {
  const text = formatVerifierKey({ ...key, type: COSIGNATURE }, sha256);
  expect(parseVerifierKey(text, sha256, COSIGNATURE)).toMatchObject({ name: NAME });
  expect(() => parseVerifierKey(text, sha256)).toThrow('is not a verifier key');
});

/** The example of C2SP tlog-cosignature holds a signature of a key that is not published; its form is checked. */
test('a cosignature is a time of 8 bytes and a signature of 64, behind the 4 bytes of the key', () => {
  const line =
    '\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n';
  const { note } = parseCheckpoint(`${tree.note(5)}${line}`);
  expect(note.signatures.at(-1)?.signature.length).toBe(8 + 64);
});
