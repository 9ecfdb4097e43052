import type { Connection, Submittable } from 'pg';

/** A value as PostgreSQL takes it: text, bytes, or null. */
export type Parameter = string | Buffer | null;

export interface Statement {
  readonly text: string;
  readonly values?: readonly Parameter[];
}

/** What one statement of an exchange gave: columns as text, in the statement's order. */
export interface Answered {
  readonly rows: readonly (readonly (string | null)[])[];
  /** Such as `UPDATE 3` or `COMMIT`. */
  readonly tag: string;
}

/** What `pg` calls on a connection; its types leave most of it out. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(query: { text: string; name?: string }): void;
  bind(config: { values: readonly Parameter[] }): void;
  execute(config: object): void;
  sync(): void;
}

/**
 * Several statements in one round trip: all are sent at once, and the first that fails ends the rest of them
 * (the extended query protocol up to one `Sync`). None of them is prepared under a name, so that any
 * connection of a pooler will do.
 */
export class Exchange implements Submittable {
  readonly answer: Promise<readonly Answered[]>;
  readonly #statements: readonly Statement[];
  readonly #answered: Answered[] = [];
  #rows: (string | null)[][] = [];
  #resolve!: (answers: readonly Answered[]) => void;
  #reject!: (error: Error) => void;

  constructor(statements: readonly Statement[]) {
    this.#statements = statements;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever waits for it is told; a socket that breaks before must not end the process.
    this.answer.catch(() => {});
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    wire.stream.cork();
    for (const { text, values = [] } of this.#statements) {
      wire.parse({ text });
      wire.bind({ values });
      wire.execute({});
    }
    wire.sync();
    wire.stream.uncork();
  }

  handleDataRow(message: { fields: (string | null)[] }): void {
    this.#rows.push(message.fields);
  }

  handleCommandComplete(message: { text: string }): void {
    this.#answered.push({ rows: this.#rows, tag: message.text });
    this.#rows = [];
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#answered);
  }

  handleError(error: Error): void {
    this.#reject(error);
  }

  handleRowDescription(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' });
  }
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}

/** A number array, as PostgreSQL writes it. */
export function numberArray(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

/** A text array. */
export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : `"${value.replace(/[\\"]/g, '\\$&')}"`)).join(',')}}`;
}

/** An array of byte strings. */
export function bytesArray(values: readonly (Uint8Array | null)[]): string {
  const hex = (value: Uint8Array) =>
    Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
  return `{${values.map((value) => (value === null ? 'NULL' : `"\\\\x${hex(value)}"`)).join(',')}}`;
}

/** The bytes of a `bytea` column. */
export function bytesOf(text: string): Uint8Array {
  // As PostgreSQL writes them by default: `\x` and two digits for each byte.
  return new Uint8Array(Buffer.from(text.slice(2), 'hex'));
}
