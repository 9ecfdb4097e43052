/** What the session keeps of a second factor, and when it counts no longer. No call is made. */
import { expect, test } from 'vitest';
import { Kanda } from '../src/kanda.ts';
import type { SecondFactorUser } from '../src/second-factor/options.ts';
import { SecondFactor } from '../src/second-factor/second-factor.ts';
import type { SecondFactorState } from '../src/second-factor/state.ts';

const SHOWN_AT = 1_800_000_000_000;
const ALICE = { clientId: 'alice', label: 'alice@example.com', signedInAt: SHOWN_AT };

/** A session in which this user has shown a code, and the second factor of an application that has it. */
function shownBy({ clientId, loginId }: SecondFactorUser) {
  let kept: SecondFactorState = {
    clientId,
    ...(loginId ? { loginId } : {}),
    at: SHOWN_AT,
    method: 'totp',
    pages: [{ key: 'a form', shownAt: SHOWN_AT }],
    accepted: [],
  };
  const factor = new SecondFactor<SecondFactorUser>({
    kanda: new Kanda({ url: 'http://127.0.0.1:9', apiKey: 'kan_unused' }),
    issuer: 'MyApp',
    user: (signedIn) => signedIn,
    session: () => ({
      get: () => kept,
      set: (state) => {
        kept = JSON.parse(JSON.stringify(state));
      },
    }),
    now: () => SHOWN_AT + 1_000,
  });
  return { factor, statusFor: async (user: SecondFactorUser) => (await factor.require(user))?.status };
}

// Seen to fail when `stateOf` did not compare loginId.
test('a code counts in the log-in that it was shown in', async () => {
  const first = { ...ALICE, loginId: 'first' };
  const { statusFor } = shownBy(first);
  expect(await statusFor(first)).toBeUndefined();
  for (const loginId of ['second', undefined, null, ''])
    expect(await statusFor({ ...ALICE, loginId })).toBe(403);

  const { statusFor: unbound } = shownBy(ALICE);
  for (const loginId of [undefined, null]) expect(await unbound({ ...ALICE, loginId })).toBeUndefined();
  expect(await unbound(first), 'a log-in from before it was bound').toBe(403);
});

// Seen to fail when `forget` kept what the session had.
test('what is forgotten was not shown, and its forms are not taken', async () => {
  const { factor, statusFor } = shownBy(ALICE);
  await factor.forget(ALICE);
  expect(await statusFor(ALICE)).toBe(403);
  expect(await factor.challenge(ALICE, { page: 'a form', token: '123456' })).toMatchObject({
    status: 409,
    body: { error: 'page_expired' },
  });
});

// Seen to fail without the look at `twoFactor`, and with one that takes its absence for off.
test('users who have it off are let through only where that is said', async () => {
  const { factor } = shownBy({ ...ALICE, clientId: 'another' });
  const statusFor = async (twoFactor?: 'off' | 'on' | 'ending') => {
    const user = { ...ALICE, twoFactor };
    return [(await factor.require(user))?.status, (await factor.require(user, { ifOn: true }))?.status];
  };
  expect(await statusFor('off')).toEqual([403, undefined]);
  expect(await statusFor('ending')).toEqual([403, undefined]);
  expect(await statusFor('on')).toEqual([403, 403]);
  expect(await statusFor()).toEqual([403, 403]);
});

// Seen to fail when `#visitor` did not look at `signedInAt`.
test('a log-in that waits for its code ends after 15 minutes, and says what comes next until then', async () => {
  const { factor } = shownBy({ ...ALICE, clientId: 'another' });
  const at = (seconds: number, twoFactor: 'off' | 'on' = 'on') =>
    factor.next({ ...ALICE, twoFactor, signedInAt: SHOWN_AT + 1_000 - seconds * 1_000 });
  expect(await at(900)).toBe('code');
  expect(await at(901)).toBe('sign_in');
  expect(await at(90_000, 'off')).toBe('done');
  const shown = shownBy(ALICE).factor;
  expect(await shown.next({ ...ALICE, twoFactor: 'on', signedInAt: 0 })).toBe('done');
});
