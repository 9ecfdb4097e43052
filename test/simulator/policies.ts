/** What accounts and clients of simulated runs are set to. */
import type { TotpParameters } from '@kanda/otp';
import type { Policy } from '../../apps/server/src/domain/verdicts/policy.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

const DEFAULTS: Policy = {
  skew: 1,
  freeFailures: 5,
  firstDelayMs: 30 * SECOND_MS,
  maxDelayMs: HOUR_MS,
  dailyFailures: 50,
  consecutiveFailures: 100,
  tellReplays: false,
  confirmSkew: 2,
  maxAuthenticators: 5,
  lookAhead: 10,
  followDrift: false,
  trustedDevices: false,
};
/** What an account may set. The tight ones bring a short schedule to its locks. */
export const POLICIES: readonly Policy[] = [
  DEFAULTS,
  {
    ...DEFAULTS,
    skew: 0,
    freeFailures: 2,
    firstDelayMs: SECOND_MS,
    maxDelayMs: 4 * SECOND_MS,
    dailyFailures: 8,
    maxAuthenticators: 2,
    trustedDevices: true,
  },
  {
    ...DEFAULTS,
    freeFailures: 4,
    firstDelayMs: SECOND_MS,
    maxDelayMs: SECOND_MS,
    dailyFailures: 5,
    confirmSkew: 5,
  },
  {
    ...DEFAULTS,
    skew: 2,
    freeFailures: 1,
    maxDelayMs: 40 * SECOND_MS,
    dailyFailures: 6,
    tellReplays: true,
    lookAhead: 2,
    trustedDevices: true,
  },
  {
    ...DEFAULTS,
    firstDelayMs: SECOND_MS,
    maxDelayMs: 2 * SECOND_MS,
    dailyFailures: 20,
    followDrift: true,
    trustedDevices: true,
  },
  {
    ...DEFAULTS,
    skew: 0,
    freeFailures: 3,
    firstDelayMs: SECOND_MS,
    maxDelayMs: SECOND_MS,
    dailyFailures: 12,
    tellReplays: true,
    confirmSkew: 5,
    lookAhead: 4,
    followDrift: true,
  },
];
/** No account may set `consecutiveFailures`, so this one is for a store that accepts it all the same. */
export const SHORT_RUN: Policy = {
  ...DEFAULTS,
  firstDelayMs: SECOND_MS,
  maxDelayMs: SECOND_MS,
  consecutiveFailures: 6,
};

export const PARAMETERS: readonly TotpParameters[] = [
  { algorithm: 'SHA1', digits: 6, period: 30 },
  { algorithm: 'SHA1', digits: 6, period: 30 },
  { algorithm: 'SHA256', digits: 8, period: 60 },
  { algorithm: 'SHA512', digits: 6, period: 15 },
  { algorithm: 'SHA1', digits: 6, period: 0 },
  { algorithm: 'SHA256', digits: 8, period: 0 },
];
