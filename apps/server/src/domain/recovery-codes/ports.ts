import type { Secret } from '../secret.ts';

/** Makes recovery codes of clients, and reads what a person typed. */
export interface ClientRecoveryCodeTexts {
  create(): Secret<string>;
  /** By what the store knows a code of this client; null: what was typed cannot be a code. */
  mac(accountPublicId: string, clientId: string, typed: Secret<string>): Uint8Array | null;
}
