/** Writes one row after the other straight into the database: what of an outage is PostgreSQL's, and what Kanda's. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { SUPERUSER } from './cluster.ts';

const PAUSE_MS = 50;
const CONNECT_WITHIN_MS = 1_000;

export class DatabaseProbe {
  /** When a row was acknowledged, in milliseconds of this process' monotonic clock. */
  readonly written: number[] = [];
  readonly #port: number;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  /** `port`: of an HAProxy before the database. */
  constructor(port: number) {
    this.#port = port;
  }

  start(): void {
    this.#running = this.#work();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const client = new pg.Client({
        ...SUPERUSER,
        host: '127.0.0.1',
        port: this.#port,
        database: 'postgres',
        connectionTimeoutMillis: CONNECT_WITHIN_MS,
      });
      client.on('error', () => {});
      try {
        await client.connect();
        await client.query('create table if not exists probe (at timestamptz not null)');
        while (!this.#stopped) {
          await client.query('insert into probe values (now())');
          this.written.push(performance.now());
          await sleep(PAUSE_MS);
        }
      } catch {
        await sleep(PAUSE_MS);
      } finally {
        void client.end().catch(() => {});
      }
    }
  }
}
