import { DAY_MS } from '../time.ts';
import { networksOf } from './networks.ts';
import type { LimitRule } from './ports.ts';

const MINUTE_MS = 60_000;
const FAILURES_WITHIN_MS = 15 * MINUTE_MS;
const SIGN_UPS_WITHIN_MS = 60 * MINUTE_MS;

/** For an IPv4 address or a /64, for a /56, and for a /48. The reasons for all of these are in decision 0009. */
const SIGN_UPS = [20, 40, 80] as const;
const FAILURES = [10, 30, 90] as const;
/** More than people mistype, fewer than would be a load. */
const UNKNOWN_LINKS = [300, 600, 1_200] as const;
/** For all callers together. */
const SIGN_UPS_OF_ALL = 500;
const FAILURES_OF_ALL = 1_000;
const FAILURES_OF_ONE_NAME = 10;
/** How long a network from which an account logged in is known as one of its own. */
const KNOWN_MS = 30 * DAY_MS;

/** Sign-ups. */
export function registerLimits(ip: string | null): LimitRule[] {
  return [
    ...byNetwork('register', ip, SIGN_UPS, SIGN_UPS_WITHIN_MS),
    { name: 'register:all', limit: SIGN_UPS_OF_ALL, windowMs: SIGN_UPS_WITHIN_MS },
  ];
}

/** Failed log-ins, for the caller's networks, for the account name, known or not, and for all callers together. */
export function loginLimits(ip: string | null, email: string): LimitRule[] {
  return [...proofLimits(ip, email), ofAll('login', ip, email)];
}

/** As `loginLimits`, for callers that show a password again and have a log-in already. */
export function proofLimits(ip: string | null, email: string): LimitRule[] {
  return [
    ...byNetwork('login', ip, FAILURES, FAILURES_WITHIN_MS),
    { name: failuresOf(email), limit: FAILURES_OF_ONE_NAME, windowMs: FAILURES_WITHIN_MS },
  ];
}

/** What counts failed log-ins with this address, from wherever they came. */
export function failuresOf(email: string): string {
  return `login:name:${email}`;
}

/** Failed exchanges of an API key, for the caller's networks, for the key's id, known or not, and for all callers together. */
export function tokenLimits(ip: string | null, keyId: string | null): LimitRule[] {
  const networks = byNetwork('token', ip, FAILURES, FAILURES_WITHIN_MS);
  if (keyId === null) {
    return [...networks, { name: 'token:all', limit: FAILURES_OF_ALL, windowMs: FAILURES_WITHIN_MS }];
  }
  return [
    ...networks,
    { name: `token:key:${keyId}`, limit: FAILURES_OF_ONE_NAME, windowMs: FAILURES_WITHIN_MS },
    ofAll('token', ip, keyId),
  ];
}

function byNetwork(
  what: string,
  ip: string | null,
  limits: readonly number[],
  windowMs: number,
): LimitRule[] {
  return networksOf(ip).map((network, width) => ({
    name: `${what}:ip:${network}`,
    limit: limits[width] ?? 0,
    windowMs,
  }));
}

/**
 * The limit for all callers together. Many addresses can use it up, so it does not hold for a name that succeeded from
 * the same network before.
 */
function ofAll(what: string, ip: string | null, name: string): LimitRule {
  const [network] = networksOf(ip);
  return {
    name: `${what}:all`,
    limit: FAILURES_OF_ALL,
    windowMs: FAILURES_WITHIN_MS,
    unless: { name: `${what}:known:${network}:${name}`, windowMs: KNOWN_MS },
  };
}

/** Links that there are not, for the caller's networks: a token cannot be guessed, but looking for one costs a look-up. */
export function linkLimits(ip: string | null): LimitRule[] {
  return byNetwork('links', ip, UNKNOWN_LINKS, FAILURES_WITHIN_MS);
}
