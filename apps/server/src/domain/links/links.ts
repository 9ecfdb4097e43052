import { DEFAULT_PARAMETERS } from '@kanda/otp';
import type { Account } from '../accounts/account.ts';
import { type Change, changeIn } from '../change.ts';
import type { AssertScannable, Enrolled } from '../clients/enrolment.ts';
import { present } from '../clients/enrolment.ts';
import { SECRET_BYTES } from '../clients/imported-secret.ts';
import { otpauthUrlOf } from '../clients/otpauth-url.ts';
import { Fault } from '../errors.ts';
import { AlreadyAnswered, VERDICT_KEPT_MS, withResult } from '../idempotency/idempotency.ts';
import type { AccountQuotas } from '../limits/account-quotas.ts';
import { assertDiskRoom, type DiskSpace } from '../limits/disk-space.ts';
import type { RandomBytes } from '../randomness.ts';
import { freshCodes } from '../recovery-codes/fresh-codes.ts';
import type { ClientRecoveryCodeTexts } from '../recovery-codes/ports.ts';
import type { Secret } from '../secret.ts';
import type { Store } from '../store.ts';
import type { Clock } from '../time.ts';
import type { RefusalReason } from '../verdicts/decide.ts';
import { type Link, type LinkPurpose, linkId } from './link.ts';
import type {
  FoundLink,
  LinkEnd,
  LinkTexts,
  LinkVerdict,
  RedeemedLink,
  RefusedLink,
  TypedFactor,
} from './ports.ts';
import { withResultOf } from './return-url.ts';

/** How many recovery codes a client without any gets. */
const RECOVERY_CODES = 10;

type LinkStorePart = Pick<
  Store,
  | 'createLink'
  | 'findLink'
  | 'openLink'
  | 'completeLink'
  | 'cancelLink'
  | 'redeemLinkResult'
  | 'findHostedPages'
>;

export interface LinksParts {
  readonly store: LinkStorePart;
  readonly texts: LinkTexts;
  readonly codes: ClientRecoveryCodeTexts;
  readonly quotas: AccountQuotas;
  readonly disk: DiskSpace;
  readonly randomBytes: RandomBytes;
  readonly clock: Clock;
}

/** What `POST /api/totp/links` asks for. */
export interface AskedLink {
  readonly clientId: string;
  readonly purpose: LinkPurpose;
  /** Seconds, within `LINK_TTL`. */
  readonly ttl: number;
  readonly returnUrl: string | null;
  readonly locale: string | null;
  /** As the phone shows them; null: the clientId, and the name of the account's pages. */
  readonly label: string | null;
  readonly issuer: string | null;
}

/** A link with its token, which is shown once. */
export interface MadeLink {
  readonly link: Link;
  readonly token: Secret<string>;
}

/** What the page shows after its button was pressed. */
export type Opened =
  | { readonly kind: 'ended'; readonly reason: LinkEnd }
  | RefusedLink
  | { readonly kind: 'challenge'; readonly recoveryCodes: boolean }
  | { readonly kind: 'secret'; readonly enrolled: Enrolled };

/** What a person typed: digits are a code, anything else may be a recovery code. */
export interface Typed {
  readonly text: Secret<string>;
  readonly field: 'code' | 'recoveryCode';
}

/** Counts a verdict; `refused` is null when it was accepted. */
export type CountVerdict = (kind: TypedFactor['kind'], refused: RefusalReason | null) => void;

/** What the page shows after a code was sent. */
export type Answered =
  | Exclude<LinkVerdict, { readonly kind: 'completed' }>
  | {
      readonly kind: 'completed';
      /** Shown once, when the client had none. */
      readonly codes: readonly string[];
      /** With the result; null: the link has no return URL, or it is not allowed any more. */
      readonly continueUrl: string | null;
    };

/** Pages that a person uses once: to enrol, to replace an authenticator, or to show a code. */
export class Links {
  readonly #parts: LinksParts;

