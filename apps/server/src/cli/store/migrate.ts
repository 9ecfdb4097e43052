import { assertTablesIn } from '../../compose/existing-installation.ts';
import { ON_STANDARD_ERROR } from '../../compose/operator.ts';
import { existingStore } from '../../compose/store-place.ts';
import { pendingUpgrade, upgradeStore, waitsFor } from '../../compose/upgrade.ts';
import type { Config } from '../../config/schema.ts';
import { assertFit } from '../../store/migrations/index.ts';
import { phaseOf } from '../../store/migrations/phases.ts';
import { formatCount } from '../lib/format.ts';

export interface MigrateCommandOptions {
  readonly dryRun?: boolean;
  /** false: no copy of the SQLite file is kept. */
  readonly backup?: boolean;
  /** Also what takes away what an earlier version needs. */
  readonly contract?: boolean;
}

/** Brings the tables up to this version, or says what would be done. */
export async function migrateStore(
  config: Config,
  { dryRun = false, backup = true, contract = false }: MigrateCommandOptions,
): Promise<void> {
  existingStore(config);
  if (config.databaseUrl !== null) await assertTablesIn(config, config.databaseUrl.reveal());
  if (dryRun) {
    await tellWhatWouldBeDone(config, contract, backup);
    return;
  }
  const { store, made, waiting } = await upgradeStore(config, ON_STANDARD_ERROR.onNotice, {
    keepsBackup: backup,
    contract,
  });
  console.log(
    made.length === 0
      ? `${store} has the tables of this version. There is nothing to do.`
      : `${store} has the tables of this version now; ${formatCount(made.length, 'migration')}: ${made.join(', ')}`,
  );
  if (waiting.length > 0) console.log(waitsFor(waiting));
}

async function tellWhatWouldBeDone(config: Config, contract: boolean, backup: boolean): Promise<void> {
  const { store, applied, pending, waiting, newer, isChanging, inTheWay } = await pendingUpgrade(config, {
    contract,
  });
  if (isChanging) throw new Error(`Another process is changing the tables of ${store}. Try again later.`);
  if (newer.length > 0) assertFit(applied, { store });
  if (pending.length === 0) console.log(`${store} has the tables of this version. There is nothing to do.`);
  else {
    const beside = pending.every((name) => phaseOf(name) === 'expand');
    console.log(`${store} needs ${formatCount(pending.length, 'migration')}: ${pending.join(', ')}`);
    if (config.databaseUrl === null) {
      console.log(
        backup
          ? 'The file is copied first, which needs as much room again.'
          : 'The file is not copied first.',
      );
    } else {
      console.log(
        beside
          ? 'Servers of the version before go on while it is done, and afterwards.'
          : 'No server of an earlier version may run while it is done, or afterwards.',
      );
    }
  }
  if (waiting.length > 0) console.log(waitsFor(waiting));
  if (inTheWay.length > 0)
    console.error(
      `A server has it open (${inTheWay.join(', ')}). Stop that first (all of its nodes); it is refused until then.`,
    );
}
