/** An enrolment that is shown again, and a proof that is not looked at. */
import { expect, test } from 'vitest';
import { codeAt, expectProblem, startAppWithAccount } from '../support/start-app.ts';

const { kanda, account } = await startAppWithAccount();

// Seen to fail: the name was a part of what made a call "like" the one before, and a new secret was made (fortify#518).
test('a name given or changed meanwhile ends no QR code that was scanned', async () => {
  const body = { clientId: 'renamed', label: 'renamed', issuer: 'Example', confirm: true };
  const first = await account.call('POST', '/api/totp/register', body);
  const { secret, authenticatorId } = first.json();
  const path = `/api/totp/clients/renamed/authenticators/${authenticatorId}`;
  await account.call('PATCH', path, { name: 'Phone' });
  const again = await account.call('POST', '/api/totp/register', body);
  expect(again.statusCode).toBe(200);
  expect(again.json()).toMatchObject({ secret, authenticatorId });
  expect((await account.call('GET', path)).json()).toMatchObject({ name: 'Phone' });
  const named = await account.call('POST', '/api/totp/register', { ...body, name: 'Tablet' });
  expect(named.json()).toMatchObject({ secret, authenticatorId });
  expect((await account.call('GET', path)).json()).toMatchObject({ name: 'Tablet' });
});

test('a proof that is not looked at says why', async () => {
  const { secret } = await account.enrol('proved');
  const rotate = (token: string) => account.call('POST', '/api/totp/rotate/proved', { proof: { token } });
  for (let failure = 0; failure < 5; failure++) await rotate('000000');
  const locked = await rotate(codeAt(secret, kanda.now()));
  expectProblem(locked, 403, 'proof_invalid');
  expect(locked.json().detail).toContain('too many wrong codes');
  expect(Number(locked.headers['retry-after'])).toBeGreaterThan(0);
  await account.call('POST', '/api/totp/clients/proved/unlock');
  await account.call('POST', '/api/totp/clients/proved/disable');
  const disabled = await rotate(codeAt(secret, kanda.now()));
  expectProblem(disabled, 403, 'proof_invalid');
  expect(disabled.json().detail).toContain('disabled');
});
