import { t } from '../../texts/enrolment.ts';
import { api, ask, listEvents, type Verdict } from '../api.ts';
import { verdictWords } from '../problem-words.ts';
import type { Check } from './secret-once.tsx';

/** What a check with `validate` does besides answering. */
export const checkNote = () => t.realCheck;

/** Asks the server whether a client's code is right. */
export async function checkClientCode(clientId: string, token: string): Promise<Check> {
  const verdict = await ask(api.POST('/api/totp/validate', { body: { clientId, token } }));
  if (verdict.valid) return { accepted: true, text: t.accepted };
  const repeated = await wasRepeated(clientId, verdict);
  return { accepted: false, text: verdictWords(repeated ? { reason: 'code_already_used' } : verdict) };
}

/**
 * Whether a code that this log-in had checked just now was refused because it had been accepted before. The answer to
 * `validate` does not say it, to anyone: with an API key it would tell a caller which codes are right. The log does,
 * and a log-in may read it.
 */
export async function wasRepeated(clientId: string, { reason }: Pick<Verdict, 'reason'>): Promise<boolean> {
  if (reason === 'code_already_used') return true;
  if (reason !== 'invalid_code') return false;
  const query = { event: 'totp.validated' as const, clientId, outcome: 'failure' as const, limit: 5 };
  const page = await listEvents(query).catch(() => null);
  return page?.data.find(({ actor }) => actor.startsWith('account:'))?.reason === 'code_already_used';
}
