import { api, ask } from '../api.ts';
import { verdictWords } from '../problem-words.ts';
import type { Check } from './secret-once.tsx';

/** What a check with `validate` does besides answering. */
export const CHECK_NOTE =
  'The check is a real one: it uses the code up, and a wrong code counts as a failure.';

/** Asks the server whether a client's code is right. */
export async function checkClientCode(clientId: string, token: string): Promise<Check> {
  const verdict = await ask(api.POST('/api/totp/validate', { body: { clientId, token } }));
  return verdict.valid
    ? { accepted: true, text: 'Code accepted. It works.' }
    : { accepted: false, text: verdictWords(verdict) };
}
