import { openExisting } from '../../compose/existing-installation.ts';
import type { Config } from '../../config/schema.ts';
import { INSTALLATION_ACCOUNT } from '../../domain/accounts/account.ts';
import { CLI_ORIGIN } from '../../domain/log/events.ts';
import { forgetSeen, setSignedAside, signedAsideText } from './signed-aside.ts';

/** Has this node go on with a store that has less than was signed, and writes that into the installation's log. */
export async function acceptRestore(config: Config): Promise<void> {
  const { store, clock, close } = await openExisting(config);
  try {
    const kept = setSignedAside(config);
    const forgot = forgetSeen(config);
    if (kept === null && !forgot) {
      console.log(
        'This node remembers neither its store nor a signed checkpoint: there is nothing to accept.',
      );
      return;
    }
    await store.recordEvent(INSTALLATION_ACCOUNT, {
      event: 'store.restored',
      outcome: 'success',
      reason: null,
      clientId: null,
      at: clock(),
      origin: CLI_ORIGIN,
    });
    console.log('Accepted: this node goes on with the store as it is.');
    console.error(
      `${kept === null ? '' : `${signedAsideText(kept)} `}From its next start on, this node takes the store as it is: restart its server now.`,
    );
  } finally {
    await close();
  }
}
