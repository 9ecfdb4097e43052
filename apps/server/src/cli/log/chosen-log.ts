import type { Installation } from '../../compose/installation.ts';
import { INSTALLATION_ACCOUNT } from '../../domain/accounts/account.ts';
import { type Refinement, readRefinement } from '../../domain/log/event-filter.ts';
import type { LogFilter } from '../../domain/log/event-store.ts';
import { originOf } from '../../domain/log/origin.ts';
import { type AccountChoice, chosenAccount } from '../accounts/chosen-account.ts';

/** How a command names a log, and which of its events it wants. */
export interface LogChoice extends AccountChoice {
  /** The installation's own. */
  readonly installation?: boolean;
  readonly client?: string;
  readonly event?: string;
  readonly failures?: boolean;
  readonly clientPrefix?: string;
  readonly reason?: string;
  readonly actor?: string;
  readonly ip?: string;
  readonly search?: string;
}

/** A log with what is wanted of it. */
export interface ChosenLog {
  readonly accountId: number;
  /** As checkpoints name it. */
  readonly origin: string;
  readonly filter: LogFilter;
}

/** The log that the operator means. @throws for people */
export async function chosenLog(installation: Installation, options: LogChoice): Promise<ChosenLog> {
  const filter = {
    clientId: options.client?.normalize('NFC') ?? null,
    event: null,
    outcome: options.failures === true ? ('failure' as const) : null,
    refined: refinementOf(options),
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

const OPTION_OF = { events: 'event', clientIdPrefix: 'client-prefix', q: 'search' } as const;

function refinementOf({ event, clientPrefix, reason, actor, ip, search }: LogChoice): Refinement | undefined {
  const read = readRefinement({ events: event, clientIdPrefix: clientPrefix, reason, actor, ip, q: search });
  if (!('problem' in read)) return read.refined;
  const { field, message } = read.problem;
  const more =
    field === 'events' ? ' The events are in docs/reference/events.md. Example: --event client.locked' : '';
  const option = field in OPTION_OF ? OPTION_OF[field as keyof typeof OPTION_OF] : field;
  throw new Error(`--${option} ${message}.${more}`);
}
