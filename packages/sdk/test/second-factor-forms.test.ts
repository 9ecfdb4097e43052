/** The forms of sdks/scenarios.json, which the SDKs of all languages answer alike. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Kanda } from '../src/kanda.ts';
import type { SecondFactorUser } from '../src/second-factor/options.ts';
import { SecondFactor } from '../src/second-factor/second-factor.ts';
import type { SecondFactorState } from '../src/second-factor/state.ts';

interface Form {
  readonly name: string;
  readonly form: 'challenge' | 'enrol' | 'confirm' | 'recoveryCodes' | 'turnOff';
  readonly with: object;
  readonly page?: 'another';
  readonly signedIn?: false;
  readonly shown?: 'code';
  readonly waited?: number | null;
  readonly error?: string;
  readonly asks?: Readonly<Record<string, unknown>>;
}

const file = new URL('../../../sdks/scenarios.json', import.meta.url);
const { forms } = JSON.parse(readFileSync(file, 'utf8')) as { forms: readonly Form[] };
const ENROLMENT = {
  clientId: 'alice',
  status: 'pending',
  secret: 'S',
  otpauthUrl: 'O',
  authenticatorId: 'a',
};

const NOW = 1_800_000_000_000;
const SIGNED_IN = { clientId: 'alice', label: 'a', twoFactor: 'on', signedInAt: NOW } as const;

/** The time of a log-in that has waited this many seconds. From JavaScript it may be missing. */
function signedInAt(waited: number | null): number {
  return waited === null ? (undefined as unknown as number) : NOW - waited * 1_000;
}

/** A session of a user who has it on, and the bodies that Kanda is sent. */
function browserOf() {
  const asked: Record<string, unknown>[] = [];
  let kept: SecondFactorState | undefined;
  const answerOf = (path: string) => {
    if (path.endsWith('/validate')) return { valid: true };
    return path.endsWith('/confirm') ? { confirmed: true, authenticatorId: 'a' } : ENROLMENT;
  };
  const factor = new SecondFactor<SecondFactorUser | null>({
    kanda: new Kanda({
      url: 'http://kanda.test',
      apiKey: 'kan_unused',
      fetch: async (input, init) => {
        const { pathname } = new URL(String(input));
        if (pathname === '/api/auth/token') return Response.json({ token: 't', expiresIn: '1h' });
        asked.push(JSON.parse(String(init?.body ?? '{}')));
        return Response.json(answerOf(pathname));
      },
    }),
    issuer: 'MyApp',
    user: (user) => user,
    session: () => ({
      get: () => kept,
      set: (state) => {
        kept = state;
      },
    }),
    now: () => NOW,
  });
  const send = async (
    form: Form['form'],
    fields: object,
    user: SecondFactorUser | null = SIGNED_IN,
    page?: 'another',
  ) => {
    const shown = (await factor.page(SIGNED_IN)).body.page;
    return factor[form](user, { ...fields, page: page ?? shown });
  };
  return { asked, send };
}

test.each(forms)('$name', async ({ form, with: fields, page, signedIn = true, waited = 0, ...given }) => {
  const { shown, error, asks } = given;
  const { asked, send } = browserOf();
  if (shown === 'code') await send('challenge', { token: '123456' });
  asked.length = 0;
  const user = signedIn ? { ...SIGNED_IN, signedInAt: signedInAt(waited) } : null;
  const { body } = await send(form, fields, user, page);
  expect(body.error).toBe(error);
  if (asks === undefined) expect(asked).toEqual([]);
  else
    for (const [name, value] of Object.entries(asks)) expect(asked[0]?.[name] ?? null, name).toEqual(value);
});

test('there are forms', () => expect(forms.length).toBeGreaterThan(30));
