import { addCopyButtons } from '../site/copy-buttons.ts';
import { type Info, readInfo } from './calls.ts';
import { keepsSession, tunnelTo } from './kept-session.ts';
import { found, showPart } from './parts.ts';

/**
 * Takes the form away where the browser would keep no session, and says why and the way out: without the form no
 * password is typed, filled in by a password manager, or sent in the clear.
 * @param info what the server told of itself, once it has
 * @returns whether the form is still there
 */
export function keepForm(info?: Info): boolean {
  if (keepsSession(info, window)) return true;
  if (window.isSecureContext) {
    found('[data-origin]', showPart('unknown-proxy')).textContent = location.origin;
    return false;
  }
  const place = showPart('plain-http');
  const { command, origin } = tunnelTo(location);
  found('[data-command]', place).textContent = command;
  addCopyButtons(place);
  const here = found<HTMLAnchorElement>('[data-here]', place);
  here.href = `${origin}${location.pathname}`;
  here.textContent = here.href;
  return false;
}

/** The same, asked before a password is sent: what the server tells of itself may not have come yet. */
export async function mayStillSend(): Promise<boolean> {
  return keepForm(await readInfo());
}
