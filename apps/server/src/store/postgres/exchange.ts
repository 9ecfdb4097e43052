import type { Connection, Submittable } from 'pg';

/** A value as PostgreSQL takes it: text, bytes, or null. */
export type Parameter = string | Buffer | null;

export interface Statement {
  /** Under which it is prepared once for a connection, where that can be; a name always means the same text. */
  readonly name?: string;
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
  bind(config: { values: readonly Parameter[]; statement?: string }): void;
  execute(config: object): void;
  close(what: { type: 'S'; name: string }): void;
  sync(): void;
}

/** The statements that one connection to a server process has prepared. */
export class PreparedStatements {
  /** false: an exchange failed that was to prepare it, and it may be there or not. */
  readonly #names = new Map<string, boolean>();

  /** Sends what has to come before `name` can be bound; true when `settle` must know of it. */
  prepare(wire: Pick<Wire, 'parse' | 'close'>, name: string, text: string): boolean {
    const isThere = this.#names.get(name);
    if (isThere === true) return false;
    if (isThere === false) wire.close({ type: 'S', name });
    wire.parse({ name, text });
    return true;
  }

  /** What became of the exchange that was to prepare these. */
  settle(names: readonly string[], succeeded: boolean): void {
    for (const name of names) this.#names.set(name, succeeded);
  }

  /** The server has them no more, or no more as they were: all are to be prepared anew. */
  distrust(): void {
    for (const name of this.#names.keys()) this.#names.set(name, false);
  }
}

/**
 * `invalid_sql_statement_name`; `feature_not_supported`, as a cached plan that no longer fits its table is reported; and
 * `duplicate_prepared_statement`, where another process answered in between and left the name.
 */
const NOT_AS_PREPARED = ['26000', '0A000', '42P05'];

const refused = new WeakMap<object, Statement>();

/** The statement of an exchange that this error was the answer to. */
export function refusedStatement(error: unknown): Statement | undefined {
  return refused.get(error as object);
}

/** Whether an error is one of what was prepared before, so that the same statements may succeed when sent again. */
export function isOfPrepared(error: unknown): boolean {
  const isNamed = refusedStatement(error)?.name !== undefined;
  return isNamed && NOT_AS_PREPARED.includes((error as { code?: string }).code ?? '');
}

/**
 * Several statements in one round trip: all are sent at once, and the first that fails ends the rest of them
 * (the extended query protocol up to one `Sync`). Without `prepared` none of them is prepared under a name, so that
 * any connection of a pooler will do.
 */
export class Exchange implements Submittable {
  readonly answer: Promise<readonly Answered[]>;
  readonly #statements: readonly Statement[];
  readonly #prepared: PreparedStatements | null;
  readonly #fresh: string[] = [];
  readonly #answered: Answered[] = [];
  #rows: (string | null)[][] = [];
  #resolve!: (answers: readonly Answered[]) => void;
  #reject!: (error: Error) => void;

  constructor(statements: readonly Statement[], prepared: PreparedStatements | null = null) {
    this.#statements = statements;
    this.#prepared = prepared;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Its callers get the error; a socket that breaks before must not end the process.
    this.answer.catch(() => {});
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    wire.stream.cork();
    for (const { name, text, values = [] } of this.#statements) {
      if (name === undefined || this.#prepared === null) {
        wire.parse({ text });
        wire.bind({ values });
      } else {
        if (this.#prepared.prepare(wire, name, text)) this.#fresh.push(name);
        wire.bind({ statement: name, values });
      }
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
    this.#prepared?.settle(this.#fresh, true);
    this.#resolve(this.#answered);
  }

  handleError(error: Error): void {
    // Each that succeeded has answered, and what comes after the first that fails is not looked at.
    const statement = this.#statements[this.#answered.length];
    if (statement !== undefined) refused.set(error, statement);
    this.#prepared?.settle(this.#fresh, false);
    if (isOfPrepared(error)) this.#prepared?.distrust();
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
  if (!text.startsWith('\\x')) {
    throw new Error("the database writes bytes in an old form: alter role … set bytea_output = 'hex'");
  }
  return new Uint8Array(Buffer.from(text.slice(2), 'hex'));
}
