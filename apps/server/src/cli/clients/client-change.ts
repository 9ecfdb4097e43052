import type { Config } from '../../config/schema.ts';
import type { Client } from '../../domain/clients/client.ts';
import { clientView } from '../../http/routes/views.ts';
import { terminalText } from '../lib/terminal-text.ts';
import { type ChosenClient, type ClientChoice, withClient } from './chosen-client.ts';
import { standingIn, standingText } from './client-show.ts';
import { standingOf } from './standing.ts';

export interface UnlockOptions extends ClientChoice {
  readonly resetClock?: boolean;
}

/** Ends a delay or lock, and forgets the failures that led to it. */
export function unlockClient(config: Config, clientId: string, options: UnlockOptions): Promise<void> {
  return changeClient(config, clientId, options, ({ installation: { store }, account, client, change }) =>
    options.resetClock === true
      ? store.resetClientClock(account.id, client.clientId, change())
      : store.unlockClient(account.id, client.clientId, change()),
  );
}

/** Refuses every code of a user, or judges them again. */
export function setClientDisabled(
  config: Config,
  clientId: string,
  disabled: boolean,
  options: ClientChoice,
): Promise<void> {
  return changeClient(config, clientId, options, ({ installation: { store }, account, client, change }) =>
    store.setClientDisabled(account.id, client.clientId, disabled, change()),
  );
}

/** Deletes a user with secrets, recovery codes and trusted devices; the events stay. */
export async function deleteClient(config: Config, named: string, options: ClientChoice): Promise<void> {
  await withClient(config, named, options, async ({ installation, account, email, client, change }) => {
    const { clientId } = client;
    await installation.store.deleteClient(account.id, clientId, change());
    if (options.json === true) {
      console.log(JSON.stringify({ account: email, clientId, deleted: true }));
      return;
    }
    console.log(
      terminalText(
        `${clientId} of ${email} is deleted, with secrets, recovery codes and trusted devices. The events stay in the log.`,
      ),
    );
  });
}

async function changeClient(
  config: Config,
  clientId: string,
  options: ClientChoice,
  make: (chosen: ChosenClient) => Promise<Client>,
): Promise<void> {
  await withClient(config, clientId, options, async (chosen) => {
    const client = clientView(await make(chosen), chosen.now());
    const standing = standingIn(chosen.account, chosen.email, standingOf(client, chosen.words));
    if (options.json === true) {
      console.log(JSON.stringify({ account: chosen.email, client, standing }, null, 2));
    } else {
      console.log(terminalText(standingText(standing)));
    }
  });
}
