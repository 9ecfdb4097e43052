/** A copy of a store and its end with --cancel, in two terminals at once, at every point of both. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { StoreSeen } from '../../../src/domain/store-seen.ts';
import { CopyError, cancelCopy, copyStore } from '../../../src/store/copy/copy-store.ts';
import { assertHere, readMarker } from '../../../src/store/copy/markers.ts';
import type { CopySide } from '../../../src/store/copy/side.ts';
import { noteSeen } from '../../../src/store/operations/installation/seen.ts';
import { openSqliteSide } from '../../../src/store/sqlite/copy-side.ts';
import { Workbench } from '../contract/workbench.ts';
import { SqliteDatabase } from '../sqlite/sqlite-database.ts';

const SILENT = { copying() {}, comparing() {} };

/** One who works on both stores, like a process of its own, and can be held before each of its transactions. */
class Terminal {
  readonly from: CopySide;
  readonly to: CopySide;
  /** How many transactions it may still begin; `null`: as many as it likes. */
  #left: number | null = null;
  #held: (() => void) | null = null;
  #isHeld = Promise.withResolvers<void>();

  constructor(from: CopySide, to: CopySide) {
    this.from = this.#gated(from);
    this.to = this.#gated(to);
  }

  static async open(from: string, to: string): Promise<Terminal> {
    return new Terminal(await openSqliteSide(from), await openSqliteSide(to));
  }

