import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import {
  COSIGNATURE,
  formatVerifierKey,
  type NoteSigner,
  parseVerifierKey,
  type VerifierKey,
} from '@kanda/tlog';
import { refuseRoot } from '../../compose/foreign-folder.ts';
import { createLogSigner, sha256, verifyEd25519 } from '../../crypto/log-signing.ts';
import { witnessServer } from '../../witness/http-server.ts';
import { Ledger } from '../../witness/ledger.ts';
import { Witness } from '../../witness/witness.ts';
import { draftFor } from '../lib/draft-file.ts';

export interface WitnessOptions {
  readonly name: string;
  readonly log: readonly string[];
  readonly dir: string;
  readonly host: string;
  readonly port: string;
}

const KEY_FILE = 'witness.key';
const LEDGER_FILE = 'witness.db';
const SEED_LENGTH = 32;
const NAME = /^[^\s+]{1,255}$/u;

/** Serves a witness until SIGTERM or SIGINT. */
export async function serveWitness({ name, log, dir, host, port }: WitnessOptions): Promise<void> {
  if (!NAME.test(name)) {
    throw new Error(
      `--name is ${JSON.stringify(name)}: a witness's name has no spaces and no +. Example: witness.example.com/kanda`,
    );
  }
  const logs = log.map((text) => parseVerifierKey(text, sha256));
  assertDistinct(logs);
  const portNumber = /^\d{1,5}$/.test(port) && Number(port) <= 65_535 ? Number(port) : null;
  if (portNumber === null) throw new Error(`--port is ${JSON.stringify(port)}, not a number from 0 to 65535`);
  const folder = resolve(dir);
  refuseRoot(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const signer = signerIn(folder);
  const ledger = new Ledger(join(folder, LEDGER_FILE));
  const witness = new Witness({
    name,
    signer,
    logs,
    ledger,
    sha256,
    verify: verifyEd25519,
    clock: Date.now,
    onRefused: (text, reason) =>
      console.error(`REFUSED ${reason}. The log has signed what follows; keep it:\n${text}`),
  });
  const server = witnessServer(witness, (error) => console.error(error));
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(portNumber, host, done);
  });
  const { address, port: listening, family } = server.address() as AddressInfo;
  const key = formatVerifierKey({ name, publicKey: signer.publicKey, type: COSIGNATURE }, sha256);
  console.log(key);
  console.error(
    `The witness listens on http://${family === 'IPv6' ? `[${address}]` : address}:${listening} for ${log.length} key(s) of logs. Its own key is the line above.`,
  );
  await new Promise<void>((ended) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ended());
  });
  server.closeIdleConnections();
  await new Promise((closed) => server.close(closed));
  ledger.close();
}

/** A witness tells logs apart by their names: two installations need two witnesses. */
function assertDistinct(logs: readonly VerifierKey[]): void {
  const names = logs.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return;
  throw new Error(
    `Two keys are given for ${twice}, and a witness tells logs apart by their names: run one witness for each installation.`,
  );
}

/** The witness's own key, made at the first start. */
function signerIn(folder: string): NoteSigner {
  const path = join(folder, KEY_FILE);
  if (!existsSync(path)) {
    if (existsSync(join(folder, LEDGER_FILE))) {
      throw new Error(`${folder} has a ${LEDGER_FILE}, but no ${KEY_FILE}: put the witness's key back.`);
    }
    const draft = draftFor(path);
    writeFileSync(draft.path, `${randomBytes(SEED_LENGTH).toString('base64')}\n`);
    draft.place();
  }
  const seed = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64');
  if (seed.length !== SEED_LENGTH)
    throw new Error(`${path} is not a witness's key: ${SEED_LENGTH} bytes as base64.`);
  return createLogSigner(seed);
}
