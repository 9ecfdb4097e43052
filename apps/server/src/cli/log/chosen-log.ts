import type { Installation } from '../../compose/installation.ts';
import { INSTALLATION_ACCOUNT } from '../../domain/accounts/account.ts';
import { EVENT_TYPES, type EventType } from '../../domain/log/events.ts';
import { originOf } from '../../domain/log/origin.ts';
import { type AccountChoice, chosenAccount } from '../accounts/chosen-account.ts';

/** How a command names a log, and which of its events it wants. */
export interface LogChoice extends AccountChoice {
  /** The installation's own. */
  readonly installation?: boolean;
  readonly client?: string;
  readonly event?: string;
  readonly failures?: boolean;
}

/** A log with what is wanted of it. */
export interface ChosenLog {
  readonly accountId: number;
  /** As checkpoints name it. */
  readonly origin: string;
  readonly filter: {
    readonly clientId: string | null;
    readonly event: EventType | null;
    readonly outcome: 'failure' | null;
  };
}

/** The log that the operator means. @throws for people */
export async function chosenLog(installation: Installation, options: LogChoice): Promise<ChosenLog> {
  const filter = {
    clientId: options.client?.normalize('NFC') ?? null,
    event: options.event === undefined ? null : eventNamed(options.event),
    outcome: options.failures === true ? ('failure' as const) : null,
  };
  if (options.installation === true) {
    if (options.account !== undefined || options.test === true) {
      throw new Error('--installation is a log of its own: leave --account and --test out.');
    }
    return { accountId: INSTALLATION_ACCOUNT, origin: originOf(null), filter };
  }
  const { account } = await chosenAccount(installation, options, true);
  return { accountId: account.id, origin: originOf(account.publicId), filter };
}

function eventNamed(text: string): EventType {
  if (text in EVENT_TYPES) return text as EventType;
  throw new Error(
    `There is no event ${JSON.stringify(text)}. The events are in docs/reference/events.md. Example: --event client.locked`,
  );
}
