import { type Static, Type } from 'typebox';
import { authenticatorId, isExpired } from '../../../domain/authenticators/authenticator.ts';
import type { Change } from '../../../domain/change.ts';
import type { RecoveryCodeVerdict } from '../../../domain/recovery-codes/ports.ts';
import { Secret } from '../../../domain/secret.ts';
import type { Verdict } from '../../../domain/verdicts/decide.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { bodyInvalid } from '../../server/field-errors.ts';
import { once } from '../../server/idempotency.ts';
import { originOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { ClientId, Code, RecoveryCode, VerdictView } from '../schemas.ts';

const Body = Type.Object(
  {
    clientId: ClientId,
    token: Type.Optional(Code),
    recoveryCode: Type.Optional(RecoveryCode),
    details: Type.Optional(
      Type.Boolean({
        description:
          'Whether the answer to an accepted token says how it was checked, and how many recovery codes are left.',
      }),
    ),
  },
  // Which of the optional fields a call needs is not in the schema: the example says it.
  { additionalProperties: false, examples: [{ clientId: 'user-123', token: '847291' }] },
);

type ValidateNeeds = RouteNeeds<
  'authenticate' | 'clientRecoveryCodes' | 'clock' | 'metrics' | 'quotas',
  'validate' | 'findClient' | 'findClientRecoveryCodes'
>;

export function validateCode(
  app: App,
  { authenticate, clientRecoveryCodes, clock, metrics, quotas, store }: ValidateNeeds,
): void {
  app.route({
    method: 'POST',
    url: '/api/totp/validate',
    onRequest: authenticate('totp:validate'),
    config: { givesVerdicts: true },
    schema: {
      operationId: 'validateCode',
      summary: 'Check a code, or a recovery code. A wrong one is an answer, not an error',
      tags: ['TOTP'],
      security: [{ bearer: ['totp:validate'] }],
      body: Body,
      response: answers({ 200: VerdictView }, [400, 401, 403, 404, 413, 415, 500, 503]),
    },
    async handler(request) {
      const { clientId, token, recoveryCode, details = false } = request.body;
      const { account } = principalOf(request);
      const typed = typedCode(token, recoveryCode);
      const standing = quotas.standing(account.id, clock());
      // Codes of its clients are still checked; others would fill its log with any names.
      if (standing.level !== 'within') {
        const client = await store.findClient(account.id, clientId);
        if (client === null || isExpired(client, clock())) throw standing.fault;
      }
      const made = { at: clock(), origin: originOf(request) };
      if (typed.kind === 'recovery code') {
        const judge = async (change: Change) => {
          const verdict = await clientRecoveryCodes.use(account, clientId, typed.code, change);
          metrics.countRecoveryVerdict(verdict);
          return verdict;
        };
        return (await once(request, made, judge, (verdict) => ok(recoveryVerdictView(verdict)))).body;
      }
      // Before the code is judged: were it read afterwards and failed, an accepted code would be lost.
      const left = details ? await store.findClientRecoveryCodes(account.id, clientId, made.at) : null;
      const judge = async ({ origin, idempotency }: Change) => {
        const attempt = { accountId: account.id, clientId, code: typed.code, origin, details, idempotency };
        const verdict = await store.validate(attempt);
        metrics.countVerdict(verdict);
        return verdict;
      };
      const view = (verdict: Verdict) =>
        verdict.valid && details ? detailedView(verdict, left?.remaining ?? 0) : verdict;
      return (await once(request, made, judge, (verdict) => ok(view(verdict)))).body;
    },
  });
}

function ok<T>(body: T) {
  return { status: 200, body };
}

type TypedCode =
  | { readonly kind: 'token'; readonly code: string }
  | { readonly kind: 'recovery code'; readonly code: Secret<string> };

/** Faults: body_invalid unless exactly one of the two is there. */
function typedCode(token: string | undefined, recoveryCode: string | undefined): TypedCode {
  if (recoveryCode !== undefined) {
    if (token !== undefined) throw bodyInvalid('/recoveryCode', 'cannot be combined with token');
    return { kind: 'recovery code', code: new Secret(recoveryCode) };
  }
  if (token === undefined)
    throw bodyInvalid('/token', 'is missing: send token, or recoveryCode in its place');
  return { kind: 'token', code: token };
}

function recoveryVerdictView(verdict: RecoveryCodeVerdict): Static<typeof VerdictView> {
  if (!verdict.valid) return verdict;
  return {
    valid: true,
    method: 'recovery_code',
    remainingRecoveryCodes: verdict.remaining,
    ...(verdict.remaining === 0 ? { lastRecoveryCode: true as const } : {}),
  };
}

function detailedView(
  { authenticator, method }: Extract<Verdict, { valid: true }>,
  remainingRecoveryCodes: number,
): Static<typeof VerdictView> {
  return {
    valid: true,
    ...(method === undefined ? {} : { method }),
    ...(authenticator === undefined ? {} : { authenticatorId: authenticatorId(authenticator) }),
    remainingRecoveryCodes,
  };
}
