import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { Account } from '../../../domain/accounts/account.ts';
import { isExpired } from '../../../domain/authenticators/authenticator.ts';
import type { Change } from '../../../domain/change.ts';
import type { ReceiptMethod } from '../../../domain/receipts/receipt.ts';
import type { AskedReceipt } from '../../../domain/receipts/receipts.ts';
import type { RecoveryCodeVerdict } from '../../../domain/recovery-codes/ports.ts';
import type { Secret } from '../../../domain/secret.ts';
import type { Verdict } from '../../../domain/verdicts/decide.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { type Accepted, answerWithReceipt } from './receipted.ts';
import { askedReceipt, type ShownFactor, shownFactor, ValidateBody } from './shown-factor.ts';
import {
  detailedView,
  recoveryVerdictView,
  trustedVerdictView,
  usedVerdictView,
  VerdictView,
} from './verdict-view.ts';

type ValidateNeeds = RouteNeeds<
  | 'authenticate'
  | 'clientRecoveryCodes'
  | 'clock'
  | 'disk'
  | 'metrics'
  | 'quotas'
  | 'receipts'
  | 'trustedDevices',
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
        'Send token, or recoveryCode or deviceToken in its place. What is accepted is used up, and that is on the disk before the answer. With action, the answer has a receipt. Send an Idempotency-Key, so that a retry gets the same verdict.',
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
      const receipt = askedReceipt(request.body);
      const standing = quotas.standing(account, clock(request));
      const made = changeOf(request, clock);
      const isWithin = standing.level === 'within';
      const mayTrust = isWithin && !disk.isLow;
      const attempted = { account, clientId, made, shown, details, receipt, mayTrust };
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
  /** null: none is asked for. */
  readonly receipt: AskedReceipt | null;
  /** Whether a browser may be trusted. If not, its code is judged all the same: a full disk locks no user out. */
  readonly mayTrust: boolean;
}

type View = Static<typeof VerdictView>;

/** Has the factor judged, at most once for an Idempotency-Key. */
function judge(needs: ValidateNeeds, request: FastifyRequest, attempted: Attempted): Promise<View> {
  const { metrics, trustedDevices } = needs;
  const { account, clientId, made, shown, details, receipt, mayTrust } = attempted;
  switch (shown.kind) {
    case 'token': {
      const { code, trust } = shown;
      if (receipt !== null) return judgeForReceipt(needs, request, attempted, code, receipt);
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
      const use = (change: Change) => useRecoveryCode(needs, attempted, shown.code, change);
      if (receipt === null) return answerOnce(request, made, use, recoveryVerdictView);
      return answerWithReceipt(
        needs.receipts,
        request,
        attempted,
        receipt,
        use,
        (verdict) => acceptedOf(verdict, 'recovery_code'),
        recoveryVerdictView,
      );
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

async function useRecoveryCode(
  { clientRecoveryCodes, metrics }: ValidateNeeds,
  { account, clientId, receipt }: Attempted,
  code: Secret<string>,
  change: Change,
): Promise<RecoveryCodeVerdict> {
  const verdict = await clientRecoveryCodes.use(account, clientId, code, change, receipt !== null);
  metrics.countRecoveryVerdict(verdict);
  return verdict;
}

/** A code that approves something: its receipt names the authenticator's type and the event, whatever the answer shows. */
async function judgeForReceipt(
  needs: ValidateNeeds,
  request: FastifyRequest,
  attempted: Attempted,
  code: string,
  receipt: AskedReceipt,
): Promise<View> {
  const { account, clientId, made, details } = attempted;
  const left = details ? await needs.store.findClientRecoveryCodes(account.id, clientId, made.at) : null;
  return answerWithReceipt(
    needs.receipts,
    request,
    attempted,
    receipt,
    (change) => validate(needs, { ...attempted, details: true }, code, change),
    (verdict) => acceptedOf(verdict, verdict.valid ? verdict.method : undefined),
    (verdict) => {
      if (!verdict.valid) return verdict;
      return details ? detailedView(verdict, left?.remaining ?? 0) : { valid: true };
    },
  );
}

/** What a receipt has of a verdict; null: there is none for it. */
function acceptedOf(
  verdict: Verdict | RecoveryCodeVerdict,
  method: ReceiptMethod | undefined,
): Accepted | null {
  if (!verdict.valid) return null;
  if (method === undefined || verdict.event === undefined)
    throw new TypeError('the store accepted a code for a receipt and did not say where its log has it');
  return { method, event: verdict.event };
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

function validate(
  { store, metrics }: ValidateNeeds,
  { account, clientId, details, receipt }: Attempted,
  code: string,
  { origin, idempotency }: Change,
): Promise<Verdict> {
  const judged = store.validate({
    accountId: account.id,
    clientId,
    code,
    origin,
    details,
    numbered: receipt !== null,
    idempotency,
  });
  return judged.then((verdict) => {
    metrics.countVerdict(verdict);
    return verdict;
  });
}

async function answerOnce<R>(
  request: FastifyRequest,
  made: Change,
  judged: (change: Change) => Promise<R>,
  view: (verdict: R) => View,
): Promise<View> {
  return (await once(request, made, judged, (verdict) => ({ status: 200, body: view(verdict) }))).body;
}
