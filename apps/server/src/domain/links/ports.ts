import type { Account } from '../accounts/account.ts';
import type { ShownAuthenticator } from '../authenticators/ports.ts';
import type { Change } from '../change.ts';
import type { Secret } from '../secret.ts';
import type { RefusalReason } from '../verdicts/decide.ts';
import type { HostedPages } from './hosted-look.ts';
import type { Link, LinkPurpose } from './link.ts';

/** Makes tokens of links and results, and the MACs by which the store finds them. */
export interface LinkTexts {
  token(): Secret<string>;
  /** Of whatever a path has in the place of a token: one that cannot be one costs the same. */
  tokenMac(token: Secret<string>): Uint8Array;
  result(): Secret<string>;
  resultMac(account: Pick<Account, 'publicId'>, result: Secret<string>): Uint8Array;
  /** Names a form on a page, so that it is judged once however often it is sent. */
  form(): string;
  /** Of a form of a link with what was typed into it. */
  formMac(account: Pick<Account, 'publicId'>, link: number, form: string, typed: Secret<string>): Uint8Array;
}

/** A link that an account is to get. */
export interface NewLink {
  readonly accountId: number;
  readonly tokenMac: Uint8Array;
  readonly clientId: string;
  readonly purpose: LinkPurpose;
  /** ms after the change at which it expires. */
  readonly livesMs: number;
  /** As it was asked for. */
  readonly returnUrl: string | null;
  readonly locale: string | null;
  /** As the phone shows them; null: those of the client. */
  readonly label: string | null;
  readonly issuer: string | null;
}

/** Names a link of an account. */
export interface LinkName {
  readonly accountId: number;
  readonly number: number;
}

/** Why a link cannot be used any more. `unavailable`: its account is disabled. */
export type LinkEnd = 'expired' | 'used' | 'cancelled' | 'unavailable';

/** What a token leads to. */
export interface FoundLink {
  readonly account: Account;
  readonly link: Link;
  readonly pages: HostedPages;
  /** null: it can be used, by what this read has seen. */
  readonly ended: LinkEnd | null;
}

/** What is needed to begin what a link is for. */
export interface BegunLink {
  /** Whose link it is, for the log. */
  readonly clientId: string;
  /** A new one, unless one is shown again. */
  readonly secret: Uint8Array;
  /** How many clients the account may have; null: any number. */
  readonly mostClients: number | null;
}

/** What the page of a link shows after its button was pressed. */
export type OpenedLink =
  | { readonly kind: 'ended'; readonly reason: LinkEnd }
  | RefusedLink
  /** `recoveryCodes`: whether the user has some that are not used. */
  | { readonly kind: 'challenge'; readonly recoveryCodes: boolean }
  | { readonly kind: 'secret'; readonly shown: ShownAuthenticator };

/** No code of a new secret would be taken now, so none is made and none is shown. */
export interface RefusedLink {
  readonly kind: 'refused';
  readonly reason: Extract<RefusalReason, 'locked' | 'disabled'>;
  /** Seconds; absent: someone has to unlock or enable the user. */
  readonly retryAfter?: number;
}

/** What a person typed on the page of a link. */
export type TypedFactor =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'recovery code'; readonly mac: Uint8Array };

export interface LinkAttempt extends LinkName {
  /** Whose link it is, for the log. */
  readonly clientId: string;
  readonly typed: TypedFactor;
  /** MACs of recovery codes, which the client gets when it has none after an enrolment. */
  readonly recoveryMacs: readonly Uint8Array[];
  readonly resultMac: Uint8Array;
}

export type LinkVerdict =
  | { readonly kind: 'ended'; readonly reason: LinkEnd }
  /** Nothing waits for a code: the page begins again. */
  | { readonly kind: 'not begun' }
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason | 'malformed';
      readonly retryAfter?: number;
      /** Whether the pending secret is gone after too many wrong codes. */
      readonly isGone: boolean;
    }
  | {
      readonly kind: 'completed';
      /** Whether the client got the recovery codes. */
      readonly gaveCodes: boolean;
      readonly returnUrl: string | null;
    };

/** What a result says. */
export interface RedeemedLink {
  readonly link: Link;
  /** When the right code was typed, ms. */
  readonly confirmedAt: number;
}

/** The links of accounts, and how their pages look. */
export interface LinkStore {
  /**
   * Makes a link and ends the client's older one of the same purpose, but for a challenge. Faults: client_not_found, client_exists when there
   * is nothing to enrol, return_url_refused, link_quota_exceeded.
   */
  createLink(link: NewLink, change: Change): Promise<Link>;
  /** Newest first. */
  listLinks(accountId: number, clientId: string | null): Promise<readonly Link[]>;
  /**
   * Ends a link, and the secret that it has shown; gives how it has ended, since one that has ended before stays as it is.
   * Faults: link_not_found, secret_unreadable.
   */
  cancelLink(name: LinkName, change: Change): Promise<LinkEnd>;
  /** @param now ms, by the server's clock */
  findLink(tokenMac: Uint8Array, now: number): Promise<FoundLink | null>;
  /**
   * Begins what a link is for: makes its secret, or shows it again. Faults: those of an enrolment.
   *
   */
  openLink(name: LinkName, begun: BegunLink, change: Change): Promise<OpenedLink>;
  /** Judges what a person typed and, when it is right, ends the link, in one transaction. Faults: secret_unreadable. */
  completeLink(attempt: LinkAttempt, change: Change): Promise<LinkVerdict>;
  /** Faults: link_result_unknown, link_result_redeemed. */
  redeemLinkResult(accountId: number, resultMac: Uint8Array, change: Change): Promise<RedeemedLink>;
  findHostedPages(accountId: number): Promise<HostedPages>;
  setHostedPages(accountId: number, pages: HostedPages, change: Change): Promise<HostedPages>;
}
