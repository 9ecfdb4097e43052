/** What someone types in a call, and which authenticator or browser it is for. */
import { browserOf, newestToken } from './browsers.ts';
import type { Call } from './history.ts';
import type { Phones } from './phones.ts';
import { bringsSecret, type CallAction, type CodeChoice, type PaperChoice, rotates } from './schedule.ts';
import { codeOnSheet } from './sheets.ts';

export interface Typed {
  readonly code: string;
  /** The code after it; empty: one is asked for. */
  readonly second: string;
  readonly paper: string;
}

/** @param calls those that came before, of all clients */
export function typedBy(action: CallAction, calls: readonly Call[], phones: Phones, now: number): Typed {
  const { client, ask } = action;
  const own = calls.filter(({ clientId }) => clientId === `client-${client}`);
  const shown = 'proof' in action ? action.proof : action;
  const count = ask === 'resync' ? 2 : 1;
  const [code = '', second = ''] =
    'code' in shown ? codesBy(client, shown.code, count, own, phones, now) : [];
  const paper = 'paper' in shown ? onPaper(shown.paper, own, calls.length) : '';
  return { code, second, paper };
}

function codesBy(
  client: number,
  choice: CodeChoice,
  count: number,
  own: readonly Call[],
  phones: Phones,
  now: number,
): string[] {
  const { digits } = phones.parametersOf(client);
  const zeros = Array.from({ length: count }, () => '0'.repeat(digits));
  if (choice.from === 'guess') return [String(choice.number).padStart(digits, '0'), ...zeros.slice(1)];
  if (choice.from === 'phone') {
    const shown = phones.show(client, choice, now, count);
    return shown.length === 0 ? zeros : shown;
  }
  const sent = own
    .filter(({ code }) => code !== '')
    .flatMap(({ code, second }) => (second === '' ? [code] : [code, second]));
  return zeros.map((zero, place) => sent.at(place - count - choice.back) ?? zero);
}

/** A code of a sheet that was shown, or a guess. */
function onPaper({ older, place }: PaperChoice, own: readonly Call[], calls: number): string {
  const shown = own.filter(({ ask, outcome }) => ask === 'make codes' && outcome?.kind === 'done');
  const sheet = shown.at(-1 - older);
  return sheet === undefined || place < 0 ? `guess ${calls}` : codeOnSheet(sheet.id, place);
}

/** The authenticator, or the browser and its token, that the call is for: of those that the caller knows of. */
export function targetOf(
  action: CallAction,
  calls: readonly Call[],
): { readonly target: string; readonly uses: number } {
  if (!('older' in action) || action.older === undefined) return { target: '', uses: 0 };
  const own = calls.filter(({ clientId }) => clientId === `client-${action.client}`);
  if (action.ask === 'use device') {
    const trusted = own.filter(
      ({ ask, outcome }) => ask === 'trust' && outcome?.kind === 'verdict' && outcome.verdict.valid,
    );
    const target = browserOf(trusted.at(-1 - action.older)?.id ?? '');
    return { target, uses: Math.max(0, newestToken(target, own) - action.lag) };
  }
  const made = own.filter(isMade);
  return { target: made.at(-1 - action.older)?.name ?? '', uses: 0 };
}

/** Whether it has made an authenticator, and was answered. */
function isMade({ ask, outcome }: Call): boolean {
  return !rotates(ask) && bringsSecret(ask) && outcome?.kind === 'done';
}

/**
 * The call of which one asks to be shown again what it has made, if that waits still as far as anyone can know: it can
 * have been confirmed by no call since.
 */
export function likeOf(action: CallAction, calls: readonly Call[], now: number): Call | undefined {
  if (!('like' in action) || action.like === undefined) return undefined;
  const own = calls.filter(({ clientId }) => clientId === `client-${action.client}`);
  const made = own.filter((call) => call.ask === action.ask && isMade(call)).at(-1 - action.like);
  if (made === undefined || now >= made.until) return undefined;
  const later = own.slice(own.indexOf(made) + 1);
  return later.some(({ ask }) => ask === 'confirm' || rotates(ask)) ? undefined : made;
}
