import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type MasterKey, parseMasterKey } from '../../src/crypto/master-key.ts';
import type { RandomBytes } from '../../src/domain/randomness.ts';
import { Secret } from '../../src/domain/secret.ts';

/** The same bytes for the same name, every time, and others for any other name. */
export function bytesFrom(name: string, length: number): Uint8Array {
  return new Uint8Array(createHash('shake256', { outputLength: length }).update(name).digest());
}

/** A generator that gives different bytes at each call, and the same sequence for the same name. */
export function seeded(name: string): RandomBytes {
  let calls = 0;
  return (length) => bytesFrom(`${name} ${calls++}`, length);
}

export function masterKeyText(name: string): string {
  return Buffer.from(bytesFrom(name, 32)).toString('base64');
}

export function masterKey(name: string): MasterKey {
  return parseMasterKey(new Secret(masterKeyText(name)), 'a test');
}

/** A directory of the test's own. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'kanda-crypto-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** What `run` throws. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
