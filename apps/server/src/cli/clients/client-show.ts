import type { Config } from '../../config/schema.ts';
import type { Account } from '../../domain/accounts/account.ts';
import { authenticatorView, clientView } from '../../http/routes/views.ts';
import { formatTime } from '../lib/format.ts';
import { shellWord } from '../lib/shell-word.ts';
import { formatTable } from '../lib/table.ts';
import { terminalText } from '../lib/terminal-text.ts';
import { type ChosenClient, type ClientChoice, withClient } from './chosen-client.ts';
import { type Standing, standingOf } from './standing.ts';

/** Prints what is known of a user, and whether a right code is accepted now. */
export async function showClient(config: Config, clientId: string, options: ClientChoice): Promise<void> {
  await withClient(config, clientId, options, async (chosen) => {
    const shown = await shownClient(chosen);
    if (options.json === true) console.log(JSON.stringify(shown, null, 2));
    else console.log(terminalText(clientText(shown)));
  });
}

/** A user as `--json` prints it. */
export type ShownClient = Awaited<ReturnType<typeof shownClient>>;

/** A user with authenticators, recovery codes and devices. */
export async function shownClient({
  installation: { store },
  account,
  client,
  email,
  now,
  words,
}: ChosenClient) {
  const at = now();
  const view = clientView(client, at);
  const { clientId } = client;
  const recovery = await store.findClientRecoveryCodes(account.id, clientId, at);
  const authenticators = await store.listAuthenticators(account.id, clientId, at);
  const devices = await store.listDevices(account.id, clientId, at);
  return {
    account: email,
    client: view,
    authenticators: authenticators.map(authenticatorView),
    recoveryCodesLeft: recovery?.remaining ?? 0,
    trustedDevices: devices.length,
    standing: standingIn(account, email, standingOf(view, words)),
  };
}

/** As `own`, in an account that may be disabled: what is in the way of all of its users comes before what is in the way of this one. */
export function standingIn({ disabledAt }: Account, email: string, own: Standing): Standing {
  if (disabledAt === undefined) return own;
  const why = `The account ${email} is disabled, and its API keys are refused: none of its users can log in.`;
  const todo = `Enable the account: kanda account enable --email ${shellWord(email)}`;
  if (own.accepts) return { accepts: false, why, todo };
  return {
    accepts: false,
    why: `${why}\n${own.why}`,
    todo: own.todo === null ? todo : `${todo}\n${own.todo}`,
  };
}

/** Whether the user can log in, and what to do. */
export function standingText({ why, todo }: Standing): string {
  return [why, ...(todo === null ? [] : [todo])].join('\n');
}

function clientText({ client, authenticators, recoveryCodesLeft, trustedDevices, ...shown }: ShownClient) {
  const rows = [
    ['user', `${client.clientId} (${client.label}, ${client.issuer}) of ${shown.account}`],
    ['status', client.status],
    ['wrong codes', `${client.failures} in a row, ${client.failuresToday} in 24 hours`],
    ['last accepted', time(client.lastAcceptedAt)],
    ['enrolled', time(client.createdAt)],
    ...(client.rotatedAt === null ? [] : [['secret replaced', time(client.rotatedAt)]]),
    ['recovery codes', `${recoveryCodesLeft} left`],
    ['trusted devices', String(trustedDevices)],
    ...authenticators.map((one) => [
      one.id,
      [
        one.name ?? 'without a name',
        one.type,
        one.status,
        `last accepted ${time(one.lastAcceptedAt)}`,
        ...(one.drift === 0 ? [] : [`clock ${one.drift} periods ahead`]),
        ...(one.weakSecret ? ['short secret'] : []),
      ].join(', '),
    ]),
  ];
  return `${formatTable(rows)}\n\n${standingText(shown.standing)}`;
}

function time(timestamp: string | null): string {
  return timestamp === null ? 'never' : formatTime(Date.parse(timestamp));
}
