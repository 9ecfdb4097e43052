import { assertTablesIn } from '../../compose/existing-installation.ts';
import { databaseLimits, unusableDatabase } from '../../compose/open-store.ts';
import type { Config } from '../../config/schema.ts';
import { shownAddress } from '../../store/postgres/database-url.ts';
import { DatabaseInUseError, WATCH_MS } from '../../store/postgres/other-sessions.ts';
import { recordRestore } from '../../store/postgres/restored.ts';
import { formatCount, formatSpan, formatTime } from '../lib/format.ts';
import { forgetSeen, setSignedAside, signedAsideText } from '../log/signed-aside.ts';
import { restoreInPlace } from './restore.ts';
import { clockFault, whatToLookAfter } from './restored-store.ts';

export interface RestoredOptions {
  readonly ignoreClock?: boolean;
}

/** A dump that does not fit this machine; its message is for the operator. */
class NotAcceptedError extends Error {}

/**
 * Makes a store ready to be served that was brought back by other means than `kanda restore`: a database by pg_restore, or a
 * file by a snapshot of its file system, or the loss of its write-ahead log.
 */
export async function tellRestored(config: Config, options: RestoredOptions): Promise<void> {
  if (config.databaseUrl === null) await restoreInPlace(config, options);
  else await tellDatabase(config, config.databaseUrl.reveal(), options);
}

async function tellDatabase(config: Config, url: string, { ignoreClock = false }: RestoredOptions) {
  await assertTablesIn(config, url);
  const begun = Date.now();
  const accept = ({ newestEventAt }: { readonly newestEventAt: number | null }) => {
    const fault = ignoreClock ? null : clockFault(newestEventAt, Date.now());
    if (fault === null) return;
    throw new NotAcceptedError(
      `Nothing was changed: ${fault}. Set the clock and run it again; if this clock is right: kanda store restored --ignore-clock`,
    );
  };
  console.error(`Looking for ${WATCH_MS / 1000} s whether a server still works on ${shownAddress(url)} …`);
  const facts = await recordRestore(url, databaseLimits(config), accept, Date.now).catch((error) => {
    if (error instanceof NotAcceptedError) throw error;
    if (error instanceof DatabaseInUseError) {
      throw new Error(
        `Nothing was changed: ${shownAddress(url)} is in use, ${error.message}. Stop every server first. What is left of one that is gone, or of a pooler, ends with: select pg_terminate_backend(<process>)`,
        { cause: error },
      );
    }
    throw unusableDatabase(error, url);
  });
  const age =
    facts.newestEventAt === null
      ? ''
      : ` as of ${formatTime(facts.newestEventAt)} (${formatSpan(begun - facts.newestEventAt)} ago)`;
  console.log(
    `${shownAddress(url)}  ${formatCount(facts.accounts, 'account')}, ${formatCount(facts.clients, 'user')}${age}`,
  );
  const signed = setSignedAside(config);
  forgetSeen(config);
  if (signed !== null) console.error(signedAsideText(signed));
  console.error(
    'Every other node remembers what was signed since the dump: run kanda audit accept-restore there before its server starts.',
  );
  console.error(whatToLookAfter(facts, Date.now()));
}
