import { assertTablesIn } from '../../compose/existing-installation.ts';
import { openInstallation } from '../../compose/installation.ts';
import { ON_STANDARD_ERROR } from '../../compose/operator.ts';
import { existingStore } from '../../compose/store-place.ts';
import { pendingUpgrade, prepareUpgrade } from '../../compose/upgrade.ts';
import type { Config } from '../../config/schema.ts';
import { formatCount } from '../lib/format.ts';

export interface MigrateOptions {
  readonly dryRun?: boolean;
  /** false: no copy of the SQLite file is kept. */
  readonly backup?: boolean;
}

/** Brings the tables up to this version, or says what would be done. */
export async function migrateStore(
  config: Config,
  { dryRun = false, backup = true }: MigrateOptions,
): Promise<void> {
  existingStore(config);
  if (config.databaseUrl !== null) await assertTablesIn(config, config.databaseUrl.reveal());
  const { store, pending, isServed } = await pendingUpgrade(config);
  if (pending.length === 0) {
    console.log(`${store} has the tables of this version. There is nothing to do.`);
    return;
  }
  const what = `${formatCount(pending.length, 'migration')}: ${pending.join(', ')}`;
  if (dryRun) {
    console.log(`${store} needs ${what}`);
    if (isServed) console.error('A server has it open. Stop that first (all of its nodes).');
    return;
  }
  await prepareUpgrade(config, ON_STANDARD_ERROR.onNotice, { keepsBackup: backup, waits: false });
  await (await openInstallation(config, undefined, ON_STANDARD_ERROR)).close();
  console.log(`${store} has the tables of this version now; ${what}`);
}
