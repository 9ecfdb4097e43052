import type { ImportedRecord } from '../../domain/clients/imports.ts';

/** Something about an entry of a file, or what has become of it. */
export interface Remark {
  readonly kind: string;
  readonly place: string;
  readonly message: string;
  readonly action?: string;
}

/** Equal reasons, of which the first is kept. */
export interface Reason {
  readonly first: Remark;
  count: number;
}

/** More are counted, and not kept: a file may have a million users, and each of them a reason of its own. */
const MAX_REASONS = 1_000;

/** Remarks, with equal ones counted. */
export class Reasons {
  /** How many of each kind. */
  readonly counts = new Map<string, number>();
  readonly #reasons = new Map<string, Reason>();
  #others = 0;

  add(remark: Remark): void {
    const { kind, message, action } = remark;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    const key = `${kind}\n${message}\n${action}`;
    const reason = this.#reasons.get(key);
    if (reason !== undefined) reason.count++;
    else if (this.#reasons.size < MAX_REASONS) this.#reasons.set(key, { first: ownRemark(remark), count: 1 });
    else this.#others++;
  }

  /** The first `count` of them, and how many remarks have another reason. */
  first(count: number): { readonly reasons: readonly Reason[]; readonly others: number } {
    const all = [...this.#reasons.values()];
    const rest = all.slice(count).reduce((sum, reason) => sum + reason.count, 0);
    return { reasons: all.slice(0, count), others: rest + this.#others };
  }
}

/** Its texts by themselves: as parts of a larger text they would keep all of that in memory. */
function ownRemark(remark: Remark): Remark {
  return JSON.parse(JSON.stringify(remark));
}

/** What an import has come to, in numbers. */
export class ImportTally {
  readonly counts = new Map<string, number>();
  /** Of refusals and conflicts. */
  readonly left = new Reasons();

  add(place: string, { result, clientId, detail = '' }: ImportedRecord): void {
    this.counts.set(result, (this.counts.get(result) ?? 0) + 1);
    if (result !== 'refused' && result !== 'conflict') return;
    this.left.add({ kind: result, place: `${place} (${clientId ?? ''})`, message: detail });
  }
}
