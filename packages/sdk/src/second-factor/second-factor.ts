import { KandaError, UnexpectedAnswer } from '../errors.ts';
import { AuthenticatorNotFound, ClientNotFound } from '../problems.ts';
import type { Refused, ShownFactor, Unconfirmed } from '../types.ts';
import { isValid } from '../verdict.ts';
import { Enrolling } from './enrolling.ts';
import { codeOf, fieldsOf, type ShownProof, shownFactor } from './forms.ts';
import {
  idempotencyKey,
  isOn,
  type NextStep,
  type RequireOptions,
  type SecondFactorOptions,
  type SecondFactorUser,
  type Visit,
} from './options.ts';
import { type Reply, redirect, refusal, refusalOf, reply } from './replies.ts';
import {
  fulfils,
  hasAccepted,
  NOTHING_SHOWN,
  PHONES,
  type Requirement,
  type SecondFactorState,
  type ShownMethod,
  showedPage,
  stateOf,
  withAccepted,
  withBegun,
  withConfirmed,
  withPage,
} from './state.ts';

const HALF_OPEN_SECONDS = 900;
const RECENT_SECONDS = 300;

type Visitor<Request> = Omit<Visit<Request>, 'fields'>;

/**
 * The second factor of an application, without a framework. Whether a code is right, used or locked is Kanda's to say,
 * in the one call that each handler makes; the session only keeps when that was.
 */
export class SecondFactor<Request> {
  readonly #options: SecondFactorOptions<Request>;
  readonly #enrolling: Enrolling;
  readonly #halfOpenMs: number;
  readonly #recent: Requirement;
  readonly #now: () => number;

  constructor(options: SecondFactorOptions<Request>) {
    const { kanda, issuer, halfOpenSeconds = HALF_OPEN_SECONDS, recentSeconds = RECENT_SECONDS } = options;
    this.#options = options;
    this.#enrolling = new Enrolling(kanda, issuer, halfOpenSeconds);
    this.#halfOpenMs = halfOpenSeconds * 1_000;
    this.#recent = { maxAgeSeconds: recentSeconds, methods: PHONES };
    this.#now = options.now ?? Date.now;
  }

