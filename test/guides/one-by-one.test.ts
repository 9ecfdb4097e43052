/**
 * The code of docs/moving/one-by-one.md against a real Kanda. Twilio, Authy, Okta, WorkOS and Duo are services that no
 * test can run: a server that answers as their documentation says is in their place, and checks what it is sent.
 */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { createHotpKey, DEFAULT_PARAMETERS, decodeBase32, totp } from '@kanda/otp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fencedBlocks } from '../../tools/markdown.ts';
import { openAccount } from '../support/caller.ts';
import { SHOWN_API_KEY, SHOWN_URL } from '../support/document-session.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';

interface User {
  readonly id: string;
  readonly email: string;
  usesKanda?: boolean;
  readonly [name: string]: unknown;
}
type Ask = (user: User, code: string) => Promise<boolean>;
interface Program {
  login(
    user: User,
    code: string,
    ask: Ask,
  ): Promise<{ in: boolean; newPhone?: { qrDataUrl: string; secret: string } }>;
  confirmNewPhone(user: User, code: string): Promise<boolean>;
  readonly [ask: string]: unknown;
}

const PAGE = new URL('../../docs/moving/one-by-one.md', import.meta.url);
const OLD_SECRET = 'KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU';
const CLOUDS = ['https://verify.twilio.com', 'https://api.authy.com', 'https://api.workos.com'];
const IDS = {
  twilioFactorSid: 'YF1',
  authyId: 7,
  oktaId: '00u1',
  oktaFactorId: 'ost1',
  workosFactorId: 'af1',
  duoName: 'alice+b@c',
};

const phone = (secret: string, at = Date.now()) =>
  totp(createHotpKey(decodeBase32(secret), 'SHA1'), at, DEFAULT_PARAMETERS);
const basic = (name: string, word: string) => `Basic ${Buffer.from(`${name}:${word}`).toString('base64')}`;

let asked = 0;

/** What a service answers; null: it refuses the caller, or does not know the call. */
async function answerTo(request: IncomingMessage): Promise<object | null> {
  const { headers, method, url = '' } = request;
  const body = await text(request);
  const isRight = (code: unknown) => code === phone(OLD_SECRET);
  const json = () => JSON.parse(body) as Record<string, unknown>;
  const form = new URLSearchParams(body);
  switch (`${method} ${url}`) {
    case 'POST /v2/Services/VA1/Entities/user-1/Challenges':
      if (headers.authorization !== basic('AC1', 'twilio') || form.get('FactorSid') !== 'YF1') return null;
      return { status: isRight(form.get('AuthPayload')) ? 'approved' : 'pending' };
    case 'POST /api/v1/users/00u1/factors/ost1/verify':
      if (headers.authorization !== 'SSWS okta' || !isRight(json().passCode)) return null;
      return { factorResult: 'SUCCESS' };
    case 'POST /auth/factors/af1/challenge':
      return headers.authorization === 'Bearer workos' ? { id: 'ac1' } : null;
    case 'POST /auth/challenges/ac1/verify':
      return { challenge: { id: 'ac1' }, valid: isRight(json().code) };
    case 'POST /auth/v2/auth': {
      const signed = [headers.date, 'POST', '127.0.0.1', '/auth/v2/auth', body].join('\n');
      const signature = createHmac('sha1', 'skey').update(signed).digest('hex');
      if (headers.authorization !== basic('ikey', signature) || form.get('username') !== 'alice+b@c')
        return null;
      return { stat: 'OK', response: { result: isRight(form.get('passcode')) ? 'allow' : 'deny' } };
    }
    default: {
      const [, code] = /^\/protected\/json\/verify\/(\d+)\/7$/.exec(url) ?? [];
      if (headers['x-authy-api-key'] !== 'authy' || !isRight(code)) return null;
      return { success: 'true', token: 'is valid' };
    }
  }
}

const clouds = createServer((request, response) => {
  asked++;
  void answerTo(request).then((answer) => {
    response.writeHead(answer === null ? 401 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { message: 'refused' }));
  });
});

let program: Program;
beforeAll(async () => {
  const server = await KandaProcess.start();
  const { apiKey } = await openAccount(server.url);
  clouds.listen(0, '127.0.0.1');
  await once(clouds, 'listening');
  const url = `http://127.0.0.1:${(clouds.address() as AddressInfo).port}`;
  const blocks = fencedBlocks(readFileSync(PAGE, 'utf8')).filter(({ language }) => language === 'js');
  let source = blocks.map((block) => block.text).join('\n');
  for (const shown of [SHOWN_URL, SHOWN_API_KEY, ...CLOUDS]) expect(source).toContain(shown);
  source = source.replaceAll(SHOWN_URL, server.url).replaceAll(SHOWN_API_KEY, apiKey);
  for (const cloud of CLOUDS) source = source.replaceAll(cloud, url);
  const env = {
    TWILIO_ACCOUNT_SID: 'AC1',
    TWILIO_AUTH_TOKEN: 'twilio',
    TWILIO_SERVICE_SID: 'VA1',
    AUTHY_API_KEY: 'authy',
    OKTA_URL: `${url}/api/v1`,
    OKTA_TOKEN: 'okta',
    WORKOS_API_KEY: 'workos',
    DUO_URL: url,
    DUO_IKEY: 'ikey',
    DUO_SKEY: 'skey',
  };
  const file = join(temporaryFolder(), 'app.mjs');
  writeFileSync(file, source.replaceAll('process.env', `(${JSON.stringify(env)})`));
  program = (await import(pathToFileURL(file).href)) as Program;
});
afterAll(async () => {
  clouds.closeAllConnections();
  clouds.close();
  await endAll();
});

describe('the login that moves users one by one', () => {
  test.each(['askTwilio', 'askAuthy', 'askOkta', 'askWorkOS', 'askDuo'])('asks by %s', async (name) => {
    const ask = program[name] as Ask;
    const user: User = { id: 'user-1', email: 'alice@example.com', ...IDS };
    expect(await ask(user, '000000')).toBe(phone(OLD_SECRET) === '000000');
    expect(await ask(user, phone(OLD_SECRET))).toBe(true);
  });

  test('lets users in by the old service until the first code of the new phone, and by Kanda from then on', async () => {
    const user: User = { id: 'user-1', email: 'alice@example.com', ...IDS };
    const ask = program.askTwilio as Ask;
    expect(await program.login(user, '000000', ask)).toEqual({ in: false });
    const first = await program.login(user, phone(OLD_SECRET), ask);
    expect(first).toMatchObject({
      in: true,
      newPhone: { qrDataUrl: expect.stringMatching(/^data:image\/png/) },
    });
    // Put off: nothing has changed, and the QR code is the same.
    const again = await program.login(user, phone(OLD_SECRET), ask);
    expect(again.newPhone?.secret).toBe(first.newPhone?.secret);
    expect(await program.confirmNewPhone(user, '000000')).toBe(false);
    expect(user.usesKanda).toBeUndefined();

    const secret = first.newPhone?.secret ?? '';
    const now = Date.now();
    expect(await program.confirmNewPhone(user, phone(secret, now))).toBe(true);
    expect(user.usesKanda).toBe(true);
    const before = asked;
    expect(await program.login(user, phone(OLD_SECRET), ask)).toEqual({ in: false });
    const next = phone(secret, now + DEFAULT_PARAMETERS.period * 1_000);
    expect(await program.login(user, next, ask)).toEqual({ in: true });
    expect(await program.login(user, next, ask)).toEqual({ in: false });
    expect(asked).toBe(before);
  });
});
