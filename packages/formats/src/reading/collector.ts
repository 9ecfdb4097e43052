import type { Algorithm, Digits } from '@kanda/otp';
import type { OtpRecord, Parsed, PlacedRecord, Problem, ProblemCode } from '../record.ts';
import { MIN_SECRET_BYTES, type ReadSecret, Refusal } from '../secret-text.ts';
import { nameOf } from './values.ts';

/** More is not kept, so that a file which is not of its format does not fill the memory with the reasons. */
const MAX_PROBLEMS = 10_000;

/** What a parser gives of an entry; the rest is filled in. */
export interface Draft {
  readonly clientId?: string;
  readonly label?: string;
  readonly issuer?: string;
  readonly type?: 'totp' | 'hotp';
  readonly algorithm?: Algorithm;
  readonly digits?: Digits;
  readonly period?: number;
  readonly counter?: number;
  readonly secret: ReadSecret | Uint8Array;
  readonly lastUsedStep?: number | undefined;
  readonly driftSteps?: number | undefined;
  readonly recoveryCodes?: readonly string[] | undefined;
  readonly createdAt?: string | undefined;
  readonly confirmed?: boolean;
  readonly name?: string | undefined;
  readonly additional?: boolean;
  readonly disabled?: boolean;
  /** Where it differs from the format's name. */
  readonly source?: string;
}

/** One entry, while it is read. */
export interface Entry {
  /** Tells the person who imports what was assumed or left out. */
  note(message: string, action?: string): void;
}

/** An entry that is deliberately not taken. */
export class Skip extends Error {
  override name = 'Skip';
}

/** Collects records and problems; what is wrong with one entry does not touch the others. */
export class Collector {
  readonly #format: string;
  readonly #records: PlacedRecord[] = [];
  readonly #problems: Problem[] = [];
  #unkept = 0;

  constructor(format: string) {
    this.#format = format;
  }

  /** Reads one entry. A {@link Refusal} or {@link Skip} that `read` throws becomes a problem with this place. */
  add(place: string, read: (entry: Entry) => Draft): void {
    const noted: Problem[] = [];
    const entry: Entry = {
      note: (message, action) =>
        noted.push(problemOf('note', place, new Refusal(message, optional({ action })))),
    };
    try {
      const draft = read(entry);
      const record = recordOf(draft, this.#format);
      if (!(draft.secret instanceof Uint8Array)) for (const text of draft.secret.notes) entry.note(text);
      this.#records.push({ place, record });
      for (const problem of noted) this.#keep(problem);
    } catch (error) {
      if (error instanceof Skip) this.#keep(problemOf('skipped', place, new Refusal(error.message)));
      else if (error instanceof Refusal) this.#keep(problemOf('refused', place, error));
      else throw error;
    }
  }

  note(place: string, message: string, action?: string): void {
    this.#keep(problemOf('note', place, new Refusal(message, optional({ action }))));
  }

  skip(place: string, message: string): void {
    this.#keep(problemOf('skipped', place, new Refusal(message)));
  }

  refuse(place: string, message: string, action?: string): void {
    this.#keep(problemOf('refused', place, new Refusal(message, optional({ action }))));
  }

  /** The file, or the part of it at `place`, cannot be read. */
  fail(message: string, more: { code?: ProblemCode; action?: string; place?: string } = {}): void {
    const { place = '', ...rest } = more;
    this.#keep(problemOf('file', place, new Refusal(message, rest)));
  }

  done(): Parsed {
    const more: Problem[] =
      this.#unkept === 0
        ? []
        : [problemOf('file', '', new Refusal(`${this.#unkept} more problems are not listed.`))];
    return { format: this.#format, records: this.#records, problems: [...this.#problems, ...more] };
  }

  #keep(problem: Problem): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(problem);
    else this.#unkept++;
  }
}

function problemOf(kind: Problem['kind'], place: string, refusal: Refusal): Problem {
  const { message, field, action, code } = refusal;
  return { kind, code, place, message, ...optional({ field, action }) };
}

/** Without what is undefined. */
function optional<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function recordOf(draft: Draft, format: string): OtpRecord {
  const { type = 'totp', clientId, counter, recoveryCodes, ...rest } = draft;
  const secret = draft.secret instanceof Uint8Array ? draft.secret : draft.secret.bytes;
  if (secret.length < MIN_SECRET_BYTES) throw new Refusal('The secret is too short.', { field: 'secret' });
  return {
    ...optional({ clientId: clientId || undefined }),
    label: nameOf(rest.label),
    issuer: nameOf(rest.issuer),
    type,
    algorithm: rest.algorithm ?? 'SHA1',
    digits: rest.digits ?? 6,
    period: type === 'hotp' ? 0 : (rest.period ?? 30),
    ...(type === 'hotp' ? { counter: counter ?? 0 } : {}),
    secret,
    ...optional({
      lastUsedStep: type === 'totp' ? rest.lastUsedStep : undefined,
      driftSteps: rest.driftSteps || undefined,
      recoveryCodes: recoveryCodes?.length ? recoveryCodes : undefined,
      createdAt: rest.createdAt,
      name: rest.name || undefined,
      additional: rest.additional ? (true as const) : undefined,
      disabled: rest.disabled ? (true as const) : undefined,
    }),
    confirmed: rest.confirmed ?? true,
    source: rest.source ?? format,
  };
}
