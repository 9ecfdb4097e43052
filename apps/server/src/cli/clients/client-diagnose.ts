import type { Config } from '../../config/schema.ts';
import type { Finding } from '../../domain/authenticators/diagnose.ts';
import { findingView } from '../../http/routes/clients/diagnose-client.ts';
import type { EventJson } from '../../http/routes/log/schemas.ts';
import { eventView } from '../../http/routes/views.ts';
import { askCode } from '../lib/ask-code.ts';
import { formatTime } from '../lib/format.ts';
import { formatTable } from '../lib/table.ts';
import { terminalText } from '../lib/terminal-text.ts';
import { type ChosenClient, type ClientChoice, withClient } from './chosen-client.ts';
import { shownClient, standingText } from './client-show.ts';
import { attemptWords, findingWords } from './standing.ts';

const ATTEMPTS = 5;

export interface DiagnoseOptions extends ClientChoice {
  readonly withCode?: boolean;
}

/** Says in a sentence why a user cannot log in, what became of the last codes, and what is wrong with one. */
export async function diagnoseClient(
  config: Config,
  clientId: string,
  options: DiagnoseOptions,
): Promise<void> {
  await withClient(config, clientId, options, async (chosen) => {
    // Before the code is looked at, which counts as a wrong one.
    const { account, client, standing } = await shownClient(chosen);
    const attempts = await lastAttempts(chosen);
    const found = options.withCode === true ? await lookAt(await askCode(), chosen) : null;
    if (options.json === true) {
      const code = found === null ? {} : { code: { ...findingView(found), why: findingWords(found) } };
      console.log(JSON.stringify({ account, client, standing, ...code, attempts }, null, 2));
      return;
    }
    if (found !== null) console.error('The look at this code counts as a wrong code of the user.');
    const next =
      found !== null || !standing.accepts
        ? []
        : [`If a code of the app is refused, ask for one: kanda client diagnose --with-code ${chosen.words}`];
    const text = [standingText(standing), ...(found === null ? [] : [findingWords(found)]), ...next];
    console.log(terminalText(`${text.join('\n')}\n\n${attemptsText(attempts)}`));
  });
}

function lookAt(
  code: string,
  { installation: { store }, account, client, change }: ChosenClient,
): Promise<Finding> {
  const toDiagnose = { accountId: account.id, clientId: client.clientId, number: null, code };
  return store.diagnoseClient(toDiagnose, change());
}

async function lastAttempts({
  installation: { store },
  account,
  client,
}: ChosenClient): Promise<EventJson[]> {
  const filter = {
    clientId: client.clientId,
    event: 'totp.validated',
    outcome: null,
    from: null,
    to: null,
  } as const;
  const { data } = await store.listEvents(account.id, filter, { cursor: null, limit: ATTEMPTS });
  return data.map(eventView);
}

function attemptsText(attempts: readonly EventJson[]): string {
  if (attempts.length === 0) return 'No code of this user is in the log.';
  const rows = attempts.map((one) => [
    formatTime(Date.parse(one.createdAt)),
    one.ip ?? '',
    attemptWords(one),
  ]);
  return formatTable([['LAST CODES', 'SENT FROM', 'WHAT BECAME OF THEM'], ...rows]);
}
