/** The `detail` of `kanda-done`. */
export interface KandaDone {
  /** For `kanda.links.redeem` on your server; null: the link has no `returnUrl`. */
  readonly result: string | null;
  /** Where the element goes unless the event is cancelled: the link's `returnUrl` with the result. */
  readonly continueUrl: string | null;
}

/** The `detail` of `kanda-ended`. */
export interface KandaEnded {
  /**
   * `expired`, `used` and `cancelled` are ends of the link; `wrong_purpose`: it is for the other element; `unreachable`:
   * no answer that this page may read. The rest are as the page of the link says them.
   */
  readonly reason: string;
}

/** Says that the person has finished. False: the page goes on by itself. */
export function tellDone(element: HTMLElement, continueUrl: string | null): boolean {
  const result = continueUrl === null ? null : new URL(continueUrl).searchParams.get('result');
  const detail: KandaDone = { result, continueUrl };
  return element.dispatchEvent(new CustomEvent('kanda-done', { detail, bubbles: true, cancelable: true }));
}

/** Says that there is nothing to do on this link any more, or not now. */
export function tellEnded(element: HTMLElement, reason: string): void {
  const detail: KandaEnded = { reason };
  element.dispatchEvent(new CustomEvent('kanda-ended', { detail, bubbles: true }));
}
