import { expect, test } from 'vitest';
import type { NewApiKey, Scope } from '../src/dashboard/api.ts';
import { forgetMadeKey, madeKey, noteMadeKey } from '../src/dashboard/made-key.ts';

const key = (id: string, ...scopes: Scope[]) => ({ id, scopes, apiKey: `kan_${id}` }) as NewApiKey;

// The snippets had whatever key was made last, and their calls were refused.
test('the snippets get a key that can make their calls, until it is revoked', () => {
  noteMadeKey(key('reads', 'logs:read'));
  expect(madeKey()).toBeNull();
  noteMadeKey(key('app', 'totp:validate', 'totp:write', 'totp:read'));
  noteMadeKey(key('checks', 'totp:validate'));
  expect(madeKey()).toBe('kan_app');
  forgetMadeKey('reads');
  expect(madeKey()).toBe('kan_app');
  forgetMadeKey('app');
  expect(madeKey()).toBeNull();
});
