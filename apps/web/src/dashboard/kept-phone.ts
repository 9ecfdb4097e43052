import type { Client } from './api.ts';

/** The user of the simulated phone, kept in this browser: its secret opens nothing but a made-up user of a test half. */
export interface KeptPhone {
  /** Whose test half it is: for another account there is none. */
  readonly userId: string;
  readonly clientId: string;
  readonly secret: string;
}

const STORED = 'kanda-test-phone';
/** What its users are called, so that the list can mark them. */
export const PHONE_PREFIX = 'playground-';
export const PHONE_NAMES = { label: 'Simulated phone', issuer: 'Playground' } as const;

/** null: there is none, or it is another account's. */
export function keptPhone(userId: string): KeptPhone | null {
  try {
    const kept = JSON.parse(localStorage.getItem(STORED) ?? 'null') as Partial<KeptPhone> | null;
    return kept?.userId === userId && typeof kept.clientId === 'string' && typeof kept.secret === 'string'
      ? { userId, clientId: kept.clientId, secret: kept.secret }
      : null;
  } catch {
    return null;
  }
}

export function keepPhone(phone: KeptPhone): void {
  try {
    localStorage.setItem(STORED, JSON.stringify(phone));
  } catch {
    // Storage is closed: it lasts until the page is left.
  }
}

export function forgetPhone(): void {
  try {
    localStorage.removeItem(STORED);
  } catch {
    // As above.
  }
}

/** Whether the simulated phone made this user of a test half. */
export function isOfPhone({
  clientId,
  label,
  issuer,
}: Pick<Client, 'clientId' | 'label' | 'issuer'>): boolean {
  return clientId.startsWith(PHONE_PREFIX) && label === PHONE_NAMES.label && issuer === PHONE_NAMES.issuer;
}