  /** null: the session has what is required. */
  async require(
    request: Request,
    { redirectTo, ifOn = false, ...requirement }: RequireOptions = {},
  ): Promise<Reply | null> {
    const visitor = await this.#visitor(request);
    if (visitor === null) return refusal('not_signed_in');
    if (ifOn && !isOn(visitor.user)) return null;
    if (fulfils(visitor.state, requirement, this.#now())) return null;
    return redirectTo === undefined ? refusal('second_factor_required') : redirect(redirectTo);
  }

  /** What this log-in needs next: for the answer to a password, and for which page to show. */
  async next(request: Request): Promise<NextStep> {
    const visitor = await this.#visitor(request);
    if (visitor === null) return 'sign_in';
    const { user, state } = visitor;
    if (!isOn(user) || fulfils(state, { methods: PHONES }, this.#now())) return 'done';
    return state.method === 'recovery_code' ? 'enrol' : 'code';
  }

  /** A key for a form that is about to be shown; the form sends it back as `page`. */
  async page(request: Request): Promise<Reply> {
    const visitor = await this.#visitor(request);
    if (visitor === null) return refusal('not_signed_in');
    const key = crypto.randomUUID();
    await visitor.session.set(withPage(visitor.state, key, visitor.at));
    return reply({ page: key });
  }

  /** Drops what this session has shown: for a log-out that goes on with the same session. */
  async forget(request: Request): Promise<void> {
    await this.#options.session(request).set(NOTHING_SHOWN);
  }

  /** Checks `token` or `recoveryCode`. */
  challenge(request: Request, body: unknown): Promise<Reply> {
    return this.#visit(request, body, true, async (visit) => {
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
      const { remainingRecoveryCodes } = verdict;
      const method = methodOf(shown, verdict.method);
      await this.#keep(visit, (state) => withAccepted(state, key, method, visit.at));
      return reply({
        done: true,
        method,
        ...(remainingRecoveryCodes === undefined ? {} : { remainingRecoveryCodes }),
      });
    });
  }

  /**
   * Begins an enrolment: secret and QR code, which count once `confirm` got a first right code. The session that began it
   * is shown the same QR code again; another session begins anew. A user who has an authenticator already sends `proof`, a
   * code or recovery code, or has shown a recovery code in this session, and keeps the old one until the new one is
   * confirmed. With `add` it is a further one, beside the others, for a session that has just shown a code.
   */
  enrol(request: Request, body: unknown): Promise<Reply> {
    const sent = fieldsOf(body).proof ?? undefined;
    return this.#visit(request, body, sent !== undefined, async (visit) => {
      const { add } = visit.fields;
      const proof = sent === undefined ? undefined : shownFactor(sent);
      if (proof === null) return refusal('not_a_code');
      const isFurther = add === true && proof === undefined;
      if (isFurther && !fulfils(visit.state, this.#recent, this.#now()))
        return refusal('second_factor_required');
      const isBare = proof === undefined && !isFurther;
      if (isBare && !this.#enrolling.isOpen(visit, this.#now())) return refusal('proof_needed');
      const enrolment = await (proof !== undefined
        ? this.#enrolling.replaceWithProof(visit, proof)
        : isFurther
          ? this.#enrolling.addFurther(visit)
          : this.#enrolling.beginOrShow(visit, this.#now()));
      const { authenticatorId = '' } = enrolment;
      const page = String(visit.fields.page);
      await this.#keep(visit, (state) => withBegun(state, authenticatorId, page, visit.at));
      return reply({
        authenticatorId,
        secret: enrolment.secret.reveal(),
        otpauthUrl: enrolment.otpauthUrl.reveal(),
        qrDataUrl: enrolment.qrDataUrl?.reveal() ?? null,
        expiresAt: enrolment.expiresAt,
      });
    });
  }

  /** Confirms an enrolment with its first code, `token`. The session has shown a second factor then. */
  confirm(request: Request, body: unknown): Promise<Reply> {
    return this.#visit(request, body, true, async (visit) => {
      const token = codeOf(visit.fields.token);
      if (token === null) return refusal('not_a_code');
      const { authenticatorId } = visit.fields;
      const asked = {
        clientId: visit.user.clientId,
        token,
        ...(typeof authenticatorId === 'string' && authenticatorId !== '' ? { authenticatorId } : {}),
      };
      const key = await idempotencyKey('confirm', visit, asked);
      let confirmed: string;
      try {
        const answer = await this.#options.kanda.confirm(asked, { idempotencyKey: key });
        if (!answer.confirmed) return refusalOfVerdict(answer);
        confirmed = answer.authenticatorId;
      } catch (error) {
        // Confirmed in another window of this browser.
        const { begun } = await this.#stateOf(visit);
        const isDone = begun?.isConfirmed === true && begun.authenticatorId === authenticatorId;
        if (!(error instanceof AuthenticatorNotFound) || !isDone) throw error;
        return reply({ confirmed: true, authenticatorId });
      }
      // The kept answer for a form that comes again changes nothing: it may have been turned off since.
      if (!hasAccepted(await this.#stateOf(visit), key))
        await this.#options.onChange?.(request, visit.user, 'on');
      await this.#keep(visit, (state) =>
        withConfirmed(withAccepted(state, key, 'totp', visit.at), confirmed, visit.at),
      );
      return reply({ confirmed: true, authenticatorId: confirmed });
    });
  }

  /** New recovery codes, to a session that has just shown a code. */
  recoveryCodes(request: Request, body: unknown): Promise<Reply> {
    return this.#visit(request, body, false, async (visit) => {
      if (!fulfils(visit.state, this.#recent, this.#now())) return refusal('second_factor_required');
      const options = { idempotencyKey: await idempotencyKey('recovery codes', visit, null) };
      const { codes } = await this.#options.kanda.recoveryCodes.create(visit.user.clientId, {}, options);
      return reply({ codes: codes.reveal() });
    });
  }

  /**
   * Turns two-factor login off, for a session that has just shown a code. It is off whatever becomes of the call to Kanda:
   * a secret that is left behind there is replaced by the next enrolment.
   */
  async turnOff(request: Request, body: unknown): Promise<Reply> {
    const visitor = await this.#visitor(request);
    // A reload, or a second click.
    if (visitor !== null && !isOn(visitor.user)) return reply({ off: true });
    return this.#visitOf(visitor, body, false, async (visit) => {
      if (!fulfils(visit.state, this.#recent, this.#now())) return refusal('second_factor_required');
      const { kanda, onChange, onError } = this.#options;
      const options = { idempotencyKey: await idempotencyKey('turn off', visit, null) };
      await onChange?.(request, visit.user, 'ending');
      try {
        await kanda.clients.delete(visit.user.clientId, options);
        await onChange?.(request, visit.user, 'off');
      } catch (error) {
        if (error instanceof ClientNotFound) await onChange?.(request, visit.user, 'off');
        else if (error instanceof KandaError) onError?.(error, request);
        else throw error;
      }
      // This form, and all that were shown before, are used up.
      await this.#keep(visit, () => stateOf(null, visit.user));
      return reply({ off: true });
    });
  }

  /** Who asks; null: no one, or someone whose log-in has waited too long for its code. */
  async #visitor(request: Request): Promise<Visitor<Request> | null> {
    const user = await this.#options.user(request);
    if (!user) return null;
    const session = this.#options.session(request);
    const state = stateOf(await session.get(), user);
    // From JavaScript it may be missing, or no number: then nothing is known of its age, and it has waited too long.
    const isInTime = this.#now() - user.signedInAt <= this.#halfOpenMs;
    if (!isInTime && isOn(user) && !fulfils(state, { methods: PHONES }, this.#now())) return null;
    const at = Math.max(this.#now(), (user.twoFactorEndedAt ?? 0) + 1);
    return { request, user, session, state, at };
  }

  async #visit(
    request: Request,
    body: unknown,
    sendsCode: boolean,
    work: (visit: Visit<Request>) => Promise<Reply>,
  ): Promise<Reply> {
    return this.#visitOf(await this.#visitor(request), body, sendsCode, work);
  }

  async #visitOf(
    visitor: Visitor<Request> | null,
    body: unknown,
    sendsCode: boolean,
    work: (visit: Visit<Request>) => Promise<Reply>,
  ): Promise<Reply> {
    if (visitor === null) return refusal('not_signed_in');
    const fields = fieldsOf(body);
    if (!showedPage(visitor.state, fields.page, this.#now())) return refusal('page_expired');
    try {
      return await work({ ...visitor, fields });
    } catch (error) {
      const answer = refusalOf(error, sendsCode);
      if (answer.status >= 500) this.#options.onError?.(error, visitor.request);
      return answer;
    }
  }

  /** Read anew: another request of this session may have changed it while Kanda was asked. */
  async #stateOf({ session, user }: { session: Visit['session']; user: SecondFactorUser }) {
    return stateOf(await session.get(), user);
  }

  async #keep(visit: Visit<Request>, change: (state: SecondFactorState) => SecondFactorState): Promise<void> {
    await visit.session.set(change(await this.#stateOf(visit)));
  }
}

/**
 * How the user showed it, by what was sent.
 * @throws UnexpectedAnswer for a method that no code of a phone has: it would fulfil what it is not
 */
function methodOf(shown: ShownProof, method: string | undefined): ShownMethod {
  if (shown.token === undefined) return 'recovery_code';
  if (method === undefined) return 'totp';
  if (method === 'totp' || method === 'hotp') return method;
  throw new UnexpectedAnswer("The verdict on a code names a method that is not a phone's.", 200);
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
