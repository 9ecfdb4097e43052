import type { ImportedRecord } from '../../domain/clients/imports.ts';

/** What has become of a record, and where in the file it is. */
export type PlacedResult = ImportedRecord & { readonly place: string };

/** What an import has come to. Of what was taken only the number is kept: a file may have a million users. */
export class ImportTally {
  readonly counts = new Map<string, number>();
  /** Refusals and conflicts. */
  readonly left: PlacedResult[] = [];
  /** Everything, for a report; empty where none was asked for. */
  readonly reported: PlacedResult[] = [];
  readonly #reports: boolean;

  constructor(reports: boolean) {
    this.#reports = reports;
  }

  add(result: PlacedResult): void {
    this.counts.set(result.result, (this.counts.get(result.result) ?? 0) + 1);
    if (result.result === 'refused' || result.result === 'conflict') this.left.push(result);
    if (this.#reports) this.reported.push(result);
  }
}
