import type { Kanda } from '../kanda.ts';
import type { Refused, ShownFactor, Unconfirmed } from '../types.ts';
import { isValid } from '../verdict.ts';
import { type Reply, redirect, refusal, refusalOf, reply } from './replies.ts';
import {
  fulfils,
  type Requirement,
  type SecondFactorState,
  type ShownMethod,
  showedPage,
  stateOf,
  withAccepted,
  withPage,
} from './state.ts';

type Awaitable<T> = T | Promise<T>;

/** The application's user whom the first factor named. */
export interface SecondFactorUser {
  readonly clientId: string;
  /** What the authenticator app shows, such as the e-mail address. */
  readonly label: string;
}

/** The application's session: whatever holds data of one browser and cannot be written by it. */
export interface SecondFactorSession {
  /** What `set` kept last. */
  get(): Awaitable<SecondFactorState | null | undefined>;
  set(state: SecondFactorState): Awaitable<void>;
}

export interface SecondFactorOptions<Request> {
  readonly kanda: Kanda;
  /** What the authenticator app shows as the name of your application. */
  readonly issuer: string;
  /** Who is signed in with the first factor; null or undefined: no one. */
  readonly user: (request: Request) => Awaitable<SecondFactorUser | null | undefined>;
  readonly session: (request: Request) => SecondFactorSession;
  /** Called when an authenticator was confirmed: note in your records that the user has two-factor login. */
  readonly onConfirmed?: (
    request: Request,
    user: SecondFactorUser,
    authenticatorId: string,
  ) => Awaitable<void>;
  /** Called with what made an answer a 503, for your log. */
  readonly onError?: (error: unknown, request: Request) => void;
  /** Milliseconds since 1970; the system's clock unless set. */
  readonly now?: () => number;
}

export interface RequireOptions extends Requirement {
  /** Where a browser is sent that lacks it; a 403 with JSON unless set. */
  readonly redirectTo?: string;
}

/** How recent a code must be before recovery codes are shown. */
const RECOVERY_CODES: Requirement = { maxAgeSeconds: 300 };

/** One request of a page, by a user who is signed in. */
interface Visit<Request> {
  readonly request: Request;
  readonly user: SecondFactorUser;
  readonly session: SecondFactorSession;
  readonly state: SecondFactorState;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * The second factor of an application, without a framework. Whether a code is right, used or locked is Kanda's to say,
 * in the one call that each handler makes; the session only keeps when that was.
 */
export class SecondFactor<Request> {
  readonly #options: SecondFactorOptions<Request>;
  readonly #now: () => number;

  constructor(options: SecondFactorOptions<Request>) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** null: the session has what is required. */
  async require(
    request: Request,
    { redirectTo, ...requirement }: RequireOptions = {},
  ): Promise<Reply | null> {
    const user = await this.#options.user(request);
    if (!user) return refusal('not_signed_in');
    const state = stateOf(await this.#options.session(request).get(), user.clientId);
    if (fulfils(state, requirement, this.#now())) return null;
    return redirectTo === undefined ? refusal('second_factor_required') : redirect(redirectTo);
  }

  /** A key for a form that is about to be shown; the form sends it back as `page`. */
  async page(request: Request): Promise<Reply> {
    const user = await this.#options.user(request);
    if (!user) return refusal('not_signed_in');
    const session = this.#options.session(request);
    const key = crypto.randomUUID();
    await session.set(withPage(stateOf(await session.get(), user.clientId), key, this.#now()));
    return reply({ page: key });
  }

  /** Checks `token` or `recoveryCode`. */
  challenge(request: Request, body: unknown): Promise<Reply> {
    return this.#visit(request, body, async (visit) => {
      const shown = shownFactor(visit.fields);
      if (shown === null) return refusal('not_a_code');
      const key = await idempotencyKey('challenge', visit, shown);
      const asked: ShownFactor = {
        clientId: visit.user.clientId,
        ...shown,
        ...(shown.token && { details: true }),
      };
      const verdict = await this.#options.kanda.validate(asked, { idempotencyKey: key });
      if (!isValid(verdict)) return refusalOfVerdict(verdict);
      const { method = 'totp', remainingRecoveryCodes } = verdict;
      await this.#accept(visit, key, method as ShownMethod);
      return reply({
        done: true,
        method,
        ...(remainingRecoveryCodes === undefined ? {} : { remainingRecoveryCodes }),
      });
    });
  }

  /**
   * Begins an enrolment: secret and QR code, which count once `confirm` got a first right code. A user who has an
   * authenticator already sends `proof`, a code or recovery code, and keeps the old one until the new one is confirmed.
   */
  enrol(request: Request, body: unknown): Promise<Reply> {
    return this.#visit(request, body, async (visit) => {
      const { kanda, issuer } = this.#options;
      const { clientId, label } = visit.user;
      const proof = visit.fields.proof === undefined ? undefined : shownFactor(visit.fields.proof);
      if (proof === null) return refusal('not_a_code');
      const options = { idempotencyKey: await idempotencyKey('enrol', visit, proof) };
      const enrolment =
        proof === undefined
          ? await kanda.register({ clientId, label, issuer, confirm: true }, options)
          : await kanda.rotate(clientId, { confirm: true, proof }, options);
      return reply({
        authenticatorId: enrolment.authenticatorId,
        secret: enrolment.secret.reveal(),
        otpauthUrl: enrolment.otpauthUrl.reveal(),
        qrDataUrl: enrolment.qrDataUrl?.reveal() ?? null,
        expiresAt: enrolment.expiresAt,
      });
    });
  }

  /** Confirms an enrolment with its first code, `token`. The session has shown a second factor then. */
  confirm(request: Request, body: unknown): Promise<Reply> {
    return this.#visit(request, body, async (visit) => {
      const token = codeOf(visit.fields.token);
      if (token === null) return refusal('not_a_code');
      const { authenticatorId } = visit.fields;
      const asked = {
        clientId: visit.user.clientId,
        token,
        ...(typeof authenticatorId === 'string' ? { authenticatorId } : {}),
      };
      const key = await idempotencyKey('confirm', visit, asked);
      const answer = await this.#options.kanda.confirm(asked, { idempotencyKey: key });
      if (!answer.confirmed) return refusalOfVerdict(answer);
      await this.#options.onConfirmed?.(visit.request, visit.user, answer.authenticatorId);
      await this.#accept(visit, key, 'totp');
      return reply({ confirmed: true, authenticatorId: answer.authenticatorId });
    });
  }