  /** Lets `work` go on until it wants to begin its transaction number `count` (from 0), or has ended before. */
  async upTo<T>(count: number, work: () => Promise<T>): Promise<{ readonly outcome: Promise<T | Error> }> {
    this.#left = count;
    const outcome = work().catch((error: Error) => error);
    await Promise.race([this.#isHeld.promise, outcome]);
    return { outcome };
  }

  goOn(): void {
    this.#left = null;
    this.#held?.();
  }

  async close(): Promise<void> {
    await this.from.close();
    await this.to.close();
  }

  #gated(side: CopySide): CopySide {
    return {
      ...side,
      transaction: async (work) => {
        if (this.#left === 0) {
          await new Promise<void>((resolve) => {
            this.#held = resolve;
            this.#isHeld.resolve();
          });
        }
        if (this.#left !== null) this.#left--;
        return side.transaction(work);
      },
    };
  }
}

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

/** A store with an account and a client, a folder for its copy, and two who work on them. */
async function twoTerminals(): Promise<readonly [Terminal, Terminal]> {
  const database = new SqliteDatabase();
  const bench = await Workbench.open(async () => database);
  const account = await bench.createAccount();
  await bench.enrol(account, 'alice');
  await bench.store.close();
  const folder = mkdtempSync(join(tmpdir(), 'kanda-copy-'));
  const to = join(folder, 'kanda.db');
  const terminals = [await Terminal.open(database.path, to), await Terminal.open(database.path, to)] as const;
  opened.push(async () => {
    for (const terminal of terminals) await terminal.close();
    await bench.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return terminals;
}

const isOpen = (side: CopySide) =>
  assertHere(side.db).then(
    () => true,
    () => false,
  );
const accountsOf = async ({ db }: CopySide) => (await db.selectFrom('account').select('id').execute()).length;

/** How many transactions a copy of this store has. */
async function transactionsOfACopy(): Promise<number> {
  const [one] = await twoTerminals();
  let count = 0;
  const counted = (side: CopySide): CopySide => ({
    ...side,
    transaction: (work) => {
      count++;
      return side.transaction(work);
    },
  });
  await copyStore(counted(one.from), counted(one.to), SILENT);
  return count;
}

describe('a copy that is cancelled in another terminal while it runs', () => {
  /** A cancel marks the first store, empties the second and opens the first. */
  test.each([0, 1, 2, 3])(
    'has ended as a whole or not at all, wherever it is, when the cancel is held at its transaction %i',
    async (cancelHeldAt) => {
      const transactions = await transactionsOfACopy();
      let cancelled = 0;
      for (let copyHeldAt = 1; copyHeldAt <= transactions; copyHeldAt++) {
        const [copying, cancelling] = await twoTerminals();
        const copy = await copying.upTo(copyHeldAt, () => copyStore(copying.from, copying.to, SILENT));
        const cancel = await cancelling.upTo(cancelHeldAt, () => cancelCopy(cancelling.from, cancelling.to));
        copying.goOn();
        const copied = await copy.outcome;
        cancelling.goOn();
        const ended = await cancel.outcome;

        const where = `the copy held at its transaction ${copyHeldAt} of ${transactions}`;
        const isWhole = !(copied instanceof Error);
        if (isWhole) {
          expect(ended, where).toBeInstanceOf(CopyError);
        } else {
          cancelled++;
          expect(copied, where).toBeInstanceOf(CopyError);
          expect(ended, where).toBeUndefined();
        }
        expect(await isOpen(copying.from), where).toBe(!isWhole);
        expect(await readMarker(copying.to.db, 'incoming'), where).toBe(null);
        expect(await accountsOf(copying.to), where).toBe(isWhole ? 1 : 0);
        if (!isWhole) {
          // Nothing is left in the way of another one.
          await copyStore(copying.from, copying.to, SILENT);
          expect(await accountsOf(copying.to), where).toBe(1);
        }
      }
      // With the first store marked, the cancel has won, except over a copy that had decided before.
      expect(cancelled).toBe(cancelHeldAt === 0 ? 0 : transactions - 2);
    },
  );

  test('and whose cancel was killed half way, is cancelled by running that again', async () => {
    const [copying, cancelling] = await twoTerminals();
    const copy = await copying.upTo(3, () => copyStore(copying.from, copying.to, SILENT));
    await cancelling.upTo(1, () => cancelCopy(cancelling.from, cancelling.to));
    copying.goOn();
    expect(await copy.outcome).toBeInstanceOf(CopyError);
    // The first store is not whole to work with, nor copied any further, before the cancel has ended.
    expect(await isOpen(copying.from)).toBe(false);
    await expect(copyStore(copying.from, copying.to, SILENT)).rejects.toThrow('is being cancelled');
    await cancelCopy(copying.from, copying.to);
    expect(await isOpen(copying.from)).toBe(true);
    cancelling.goOn();
  });
});

test('of two runs of one copy at once, one has copied all, and the other says so or that it is not the one', async () => {
  const [one, other] = await twoTerminals();
  const first = await one.upTo(5, () => copyStore(one.from, one.to, SILENT));
  await copyStore(other.from, other.to, SILENT);
  one.goOn();
  expect(await first.outcome).toMatchObject({ message: expect.stringContaining('another run has ended it') });
  expect(await isOpen(one.to)).toBe(true);
  expect(await accountsOf(one.to)).toBe(1);
});

test('a copy has the id and the count of the store that was left, which counts no more', async () => {
  const [one] = await twoTerminals();
  const seen = await one.from.transaction((db) => noteSeen(db, 'the store', null));
  expect(seen).toEqual({ id: 'the store', generation: 1 });
  await copyStore(one.from, one.to, SILENT);
  await expect(one.from.transaction((db) => noteSeen(db, 'another', seen))).rejects.toThrow(
    'This store was left',
  );
  expect(await one.to.transaction((db) => noteSeen(db, 'another', seen))).toEqual({
    id: 'the store',
    generation: 2,
  });
});

test('a store that went back, or is another one, is not counted up', async () => {
  const [{ from }] = await twoTerminals();
  const note = (remembered: StoreSeen | null) =>
    from.transaction((db) => noteSeen(db, 'the store', remembered));
  expect(await note({ id: 'the store', generation: 1 })).toBeNull();
  const first = await note(null);
  expect(first).toEqual({ id: 'the store', generation: 1 });
  for (const other of [
    { id: 'the store', generation: 2 },
    { id: 'another', generation: 1 },
  ])
    expect(await note(other)).toEqual(first);
  expect(await note(first)).toEqual({ id: 'the store', generation: 2 });
});
