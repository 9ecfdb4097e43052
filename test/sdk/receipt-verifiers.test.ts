/** Receipts, read by JOSE libraries of other languages that know nothing of Kanda: PyJWT and joserfc, and go-jose. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { Caller, codeOf, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { findTool } from '../support/test-tools.ts';

const AUDIENCE = 'https://payouts.example.com';
const ACTION = { type: 'payout', reference: 'payout-8731', digest: 'sha-256:abc' };
const python = findTool('receipt verifiers for python');
const go = findTool('receipt verifier for go');
const PROGRAM = join(import.meta.dirname, 'verifiers/verify.py');

let keysFile: string;
let issuer: string;
let receipt: string;

beforeAll(async () => {
  const server = await KandaProcess.start();
  const caller = new Caller(server.url).withBearer((await openAccount(server.url)).token);
  issuer = `urn:kanda:${(await caller.get('/api/auth/me')).json.userId}`;
  keysFile = join(temporaryFolder(), 'jwks.json');
  writeFileSync(keysFile, (await caller.get('/.well-known/jwks.json')).text);
  const client = await caller.enrol('alice');
  const body = { clientId: 'alice', token: codeOf(client), action: ACTION, audience: AUDIENCE };
  receipt = (await caller.post('/api/totp/validate', body)).json.receipt;
});
afterAll(endAll);

const LIBRARIES = [
  { name: 'PyJWT', program: python, first: [PROGRAM, 'PyJWT'] },
  { name: 'joserfc', program: python, first: [PROGRAM, 'joserfc'] },
  { name: 'go-jose', program: go, first: [] },
] as const;

describe.each(LIBRARIES)('$name', ({ program, first }) => {
  const read = async (asked: { issuer?: string; audience?: string; receipt?: string }) => {
    const { issuer: iss, audience, receipt: text } = { issuer, audience: AUDIENCE, receipt, ...asked };
    const args = [...first, keysFile, iss, audience, text];
    const { stdout } = await promisify(execFile)(program ?? '', args, { env: callerEnvironment() });
    return JSON.parse(stdout) as { claims?: object; refused?: string };
  };

  test.skipIf(program === null)('reads a receipt, and takes no other', async () => {
    expect(await read({})).toMatchObject({
      claims: { iss: issuer, aud: AUDIENCE, sub: 'alice', action: ACTION, amr: ['otp'], method: 'totp' },
    });
    const [header, payload = '', signature] = receipt.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const altered = Buffer.from(JSON.stringify({ ...claims, sub: 'mallory' })).toString('base64url');
    for (const wrong of [
      { issuer: `${issuer}x` },
      { audience: 'refunds' },
      { receipt: `${header}.${altered}.${signature}` },
    ])
      expect(await read(wrong)).toEqual({ refused: expect.any(String) });
  });
});
