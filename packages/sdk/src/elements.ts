/**
 * `<kanda-enrol>` and `<kanda-challenge>`: the pages of one-time links as elements of your own page. Importing this module
 * defines both; on a server it does nothing.
 *
 * ```html
 * <kanda-enrol link="https://login.example.com/l/…"></kanda-enrol>
 * ```
 *
 * The scripts of the page can read what an element shows: the secret, the code that is typed, the recovery codes. Kanda's
 * own page, to which the link leads, is closed to them.
 */
import { LinkElement } from './elements/link-element.ts';

/** Has the user add Kanda's secret to an app: for links of the purposes `enrol` and `replace`. */
export class KandaEnrol extends LinkElement {
  protected override readonly purposes = ['enrol', 'replace'];
}

/** Asks the user for a code: for links of the purpose `challenge`. It shows the field at once, without a button before it. */
export class KandaChallenge extends LinkElement {
  protected override readonly purposes = ['challenge'];
  protected override readonly beginsAtOnce = true;
}

declare global {
  interface HTMLElementTagNameMap {
    'kanda-enrol': KandaEnrol;
    'kanda-challenge': KandaChallenge;
  }
}

if (typeof customElements !== 'undefined') {
  // A page may load two copies of this module.
  if (customElements.get('kanda-enrol') === undefined) customElements.define('kanda-enrol', KandaEnrol);
  if (customElements.get('kanda-challenge') === undefined)
    customElements.define('kanda-challenge', KandaChallenge);
}

export type { KandaDone, KandaEnded } from './elements/events.ts';
