/** What had the focus lately, the newest last; nothing in menus, which are gone once they have opened something. */
const lately: HTMLElement[] = [];
const KEPT = 12;

document.addEventListener('focusin', ({ target }) => {
  if (!(target instanceof HTMLElement) || target.closest('[role="menu"]') !== null) return;
  lately.push(target);
  if (lately.length > KEPT) lately.shift();
});

/** What a dialog that opens now was opened from; null when nothing is known. */
export function openerNow(): HTMLElement | null {
  return lately.findLast((element) => element.isConnected) ?? null;
}

/**
 * Gives the focus back after a dialog: to what opened it, or to the page's heading when that is gone. A dialog that
 * is open over or in place of the one that closes keeps it.
 */
export function returnFocus(opener: HTMLElement | null): void {
  const to = opener?.isConnected === true ? opener : document.querySelector<HTMLElement>('main h1');
  const top = [...document.querySelectorAll('[role="dialog"]')].at(-1);
  if (top !== undefined && to !== null && !top.contains(to)) return;
  to?.focus({ preventScroll: to !== opener });
}
