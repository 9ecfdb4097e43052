let drop: (() => void) | null = null;
let isDropped = false;

/** @param how drops all that the page shows and holds; called once, before it is left for good */
export function dropWith(how: () => void): void {
  drop = how;
}

/**
 * Leaves the page so that Back does not show it. Going to another page is not enough: the browser keeps this one as it is, with
 * its memory, and takes it out again.
 */
export function leaveTo(address: string): void {
  if (!isDropped) drop?.();
  isDropped = true;
  location.replace(address);
}

/** Whether nothing is left of the page: one that the browser takes out again is empty then. */
export function isLeft(): boolean {
  return isDropped;
}
