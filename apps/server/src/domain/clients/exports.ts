import type { OtpRecord } from '@kanda/formats';
import type { Change } from '../change.ts';
import type { Store } from '../store.ts';
import { namedTime } from '../time.ts';
import type { ExportedAuthenticator, ExportedClient } from './ports.ts';

/** How many clients are read in a transaction, which others of the account wait for. */
const CLIENTS_PER_READ = 50;

/** Gives an account's users away with their secrets, for another program or another Kanda. */
export class Exports {
  readonly #store: Pick<Store, 'exportClients' | 'recordEvent'>;

  constructor(store: Pick<Store, 'exportClients' | 'recordEvent'>) {
    this.#store = store;
  }

  /**
   * Everyone of the account who has a confirmed authenticator, oldest first. The export is an event, and so is each
   * client of it, written before its secret is given. Recovery codes cannot be exported: the store has MACs of them.
   *
   * @param change who exports, and when; asked for each read, as an export may take long
   * @param beforeEach runs before each read; what it throws ends the export
   */
  async *records(
    accountId: number,
    change: () => Change,
    beforeEach: () => Promise<void> = async () => {},
  ): AsyncGenerator<OtpRecord> {
    const event = {
      event: 'account.secrets_exported',
      outcome: 'success',
      reason: null,
      clientId: null,
    } as const;
    await beforeEach();
    await this.#store.recordEvent(accountId, { ...event, ...change() });
    let after: number | null = 0;
    while (after !== null) {
      const { clients, next } = await this.#store.exportClients(accountId, after, CLIENTS_PER_READ, change());
      for (const client of clients) yield* recordsOf(client);
      after = next;
      if (after !== null) await beforeEach();
    }
  }
}

function recordsOf(client: ExportedClient): OtpRecord[] {
  return client.authenticators.map((one, index) => recordOf(client, one, index > 0));
}

function recordOf(
  { clientId, label, issuer, disabled }: ExportedClient,
  { name, parameters, secret, watermark, drift, createdAt }: ExportedAuthenticator,
  isAdditional: boolean,
): OtpRecord {
  const isHotp = parameters.period === 0;
  return {
    clientId,
    label,
    issuer,
    type: isHotp ? 'hotp' : 'totp',
    ...parameters,
    ...(isHotp ? { counter: watermark + 1 } : {}),
    secret,
    ...(isHotp || watermark < 0 ? {} : { lastUsedStep: watermark }),
    ...(drift === 0 ? {} : { driftSteps: drift }),
    createdAt: new Date(namedTime(createdAt)).toISOString(),
    confirmed: true,
    ...(name === null ? {} : { name }),
    ...(isAdditional ? { additional: true } : {}),
    ...(disabled ? { disabled: true } : {}),
    source: 'kanda',
  };
}
