/** Which call an enrolment is, and whether a session is shown the one that waits. */
import type { Kanda } from '../kanda.ts';
import { ClientExists } from '../problems.ts';
import type { Enrolment } from '../types.ts';
import { nameOf, type ShownProof } from './forms.ts';
import { idempotencyKey, type SecondFactorUser, type Visit } from './options.ts';
import { fulfils, PHONES, type Requirement } from './state.ts';

/** Begins one: `fresh` ends one that waits, without it that one is shown. */
type Way = (fresh: boolean, idempotencyKey: string) => Promise<Enrolment>;

export class Enrolling {
  readonly #kanda: Kanda;
  readonly #issuer: string;
  readonly #recovered: Requirement;

  /** `recoveredSeconds`: how long a recovery code that a session has shown is the proof for a new phone. */
  constructor(kanda: Kanda, issuer: string, recoveredSeconds: number) {
    this.#kanda = kanda;
    this.#issuer = issuer;
    this.#recovered = { maxAgeSeconds: recoveredSeconds, methods: ['recovery_code'] };
  }

  /** Whether it may begin without a proof: not where it is on and this session has shown nothing. */
  isOpen({ user, state }: Visit, now: number): boolean {
    if (user.twoFactor !== 'on') return true;
    return fulfils(state, { methods: PHONES }, now) || fulfils(state, this.#recovered, now);
  }

  /** A phone that takes the place of all others once it is confirmed. */
  async replaceWithProof(visit: Visit, proof: ShownProof): Promise<Enrolment> {
    const options = { idempotencyKey: await idempotencyKey('enrol', visit, proof) };
    return this.#kanda.rotate(visit.user.clientId, { confirm: true, fresh: true, proof }, options);
  }

  /** A further phone beside the others. */
  async addFurther(visit: Visit): Promise<Enrolment> {
    const named = nameOf(visit.fields.name);
    const options = { idempotencyKey: await idempotencyKey('add phone', visit, named) };
    const asked = { ...(named === '' ? {} : { name: named }), confirm: true, fresh: true };
    return this.#kanda.authenticators.add(visit.user.clientId, asked, options);
  }

  /**
   * The first phone, or a new one after a recovery code. Kanda shows an enrolment that waits to any call like the one that
   * began it, so that of another session is ended here: someone who knows only the user's password may have begun it, and
   * would have the secret that the user confirms.
   *
   * @throws ClientExists when the user has an authenticator: a proof is needed
   */
  async beginOrShow(visit: Visit, now: number): Promise<Enrolment> {
    let refused: unknown;
    for (const [purpose, way] of this.#ways(visit, now)) {
      try {
        return await this.#through(way, purpose, visit);
      } catch (error) {
        if (!(error instanceof ClientExists)) throw error;
        refused = error;
      }
    }
    throw refused;
  }

  async #through(way: Way, purpose: string, visit: Visit): Promise<Enrolment> {
    const { begun } = visit.state;
    // Not for the form that began it: Kanda has kept its answer.
    if (begun !== undefined && begun.page !== visit.fields.page) {
      const shown = await way(false, await idempotencyKey(`show: ${purpose}`, visit, null));
      if (shown.authenticatorId === begun.authenticatorId) return shown;
    }
    return way(true, await idempotencyKey(purpose, visit, null));
  }

  #ways({ user, state }: Visit, now: number): readonly (readonly [purpose: string, way: Way])[] {
    const asked = (fresh: boolean) => ({ confirm: true, ...(fresh ? { fresh } : {}) });
    const register: Way = (fresh, key) =>
      this.#kanda.register({ ...this.#shownAs(user), ...asked(fresh) }, { idempotencyKey: key });
    const rotate: Way = (fresh, key) =>
      this.#kanda.rotate(user.clientId, asked(fresh), { idempotencyKey: key });
    if (fulfils(state, this.#recovered, now)) return [['enrol anew', rotate]];
    // What is left of a two-factor login that the application has turned off is its own, and no proof is needed. Any other
    // enrolled client may be another application's.
    const leftBehind = user.twoFactor === 'ending' ? ([['enrol anew', rotate]] as const) : [];
    return [['enrol', register], ...leftBehind];
  }

  #shownAs({ clientId, label }: SecondFactorUser) {
    return { clientId, label, issuer: this.#issuer };
  }
}