  constructor(parts: LinksParts) {
    this.#parts = parts;
  }

  /** Faults: those of `LinkStore.createLink` and of quotas, body_invalid without an issuer, what `assertScannable` throws. */
  async create(
    { id: accountId }: Pick<Account, 'id'>,
    asked: AskedLink,
    change: Change,
    assertScannable: AssertScannable,
  ): Promise<MadeLink> {
    const { store, texts, quotas, disk } = this.#parts;
    assertDiskRoom(disk);
    await quotas.assertWithin(accountId, change);
    const { ttl, label, issuer, ...rest } = asked;
    const names =
      asked.purpose === 'enrol'
        ? await this.#namesOf(accountId, asked, assertScannable)
        : { label: null, issuer: null };
    const token = texts.token();
    const link = {
      ...rest,
      ...names,
      accountId,
      livesMs: ttl * 1_000,
      tokenMac: texts.tokenMac(token),
    };
    const shown = (made: Link): MadeLink => ({ link: made, token });
    return shown(await store.createLink(link, withResult(change, shown)));
  }

  async #namesOf(
    accountId: number,
    { clientId, label: askedLabel, issuer: askedIssuer }: AskedLink,
    assertScannable: AssertScannable,
  ) {
    // A colon separates the two names in an otpauth URL.
    const label = askedLabel ?? clientId.replaceAll(':', ' ');
    const issuer = askedIssuer ?? (await this.#parts.store.findHostedPages(accountId)).name;
    if (issuer === null) throw issuerMissing();
    const secret = new Uint8Array(SECRET_BYTES);
    assertScannable(otpauthUrlOf({ label, issuer, parameters: DEFAULT_PARAMETERS, watermark: -1, secret }));
    return { label, issuer };
  }

  /** What a token leads to, also one that has ended; null: nothing. One that cannot be a token is looked up like any other. */
  find(token: Secret<string>): Promise<FoundLink | null> {
    const { store, texts, clock } = this.#parts;
    return store.findLink(texts.tokenMac(token), clock());
  }

  /** Begins what a link is for. Faults: those of an enrolment and of quotas. */
  async open({ account, link }: FoundLink, asked: Change): Promise<Opened> {
    const { store, quotas, disk, randomBytes } = this.#parts;
    const change = changeIn(account, asked);
    this.#assertMayWrite(account, change.at);
    if (link.purpose === 'enrol') {
      assertDiskRoom(disk);
      await quotas.assertWithin(account.id, change);
    }
    const begun = {
      clientId: link.clientId,
      secret: randomBytes(SECRET_BYTES),
      mostClients: quotas.of(change).clients,
    };
    const opened = await store.openLink({ accountId: account.id, number: link.number }, begun, change);
    if (opened.kind !== 'secret') return opened;
    return { kind: 'secret', enrolled: present(link.clientId, opened.shown) };
  }

  /**
   * Judges what a person typed. The same form with the same text has the same answer for ten minutes, whatever became of
   * the link meanwhile: someone whose connection broke sends it again. What was refused without being judged is not kept.
   * Faults: secret_unreadable.
   *
   * @param count gets what was judged as at a log-in, once
   */
  async complete(
    { account, link }: FoundLink,
    typed: Typed,
    form: string,
    asked: Change,
    count: CountVerdict,
  ): Promise<Answered> {
    const { store, texts, codes } = this.#parts;
    const change = changeIn(account, asked);
    this.#assertMayWrite(account, change.at);
    const factor = this.#factorOf(account, link, typed);
    if (factor === null) return { kind: 'refused', reason: 'malformed', isGone: false };
    const fresh = freshCodes(
      RECOVERY_CODES,
      () => codes.create(),
      (code) => codes.mac(account.publicId, link.clientId, code),
    );
    const result = texts.result();
    const answerOf = (verdict: LinkVerdict): Answered => {
      if (verdict.kind !== 'completed') return verdict;
      const { gaveCodes, returnUrl } = verdict;
      return {
        kind: 'completed',
        codes: gaveCodes ? fresh.codes.map((code) => code.reveal()) : [],
        continueUrl: returnUrl === null ? null : withResultOf(returnUrl, result.reveal()),
      };
    };
    const mac = texts.formMac(account, link.number, form, typed.text);
    const attempt = {
      accountId: account.id,
      number: link.number,
      clientId: link.clientId,
      typed: factor,
      recoveryMacs: fresh.macs,
      resultMac: texts.resultMac(account, result),
    };
    const idempotency = {
      key: mac,
      request: mac,
      keptMs: VERDICT_KEPT_MS,
      answerOf: (verdict: unknown) => ({ status: 200, body: answerOf(verdict as LinkVerdict) }),
      isKept: (verdict: unknown) => wasJudged(verdict as LinkVerdict),
    };
    try {
      const verdict = await store.completeLink(attempt, { ...change, idempotency });
      if (link.purpose === 'challenge') countOne(verdict, factor, count);
      return answerOf(verdict);
    } catch (error) {
      if (!(error instanceof AlreadyAnswered)) throw error;
      if (error.outcome instanceof Fault) throw error.outcome;
      return error.outcome.body as Answered;
    }
  }

  /** null: it can be neither a code nor a recovery code. */
  #factorOf(account: Account, link: Link, { text, field }: Typed): TypedFactor | null {
    const digits = text
      .reveal()
      .replace(/[\s\p{Pd}]/gu, '')
      .normalize('NFKC');
    if (/^(?:\d{6}|\d{8})$/.test(digits)) return { kind: 'code', code: digits };
    if (link.purpose !== 'challenge' && field === 'code') return null;
    const mac = this.#parts.codes.mac(account.publicId, link.clientId, text);
    return mac === null ? null : { kind: 'recovery code', mac };
  }

  /** The name of a new form on a page. */
  form(): string {
    return this.#parts.texts.form();
  }

  /** The person gives up. Gives how the link has ended: it may have been used before. */
  cancel({ account, link }: FoundLink, asked: Change): Promise<LinkEnd> {
    const change = changeIn(account, asked);
    this.#assertMayWrite(account, change.at);
    return this.#parts.store.cancelLink({ accountId: account.id, number: link.number }, change);
  }

  /** Takes the result that a browser has brought back. Faults: link_result_unknown, link_result_redeemed. */
  redeem(account: Account, result: Secret<string>, change: Change): Promise<RedeemedLink> {
    const { store, texts } = this.#parts;
    return store.redeemLinkResult(account.id, texts.resultMac(account, result), change);
  }

  /** A link is no way around the quota of events, after which an account writes nothing more to its log. */
  #assertMayWrite(account: Account, now: number): void {
    const standing = this.#parts.quotas.standing(account, now);
    if (standing.level === 'far over') throw standing.fault;
  }
}

/** Whether a code was compared: a refusal for another reason does not hold once that is gone. */
function wasJudged(verdict: LinkVerdict): boolean {
  if (verdict.kind !== 'refused') return verdict.kind === 'completed';
  return verdict.reason === 'invalid_code' || verdict.reason === 'code_already_used';
}

function countOne(verdict: LinkVerdict, { kind }: TypedFactor, count: CountVerdict): void {
  if (verdict.kind === 'completed') count(kind, null);
  else if (verdict.kind === 'refused' && verdict.reason !== 'malformed') count(kind, verdict.reason);
}

/** Who acts in a request that a link allows. */
export function linkActor({ number }: Pick<Link, 'number'>): string {
  return `link:${linkId(number)}`;
}

function issuerMissing(): Fault {
  const message = 'is missing: send the name of your application, or set one with PUT /api/hosted-pages';
  return new Fault('body_invalid', `issuer ${message}.`, { errors: [{ path: '/issuer', message }] });
}
