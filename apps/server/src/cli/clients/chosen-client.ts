import { openExisting } from '../../compose/existing-installation.ts';
import type { Installation } from '../../compose/installation.ts';
import type { Config } from '../../config/schema.ts';
import { isExpired } from '../../domain/authenticators/authenticator.ts';
import type { Client } from '../../domain/clients/client.ts';
import { Fault } from '../../domain/errors.ts';
import { type AccountChoice, type ChosenAccount, chosenAccount } from '../accounts/chosen-account.ts';
import { formatTime } from '../lib/format.ts';
import { shellWord } from '../lib/shell-word.ts';

/** What the commands on one user are given. */
export interface ClientChoice extends AccountChoice {
  readonly json?: boolean;
}

/** A user, found, with the installation that it is in. */
export interface ChosenClient extends ChosenAccount {
  readonly installation: Installation;
  readonly client: Client;
  /** How the operator names this user in another command. */
  readonly words: string;
}

/** Opens the installation and finds the user. @throws for people, when there is no such user */
export async function withClient<T>(
  config: Config,
  named: string,
  options: ClientChoice,
  work: (chosen: ChosenClient) => Promise<T>,
): Promise<T> {
  // As the API compares ids.
  const clientId = named.normalize('NFC');
  const installation = await openExisting(config);
  try {
    const chosen = await chosenAccount(installation, options);
    const client = await installation.store.findClient(chosen.account.id, clientId);
    if (client === null || isExpired(client, chosen.now())) {
      throw await notEnrolled(installation, chosen, clientId, options);
    }
    return await work({ ...chosen, installation, client, words: wordsFor(clientId, options) });
  } catch (error) {
    // Someone else deleted the user meanwhile.
    if (!(error instanceof Fault && error.code === 'client_not_found')) throw error;
    throw new Error(`${clientId} was deleted meanwhile. Nothing was changed.`, { cause: error });
  } finally {
    await installation.close();
  }
}

/** The user and the account as words of a command. */
function wordsFor(clientId: string, { account, test = false }: AccountChoice): string {
  const words = clientId.startsWith('-') ? ['--', shellWord(clientId)] : [shellWord(clientId)];
  const choice = account === undefined ? [] : ['--account', shellWord(account)];
  return [...choice, ...(test ? ['--test'] : []), ...words].join(' ');
}

/** Says also what the log knows of a user who is not there any more. */
async function notEnrolled(
  { store }: Installation,
  { account, email }: ChosenAccount,
  clientId: string,
  options: AccountChoice,
): Promise<Error> {
  const filter = { clientId, event: null, outcome: null, from: null, to: null } as const;
  const { data } = await store.listEvents(account.id, filter, { cursor: null, limit: 20 });
  const last = data.find(({ event }) => event === 'client.deleted' || event === 'authenticator.expired');
  const before =
    last === undefined
      ? ''
      : last.event === 'client.deleted'
        ? ` This user was deleted on ${formatTime(last.at)} by ${last.origin.actor}.`
        : ` The enrolment was not confirmed in time, and ended on ${formatTime(last.at)}.`;
  const choice = options.account === undefined ? '' : ` --account ${shellWord(options.account)}`;
  return new Error(
    `${email} has no user ${clientId}, so every code of this user is refused.${before} Enrol the user again, or look for another spelling: kanda client list${choice} --search ${shellWord(clientId)}`,
  );
}
