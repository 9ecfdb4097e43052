import type { Kanda } from '../kanda.ts';
import type { Enrolment, Refused, ShownFactor, Unconfirmed } from '../types.ts';
import { isValid } from '../verdict.ts';
import { codeOf, fieldsOf, type ShownProof, shownFactor } from './forms.ts';
import { type Reply, redirect, refusal, refusalOf, reply } from './replies.ts';
import {
  fulfils,
  NOTHING_SHOWN,
  type Requirement,
  type SecondFactorState,
  type ShownMethod,
  showedPage,
  stateOf,
  withAccepted,
  withBegun,
  withPage,
} from './state.ts';

type Awaitable<T> = T | Promise<T>;

/** The application's user whom the first factor named. */
export interface SecondFactorUser {
  readonly clientId: string;
  /** What the authenticator app shows, such as the e-mail address. */
  readonly label: string;
  /**
   * Any text that changes with each log-in: a second factor that was shown counts in its log-in alone, also where a
   * log-out takes only the user from the session. Unless set, a log-out must begin a new session or call `forget`.
   */
  readonly loginId?: string | null | undefined;
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
    const state = stateOf(await this.#options.session(request).get(), user);
    if (fulfils(state, requirement, this.#now())) return null;
    return redirectTo === undefined ? refusal('second_factor_required') : redirect(redirectTo);
  }

  /** A key for a form that is about to be shown; the form sends it back as `page`. */
  async page(request: Request): Promise<Reply> {
    const user = await this.#options.user(request);
    if (!user) return refusal('not_signed_in');
    const session = this.#options.session(request);
    const key = crypto.randomUUID();
    await session.set(withPage(stateOf(await session.get(), user), key, this.#now()));
    return reply({ page: key });
  }

  /** Drops what this session has shown: for a log-out that goes on with the same session. */
  async forget(request: Request): Promise<void> {
    await this.#options.session(request).set(NOTHING_SHOWN);
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
   * The session that began it is shown the same QR code again; another session begins anew.
   */
  enrol(request: Request, body: unknown): Promise<Reply> {
    return this.#visit(request, body, async (visit) => {
      const proof = visit.fields.proof === undefined ? undefined : shownFactor(visit.fields.proof);
      if (proof === null) return refusal('not_a_code');
      const enrolment = (await this.#begunHere(visit, proof)) ?? (await this.#begin(visit, proof));
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
    const state = stateOf(await session.get(), user);
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

  /**
   * The pending enrolment, if this session has begun it. Kanda shows it to any call like the one that began it, so that
   * of another session is dropped here: someone who knows only the user's password may have begun it, and would have
   * the secret that the user confirms. Null as well for the form that began it, whose answer Kanda has kept, and with a
   * proof, which one call uses up.
   */
  async #begunHere(visit: Visit<Request>, proof: ShownProof | undefined): Promise<Enrolment | null> {
    const { begun } = visit.state;
    if (proof !== undefined || begun === undefined || begun.page === visit.fields.page) return null;
    const options = { idempotencyKey: await idempotencyKey('show enrolment', visit, null) };
    const shown = await this.#options.kanda.register(this.#enrolment(visit.user), options);
    return shown.authenticatorId === begun.authenticatorId ? shown : null;
  }

  /** A new enrolment, which ends one that waits. */
  async #begin(visit: Visit<Request>, proof: ShownProof | undefined): Promise<Enrolment> {
    const { kanda } = this.#options;
    const { session, user, fields } = visit;
    const options = { idempotencyKey: await idempotencyKey('enrol', visit, proof) };
    const made =
      proof === undefined
        ? await kanda.register({ ...this.#enrolment(user), fresh: true }, options)
        : await kanda.rotate(user.clientId, { confirm: true, fresh: true, proof }, options);
    // Read anew, as in `#accept`.
    const state = stateOf(await session.get(), user);
    await session.set(withBegun(state, made.authenticatorId ?? '', String(fields.page)));
    return made;
  }

  #enrolment({ clientId, label }: SecondFactorUser) {
    return { clientId, label, issuer: this.#options.issuer, confirm: true };
  }

  async #accept({ session, user }: Visit<Request>, key: string, method: ShownMethod): Promise<void> {
    // Read anew: another request of this session may have changed it while Kanda was asked.
    const state = stateOf(await session.get(), user);
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
