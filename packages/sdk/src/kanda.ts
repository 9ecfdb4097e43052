import { Authenticators } from './authenticators.ts';
import { Clients } from './clients.ts';
import { Devices } from './devices.ts';
import { enrolmentOf } from './enrolment.ts';
import { Links } from './links.ts';
import { Logs } from './logs.ts';
import { path } from './paths.ts';
import { Policies } from './policy.ts';
import { Receipts } from './receipts.ts';
import { RecoveryCodes } from './recovery-codes.ts';
import { Secret } from './secret.ts';
import { type CallOptions, type KandaOptions, readOptions } from './settings.ts';
import { Transport } from './transport.ts';
import type {
  Confirmation,
  Enrolment,
  FirstCode,
  ImportRequest,
  ImportResult,
  Registration,
  Rotation,
  ShownFactor,
  Verdict,
} from './types.ts';

/**
 * A Kanda server, as the account of an API key. Make one and keep it: it holds the token that the key was exchanged
 * for. Every call sends an Idempotency-Key, the same in all its tries, so that a retry never uses up a code.
 */
export class Kanda {
  readonly clients: Clients;
  readonly authenticators: Authenticators;
  readonly recoveryCodes: RecoveryCodes;
  readonly devices: Devices;
  readonly receipts: Receipts;
  readonly links: Links;
  readonly logs: Logs;
  readonly policy: Policies;
  readonly #transport: Transport;

  /** @throws InvalidArgument for options that cannot be meant */
  constructor(options: KandaOptions) {
    this.#transport = new Transport(readOptions(options));
    this.clients = new Clients(this.#transport);
    this.authenticators = new Authenticators(this.#transport);
    this.recoveryCodes = new RecoveryCodes(this.#transport);
    this.devices = new Devices(this.#transport);
    this.receipts = new Receipts(this.#transport);
    this.links = new Links(this.#transport);
    this.logs = new Logs(this.#transport);
    this.policy = new Policies(this.#transport);
  }

  /** Enrols a user: secret, URL and QR code, shown once. With `confirm` it counts only after a first right code. */
  async register(registration: Registration, options?: CallOptions): Promise<Enrolment> {
    const call = { method: 'POST', path: path`/api/totp/register`, body: registration } as const;
    return enrolmentOf(await this.#transport.send(call, options));
  }

  /** Confirms a pending authenticator with its first code. A wrong one is an answer: `confirmed: false`. */
  confirm(firstCode: FirstCode, options?: CallOptions): Promise<Confirmation> {
    return this.#transport.send(
      { method: 'POST', path: path`/api/totp/confirm`, body: firstCode, fits: isConfirmation },
      options,
    );
  }

  /**
   * Checks a code, a recovery code, or the token of a trusted device; a right one is used up. Let the user in only
   * when `isValid` says so of the verdict. With `action`, that of a right code has a `receipt`.
   */
  async validate(shown: ShownFactor, options?: CallOptions): Promise<Verdict> {
    const call = { method: 'POST', path: path`/api/totp/validate`, body: shown, fits: isVerdict } as const;
    const verdict = await this.#transport.send<{ valid: boolean; deviceToken?: string }>(call, options);
    const { deviceToken, ...rest } = verdict;
    return (deviceToken === undefined ? rest : { ...rest, deviceToken: new Secret(deviceToken) }) as Verdict;
  }

  /** Replaces a user's secret: at once, or with `confirm` once the new one is confirmed. `proof` has Kanda check first. */
  async rotate(clientId: string, rotation: Rotation = {}, options?: CallOptions): Promise<Enrolment> {
    const call = { method: 'POST', path: path`/api/totp/rotate/${clientId}`, body: rotation } as const;
    return enrolmentOf(await this.#transport.send(call, options));
  }

  /** Takes over users of another program, 50 at most; one result for each, in their order. */
  async import(users: ImportRequest, options?: CallOptions): Promise<readonly ImportResult[]> {
    const call = { method: 'POST', path: path`/api/totp/import`, body: users, fits: hasResults } as const;
    return (await this.#transport.send<{ results: readonly ImportResult[] }>(call, options)).results;
  }
}

const isVerdict = (answer: object): boolean => typeof (answer as { valid?: unknown }).valid === 'boolean';
const isConfirmation = (answer: object): boolean =>
  typeof (answer as { confirmed?: unknown }).confirmed === 'boolean';
const hasResults = (answer: object): boolean => Array.isArray((answer as { results?: unknown }).results);
