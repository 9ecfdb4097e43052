import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';

/** One of the two stores of a copy, open without its keys: nothing in it is opened or sealed. */
export interface CopySide {
  /** For people; no password. */
  readonly shown: string;
  /** For reading what does not change. */
  readonly db: Kysely<Schema>;
  /** Runs `work` in a transaction of its own, durable when it resolves. */
  transaction<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T>;
  /** Makes the database refuse, with this message, every change of the copied tables, from any process. */
  freeze(db: Kysely<Schema>, message: string): Promise<void>;
  /** Ends that. */
  thaw(db: Kysely<Schema>): Promise<void>;
  /** Makes ready for events of these times (ms), before they come. */
  prepareFor(oldest: number, newest: number): Promise<void>;
  /** Sets what counts by itself, after all rows are there. */
  settle(db: Kysely<Schema>): Promise<void>;
  close(): Promise<void>;
}
