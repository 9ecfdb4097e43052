import type { Account } from '../accounts/account.ts';
import type { Change } from '../change.ts';
import type { Secret } from '../secret.ts';
import type { AuthenticatorType, Verdict } from '../verdicts/decide.ts';
import type { Device } from './device.ts';
import type { DeviceRefusal, PresentedDevice } from './judge-device.ts';

/** Whose device it is: tokens are good for no other account or client. */
export interface DeviceOwner {
  readonly account: Pick<Account, 'publicId'>;
  readonly clientId: string;
}

/** Makes the tokens of trusted devices, and reads what a browser sent. */
export interface DeviceTokens {
  /** A new device with its first token. */
  create(owner: DeviceOwner): {
    readonly id: string;
    readonly mac: Uint8Array;
    readonly token: Secret<string>;
  };
  /** What a token says, and the one that follows it; null: this installation made no such token for the client. */
  read(
    owner: DeviceOwner,
    text: Secret<string>,
  ): { readonly presented: PresentedDevice; readonly next: Secret<string> } | null;
}

/** A code that a user typed, and the browser that is to be trusted when it is right. */
export interface TrustAttempt {
  readonly accountId: number;
  readonly clientId: string;
  /** As typed: 6 or 8 ASCII digits. */
  readonly code: string;
  readonly device: Pick<Device, 'id' | 'label' | 'expiresAt'> & { readonly mac: Uint8Array };
}

/** What the code has come to; when it was accepted, the browser is trusted from here on. */
export type TrustVerdict =
  | {
      readonly valid: true;
      readonly authenticator: number;
      readonly method: AuthenticatorType;
      /** How many recovery codes the client has left. */
      readonly remaining: number;
      readonly device: Device;
    }
  | Extract<Verdict, { valid: false }>;

/** One use of a device's token. */
export interface DeviceAttempt {
  readonly accountId: number;
  readonly clientId: string;
  /** null: what was sent cannot be a token of this client. It is refused like one of a device that has ended. */
  readonly presented: PresentedDevice | null;
}

export type DeviceVerdict =
  | {
      readonly valid: true;
      /** How many recovery codes the client has left. */
      readonly remaining: number;
      readonly device: Device;
    }
  | DeviceRefusal;

/** The trusted devices of an account's clients. */
export interface DeviceStore {
  /**
   * Judges a code and, when it is right, trusts a device, in one transaction. Faults: trusted_devices_off before the
   * code is looked at; client_not_found, totp_code_malformed, secret_unreadable.
   */
  trustDevice(attempt: TrustAttempt, change: Change): Promise<TrustVerdict>;
  /**
   * Judges a token of a device, replaces it and writes its event in one transaction, under the account's lock.
   * Failures of the client stay as they are. Faults: client_not_found, secret_unreadable.
   */
  useDevice(attempt: DeviceAttempt, change: Change): Promise<DeviceVerdict>;
  /** Those that are trusted at `now` (ms), oldest first. Faults: client_not_found. */
  listDevices(accountId: number, clientId: string, now: number): Promise<readonly Device[]>;
  /** Faults: client_not_found, device_not_found. */
  endDevice(accountId: number, clientId: string, id: string, change: Change): Promise<void>;
  /** Ends all of a client's. Faults: client_not_found. */
  endDevices(accountId: number, clientId: string, change: Change): Promise<void>;
  /** Drops those that are over at `now` (ms), which only frees space: they are trusted no longer already. */
  expireDevices(now: number): Promise<void>;
}
