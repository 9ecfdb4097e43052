import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { Account } from '../../../domain/accounts/account.ts';
import { isExpired } from '../../../domain/authenticators/authenticator.ts';
import type { Change } from '../../../domain/change.ts';
import type { Verdict } from '../../../domain/verdicts/decide.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { originOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { type ShownFactor, shownFactor, ValidateBody } from './shown-factor.ts';
import {
  detailedView,
  recoveryVerdictView,
  trustedVerdictView,
  usedVerdictView,
  VerdictView,
} from './verdict-view.ts';

type ValidateNeeds = RouteNeeds<
  'authenticate' | 'clientRecoveryCodes' | 'clock' | 'disk' | 'metrics' | 'quotas' | 'trustedDevices',
  'validate' | 'findClient' | 'findClientRecoveryCodes'
>;

export function validateCode(app: App, needs: ValidateNeeds): void {
  const { authenticate, clock, disk, quotas, store } = needs;
  app.route({
    method: 'POST',
    url: '/api/totp/validate',
    onRequest: authenticate('totp:validate'),
    config: { givesVerdicts: true },
    schema: {
      operationId: 'validateCode',
      summary:
        'Check a code, a recovery code, or the token of a trusted device. A wrong one is an answer, not an error',
      tags: ['TOTP'],
      security: [{ bearer: ['totp:validate'] }],
      body: ValidateBody,
      response: answers({ 200: VerdictView }, [400, 401, 403, 404, 409, 413, 415, 500, 503]),
    },
    async handler(request) {
      const { clientId, details = false } = request.body;
      const { account } = principalOf(request);
      const shown = shownFactor(request.body);
      const standing = quotas.standing(account.id, clock());
      // Codes of its clients are still checked; others would fill its log with any names.
      if (standing.level !== 'within') {
        const client = await store.findClient(account.id, clientId);
        if (client === null || isExpired(client, clock())) throw standing.fault;
      }
      const made = { at: clock(), origin: originOf(request) };
      const mayTrust = standing.level === 'within' && !disk.isLow;
      return judge(needs, request, { account, clientId, made, shown, details, mayTrust });
    },
  });
}

interface Attempted {
  readonly account: Account;
  readonly clientId: string;
  readonly made: Change;
  readonly shown: ShownFactor;
  readonly details: boolean;
  /** Whether a browser may be trusted. If not, its code is judged all the same: a full disk locks no user out. */
  readonly mayTrust: boolean;
}

/** Has the factor judged, at most once for an Idempotency-Key. */
async function judge(
  needs: ValidateNeeds,
  request: FastifyRequest,
  attempted: Attempted,
): Promise<Static<typeof VerdictView>> {
  const { clientRecoveryCodes, metrics, trustedDevices } = needs;
  const { account, clientId, made, shown, mayTrust } = attempted;
  if (shown.kind === 'recovery code') {
    const use = async (change: Change) => {
      const verdict = await clientRecoveryCodes.use(account, clientId, shown.code, change);
      metrics.countRecoveryVerdict(verdict);
      return verdict;
    };
    return (await once(request, made, use, (verdict) => ok(recoveryVerdictView(verdict)))).body;
  }
  if (shown.kind === 'device token') {
    const use = async (change: Change) => {
      const verdict = await trustedDevices.use(account, clientId, shown.token, change);
      metrics.countDeviceVerdict(verdict);
      return verdict;
    };
    return (await once(request, made, use, (verdict) => ok(usedVerdictView(verdict)))).body;
  }
  const { code, trust } = shown;
  if (trust === null || !mayTrust) return judgeCode(needs, request, attempted, code, trust !== null);
  const trusting = async (change: Change) => {
    const verdict = await trustedDevices.trust(account, clientId, code, trust, change);
    metrics.countVerdict(verdict);
    return verdict;
  };
  return (await once(request, made, trusting, (verdict) => ok(trustedVerdictView(verdict)))).body;
}

async function judgeCode(
  { store, metrics }: ValidateNeeds,
  request: FastifyRequest,
  { account, clientId, made, ...asked }: Attempted,
  code: string,
  trustWasAsked: boolean,
): Promise<Static<typeof VerdictView>> {
  const details = asked.details || trustWasAsked;
  // Before the code is judged: were it read afterwards and failed, an accepted code would be lost.
  const left = details ? await store.findClientRecoveryCodes(account.id, clientId, made.at) : null;
  const validate = async ({ origin, idempotency }: Change) => {
    const attempt = { accountId: account.id, clientId, code, origin, details, idempotency };
    const verdict = await store.validate(attempt);
    metrics.countVerdict(verdict);
    return verdict;
  };
  const view = (verdict: Verdict) => (details ? detailedView(verdict, left?.remaining ?? 0) : verdict);
  return (await once(request, made, validate, (verdict) => ok(view(verdict)))).body;
}

function ok<T>(body: T) {
  return { status: 200, body };
}
