import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { registrationMode } from '../../src/config/registration-mode.ts';

test.each([
  ['open', {}],
  ['open', { KANDA_HOST: 'localhost' }],
  ['open', { KANDA_HOST: '127.8.9.10' }],
  ['open', { KANDA_HOST: '[::1]' }],
  ['until the first account', { KANDA_HOST: '0.0.0.0' }],
  ['until the first account', { KANDA_HOST: '::' }],
  ['until the first account', { KANDA_HOST: '10.0.0.7' }],
  ['until the first account', { KANDA_HOST: 'kanda.internal' }],
  ['until the first account', { KANDA_PUBLIC_URL: 'https://kanda.example.com' }],
  ['open', { KANDA_HOST: '0.0.0.0', KANDA_REGISTRATION: 'open' }],
  ['closed', { KANDA_REGISTRATION: 'closed' }],
])('registration is %s with %j', (mode, env) => {
  expect(registrationMode(loadConfig(env, {}))).toBe(mode);
});
