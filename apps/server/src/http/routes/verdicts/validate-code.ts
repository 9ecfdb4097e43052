import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { Account } from '../../../domain/accounts/account.ts';
import { isExpired } from '../../../domain/authenticators/authenticator.ts';
import type { Change } from '../../../domain/change.ts';
import type { Verdict } from '../../../domain/verdicts/decide.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
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
      description:
        'Send token, or recoveryCode or deviceToken in its place. What is accepted is used up, and that is on the disk before the answer. Send an Idempotency-Key, so that a retry gets the same verdict.',
      tags: ['TOTP'],
      security: [{ bearer: ['totp:validate'] }],
      body: ValidateBody,
      response: answers({ 200: VerdictView }, [400, 401, 403, 404, 409, 413, 415, 500, 503]),
    },
    // Not async: most calls wait for one promise, and each function that waits for another's costs a microsecond.
    handler(request) {
      const { clientId, details = false } = request.body;
      const { account } = principalOf(request);
      const shown = shownFactor(request.body);
      const standing = quotas.standing(account, clock(request));
      const made = changeOf(request, clock);
      const isWithin = standing.level === 'within';
      const attempted = { account, clientId, made, shown, details, mayTrust: isWithin && !disk.isLow };
      if (isWithin) return judge(needs, request, attempted);
      // Codes of its clients are still checked; others would fill its log with any names.
      return store.findClient(account.id, clientId).then((client) => {
        if (client === null || isExpired(client, clock(request))) throw standing.fault;
        return judge(needs, request, attempted);
      });
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

type View = Static<typeof VerdictView>;

/** Has the factor judged, at most once for an Idempotency-Key. */
function judge(needs: ValidateNeeds, request: FastifyRequest, attempted: Attempted): Promise<View> {
  const { clientRecoveryCodes, metrics, trustedDevices } = needs;
  const { account, clientId, made, shown, details, mayTrust } = attempted;
  switch (shown.kind) {
    case 'token': {
      const { code, trust } = shown;
      if (trust === null)
        return details
          ? judgeWithDetails(needs, request, attempted, code)
          : judgeCode(needs, request, attempted, code);
      if (!mayTrust) return judgeWithDetails(needs, request, attempted, code);
      const trusting = async (change: Change) => {
        const verdict = await trustedDevices.trust(account, clientId, code, trust, change);
        metrics.countVerdict(verdict);
        return verdict;
      };
      return answerOnce(request, made, trusting, trustedVerdictView);
    }
    case 'recovery code': {
      const use = async (change: Change) => {
        const verdict = await clientRecoveryCodes.use(account, clientId, shown.code, change);
        metrics.countRecoveryVerdict(verdict);
        return verdict;
      };
      return answerOnce(request, made, use, recoveryVerdictView);
    }
    case 'device token': {
      const use = async (change: Change) => {
        const verdict = await trustedDevices.use(account, clientId, shown.token, change);
        metrics.countDeviceVerdict(verdict);
        return verdict;
      };
      return answerOnce(request, made, use, usedVerdictView);
    }
  }
}

/** The call that counts: nothing is read beside the verdict, and nothing is waited for twice. */
function judgeCode(
  needs: ValidateNeeds,
  request: FastifyRequest,
  attempted: Attempted,
  code: string,
): Promise<View> {
  if (request.idempotency === null) return validate(needs, attempted, code, attempted.made);
  return answerOnce(
    request,
    attempted.made,
    (change) => validate(needs, attempted, code, change),
    (verdict) => verdict,
  );
}

async function judgeWithDetails(
  needs: ValidateNeeds,
  request: FastifyRequest,
  attempted: Attempted,
  code: string,
): Promise<View> {
  const { account, clientId, made } = attempted;
  // Before the code is judged: were it read afterwards and failed, an accepted code would be lost.
  const left = await needs.store.findClientRecoveryCodes(account.id, clientId, made.at);
  return answerOnce(
    request,
    made,
    (change) => validate(needs, { ...attempted, details: true }, code, change),
    (verdict) => detailedView(verdict, left?.remaining ?? 0),
  );
}

async function validate(
  { store, metrics }: ValidateNeeds,
  { account, clientId, details }: Attempted,
  code: string,
  { origin, idempotency }: Change,
): Promise<Verdict> {
  const verdict = await store.validate({
    accountId: account.id,
    clientId,
    code,
    origin,
    details,
    idempotency,
  });
  metrics.countVerdict(verdict);
  return verdict;
}

async function answerOnce<R>(
  request: FastifyRequest,
  made: Change,
  judged: (change: Change) => Promise<R>,
  view: (verdict: R) => View,
): Promise<View> {
  return (await once(request, made, judged, (verdict) => ({ status: 200, body: view(verdict) }))).body;
}
