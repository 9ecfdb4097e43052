import { type Account, modeOf } from '../../domain/accounts/account.ts';
import type { OwnAuthenticator, Session } from '../../domain/accounts/security-ports.ts';
import {
  ALL_OTHERS,
  type Authenticator,
  authenticatorId,
} from '../../domain/authenticators/authenticator.ts';
import type { Client, ClientStatus } from '../../domain/clients/client.ts';
import type { ApiKey } from '../../domain/keys/api-key.ts';
import type { EventRecord } from '../../domain/log/events.ts';
import { loggedEvent } from '../../domain/log/leaf.ts';
import type { Secret } from '../../domain/secret.ts';
import { DAY_MS, namedTime } from '../../domain/time.ts';
import { secondsLocked, withinPolicy } from '../../domain/verdicts/lockout.ts';
import { clockAheadUntil } from '../../domain/verdicts/methods/totp.ts';
import type { AuthenticatorJson } from './authenticators/schemas.ts';
import type { ClientJson } from './clients/schemas.ts';
import type { EventJson } from './log/schemas.ts';

/** How records look in JSON. */

/** Of an altered time the nearest that can be named: the rows beside it are asked for, too. */
export function timestamp(time: number): string {
  return new Date(namedTime(time)).toISOString();
}

export function timestampOrNull(time: number | null): string | null {
  return time === null ? null : timestamp(time);
}

export function accountView(account: Account) {
  return {
    userId: account.publicId,
    email: account.email,
    mode: modeOf(account),
    createdAt: timestamp(account.createdAt),
  };
}

export function twoFactorView(authenticator: OwnAuthenticator | null) {
  const active = authenticator?.active === true;
  return { active, recoveryCodesLeft: active ? authenticator.recoveryCodesLeft : 0 };
}

/** `currentId`: the session that asks. */
export function sessionView(session: Session, currentId: string | null) {
  return {
    id: session.id,
    current: session.id === currentId,
    createdAt: timestamp(session.createdAt),
    lastSeenAt: timestamp(session.lastSeenAt),
    expiresAt: timestamp(session.expiresAt),
    ip: session.ip,
    userAgent: session.userAgent,
  };
}

export function recoveryCodesView(codes: readonly Secret<string>[]) {
  return { recoveryCodes: codes.map((code) => code.reveal()) };
}

export function keyView(key: ApiKey, account: Account) {
  return {
    id: key.id,
    mode: modeOf(account),
    name: key.name,
    scopes: [...key.scopes],
    createdAt: timestamp(key.createdAt),
    expiresAt: timestampOrNull(key.expiresAt),
    lastUsedAt: timestampOrNull(key.lastUsedAt),
  };
}

export function authenticatorView(one: Authenticator): AuthenticatorJson {
  const { parameters, pendingUntil, replaces } = one;
  return {
    id: authenticatorId(one.number),
    name: one.name,
    type: one.type,
    status: pendingUntil === null ? 'active' : 'pending',
    expiresAt: timestampOrNull(pendingUntil),
    attemptsLeft: pendingUntil === null ? null : one.attemptsLeft,
    replaces: replaces === null ? null : replaces === ALL_OTHERS ? 'all' : authenticatorId(replaces),
    weakSecret: one.weak,
    drift: one.drift,
    counter: one.counter,
    algorithm: parameters.algorithm,
    digits: parameters.digits,
    period: one.type === 'hotp' ? null : parameters.period,
    createdAt: timestamp(one.createdAt),
    rotatedAt: timestampOrNull(one.rotatedAt),
    lastAcceptedAt: timestampOrNull(one.lastAcceptedAt),
  };
}

/** `now` (ms) decides whether a delay is over. */
export function clientView(client: Client, now: number): ClientJson {
  const { policy, period } = client;
  // A clock that ran ahead may have left a longer delay, which ends when this says.
  const lockout = withinPolicy(client.lockout, now, policy);
  const aheadUntil = clockAheadUntil(client, period, now, policy);
  const delayed = !lockout.locked && lockout.delayedUntil > now;
  return {
    clientId: client.clientId,
    label: client.label,
    issuer: client.issuer,
    status: statusOf(client, now),
    expiresAt: timestampOrNull(client.pendingUntil),
    authenticators: client.authenticators,
    weakSecret: client.weakSecret,
    lockedUntil: delayed ? timestamp(lockout.delayedUntil) : null,
    clockAheadUntil: timestampOrNull(aheadUntil),
    failures: lockout.failures,
    failuresToday: lockout.recentFailures.filter((time) => time > now - DAY_MS).length,
    algorithm: client.algorithm,
    digits: client.digits,
    period: client.period === 0 ? null : client.period,
    createdAt: timestamp(client.createdAt),
    rotatedAt: timestampOrNull(client.rotatedAt),
    lastAcceptedAt: timestampOrNull(client.lastAcceptedAt),
  };
}

function statusOf(client: Client, now: number): ClientStatus {
  if (client.disabled) return 'disabled';
  if (client.pendingUntil !== null) return 'pending';
  return secondsLocked(client.lockout, now) > 0 ? 'locked' : 'active';
}

export function eventView(event: EventRecord): EventJson {
  return loggedEvent({ ...event, at: namedTime(event.at) });
}

export function hashText(hash: Uint8Array): string {
  return Buffer.from(hash).toString('base64');
}