  /** New recovery codes, to a session that has just shown a code. */
  recoveryCodes(request: Request, body: unknown): Promise<Reply> {
    return this.#visit(request, body, async (visit) => {
      if (!fulfils(visit.state, RECOVERY_CODES, this.#now())) return refusal('second_factor_required');
      const options = { idempotencyKey: await idempotencyKey('recovery codes', visit, null) };
      const { codes } = await this.#options.kanda.recoveryCodes.create(visit.user.clientId, {}, options);
      return reply({ codes: codes.reveal() });
    });
  }

  async #visit(
    request: Request,
    body: unknown,
    work: (visit: Visit<Request>) => Promise<Reply>,
  ): Promise<Reply> {
    const { user: userOf, session: sessionOf, onError } = this.#options;
    const user = await userOf(request);
    if (!user) return refusal('not_signed_in');
    const session = sessionOf(request);
    const state = stateOf(await session.get(), user.clientId);
    const fields = fieldsOf(body);
    if (!showedPage(state, fields.page, this.#now())) return refusal('page_expired');
    try {
      return await work({ request, user, session, state, fields });
    } catch (error) {
      const answer = refusalOf(error);
      if (answer.status === 503) onError?.(error, request);
      return answer;
    }
  }

  async #accept({ session, user }: Visit<Request>, key: string, method: ShownMethod): Promise<void> {
    // Read anew: another request of this session may have changed it while Kanda was asked.
    const state = stateOf(await session.get(), user.clientId);
    await session.set(withAccepted(state, key, method, this.#now()));
  }
}

function refusalOfVerdict(answer: Refused | Unconfirmed): Reply {
  const { reason, retryAfter } = answer;
  const attemptsLeft = 'attemptsLeft' in answer ? answer.attemptsLeft : undefined;
  const more = {
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(attemptsLeft === undefined ? {} : { attemptsLeft }),
  };
  if (reason === 'locked' || reason === 'disabled') return refusal(reason, more);
  if (reason === 'pending') return refusal('not_enrolled');
  return attemptsLeft === 0 ? refusal('start_again') : refusal('wrong_code', more);
}

/**
 * The same for a form that comes again, and another for another input. The page's key is known to its session alone, so
 * no one else gets the answer that is kept under this.
 */
async function idempotencyKey(
  purpose: string,
  { user, fields }: Pick<Visit<unknown>, 'user' | 'fields'>,
  shown: unknown,
): Promise<string> {
  const text = JSON.stringify([purpose, user.clientId, fields.page, shown ?? null]);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}

/** The code or the recovery code that a form sent; null: neither, or both. */
function shownFactor(body: unknown): { readonly token?: string; readonly recoveryCode?: string } | null {
  const { token, recoveryCode } = fieldsOf(body);
  if ((token === undefined) === (recoveryCode === undefined)) return null;
  if (recoveryCode === undefined) {
    const code = codeOf(token);
    return code === null ? null : { token: code };
  }
  const fits = typeof recoveryCode === 'string' && recoveryCode.length > 0 && recoveryCode.length <= 64;
  return fits ? { recoveryCode } : null;
}

/** The digits of a code as apps show it, with spaces; null: it is none. */
function codeOf(typed: unknown): string | null {
  const digits = typeof typed === 'string' ? typed.replaceAll(/[\s-]/g, '') : '';
  return /^(?:[0-9]{6}|[0-9]{8})$/.test(digits) ? digits : null;
}
