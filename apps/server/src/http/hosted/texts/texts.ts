/**
 * What the hosted pages say, in one language. `{name}` is the name of the integrator's application, `{account}` the
 * user's name there, `{duration}` a number with its unit. The test of this folder holds every language to the same
 * placeholders.
 */
export interface HostedTexts {
  readonly direction: 'ltr' | 'rtl';
  /** Before the title of a page with a problem, for who reads titles first: a screen reader does. */
  readonly errorTitle: string;
  readonly start: Readonly<Record<'enrol' | 'replace' | 'challenge', StartTexts>>;
  /** Below the button: what a phisher would ask for. */
  readonly keepPrivate: string;
  readonly enrol: {
    readonly title: string;
    readonly account: string;
    readonly addTitle: string;
    readonly addText: string;
    readonly qrAlt: string;
    readonly openText: string;
    readonly openButton: string;
    readonly keyText: string;
    readonly confirmTitle: string;
    readonly confirmText: string;
    readonly confirmButton: string;
    readonly cancelButton: string;
  };
  readonly codeLabel: string;
  readonly challenge: {
    readonly title: string;
    readonly text: string;
    readonly button: string;
    readonly recoveryTitle: string;
    readonly recoveryText: string;
    readonly recoveryLabel: string;
    readonly recoveryButton: string;
  };
  readonly recoveryCodes: {
    readonly title: string;
    readonly text: string;
    readonly keepText: string;
    readonly listLabel: string;
    readonly button: string;
    /** In place of the button, for a link that leads nowhere afterwards. */
    readonly closeText: string;
  };
  readonly done: {
    readonly title: string;
    readonly text: string;
    readonly button: string;
    /** In place of text and button, for a link that leads nowhere afterwards. */
    readonly closeText: string;
  };
  readonly ended: Readonly<Record<EndReason, EndedTexts>>;
  /** What `<kanda-enrol>` and `<kanda-challenge>` say when they do not reach the server. */
  readonly offline: EndedTexts & { readonly button: string };
  readonly problems: {
    readonly malformed: string;
    readonly wrong: string;
    readonly used: string;
    readonly recoveryMalformed: string;
    readonly recoveryWrong: string;
    readonly recoveryUsed: string;
    readonly locked: string;
    readonly wait: string;
    readonly tooMany: string;
    /** The page has a new key: the one before is void. */
    readonly newKey: string;
    readonly notNow: string;
    /** After one of those above, when it is known for how long it holds. */
    readonly retryAfter: string;
  };
}

/**
 * Why a page has nothing to do. The first four are how the link has ended; `unavailable`: its account is disabled;
 * `full`: the account has used up a quota; `busy`: too many requests; `down`: the server cannot save; `unreadable`: what
 * was sent is no form of ours; `foreign`: another site has sent it.
 */
export type EndReason =
  | 'unknown'
  | 'expired'
  | 'used'
  | 'cancelled'
  | 'unavailable'
  | 'full'
  | 'busy'
  | 'down'
  | 'unreadable'
  | 'foreign';

interface StartTexts {
  readonly title: string;
  readonly text: string;
  readonly button: string;
}

interface EndedTexts {
  readonly title: string;
  readonly text: string;
}
