import { InvalidArgument } from './errors.ts';
import { Kanda } from './kanda.ts';
import { path } from './paths.ts';
import { type KandaOptions, readOptions } from './settings.ts';
import { Transport } from './transport.ts';

/** The phone or hardware token of a made-up user. */
export interface TestPhone {
  /** What it shows now, by the clock of the test half. Nothing is used up by looking. */
  code(): Promise<string>;
  /** What it shows next: for a phone the clock goes on to the step after this one first. */
  nextCode(): Promise<string>;
}

interface ShownCode {
  readonly code: string;
  /** null for a hardware token. */
  readonly stepEndsAt: string | null;
}

/** The test half of an account: its users, and the clock that codes, locks and tokens of that half go by. */
export class TestMode {
  /** A client with the same key. */
  readonly kanda: Kanda;
  readonly #transport: Transport;

  /** @throws InvalidArgument for a key that is not a test key, `kan_test_…`: a test must not meet real users */
  constructor(options: KandaOptions) {
    if (!options.apiKey.startsWith('kan_test_')) {
      throw new InvalidArgument('apiKey must be a test key: text that begins with "kan_test_".');
    }
    this.kanda = new Kanda(options);
    this.#transport = new Transport(readOptions(options));
  }

  /** The phone of a user whom your application has enrolled. `authenticatorId`: which one, if there are several. */
  phone(clientId: string, authenticatorId?: string): TestPhone {
    const shown = () =>
      this.#transport.send<ShownCode>({
        method: 'GET',
        path: path`/api/test/clients/${clientId}/code`,
        query: { authenticatorId },
      });
    return {
      code: async () => (await shown()).code,
      nextCode: async () => {
        const { stepEndsAt } = await shown();
        if (stepEndsAt !== null) await this.advance(secondsUntil(stepEndsAt, await this.now()));
        return (await shown()).code;
      },
    };
  }

  /** What the clock of the test half shows. */
  async now(): Promise<Date> {
    const { now } = await this.#transport.send<{ now: string }>({
      method: 'GET',
      path: path`/api/test/clock`,
    });
    return new Date(now);
  }

  /** Sets the clock forward by whole seconds: past a lock, a token's end, a code's step. It never goes back. */
  async advance(seconds: number): Promise<Date> {
    const call = { method: 'POST', path: path`/api/test/clock`, body: { advanceSeconds: seconds } } as const;
    return new Date((await this.#transport.send<{ now: string }>(call)).now);
  }

  /** Deletes all users of the test half; its log and its clock stay. */
  async deleteClients(): Promise<void> {
    await this.#transport.send({ method: 'DELETE', path: path`/api/test/clients` });
  }
}

function secondsUntil(text: string, now: Date): number {
  return Math.max(1, Math.ceil((Date.parse(text) - now.getTime()) / 1_000));
}
