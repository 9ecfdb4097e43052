import type { LimitRule } from '../ports.ts';

const MINUTE_MS = 60_000;

/** Sign-ups: 20 an hour for each address. */
export function registerLimits(ip: string | null): LimitRule[] {
  return [{ name: `register:ip:${network(ip)}`, limit: 20, windowMs: 60 * MINUTE_MS }];
}

/** Failed log-ins: 10 in 15 minutes for each address and for each account name, known or not. */
export function loginLimits(ip: string | null, email: string): LimitRule[] {
  return [
    { name: `login:ip:${network(ip)}`, limit: 10, windowMs: 15 * MINUTE_MS },
    { name: `login:name:${email}`, limit: 10, windowMs: 15 * MINUTE_MS },
  ];
}

/** Failed exchanges of an API key: 10 in 15 minutes for each address and for each key id, known or not. */
export function tokenLimits(ip: string | null, keyId: string | null): LimitRule[] {
  const byAddress = { name: `token:ip:${network(ip)}`, limit: 10, windowMs: 15 * MINUTE_MS };
  if (keyId === null) return [byAddress];
  return [byAddress, { name: `token:key:${keyId}`, limit: 10, windowMs: 15 * MINUTE_MS }];
}

/**
 * What counts as one address. A single IPv6 customer holds at least a /64, so its 2^64 addresses count as
 * one; an IPv4 address in IPv6 clothes counts as itself. All callers without an address count as one.
 */
export function network(ip: string | null): string {
  if (ip === null) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = ip.toLowerCase().split('%')[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
