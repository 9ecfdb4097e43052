import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { Account } from '../../../domain/accounts/account.ts';
import type { Change } from '../../../domain/change.ts';
import { Fault } from '../../../domain/errors.ts';
import { AlreadyAnswered } from '../../../domain/idempotency/idempotency.ts';
import {
  type ReceiptMethod,
  type UnsignedReceipt,
  unsignedReceipt,
} from '../../../domain/receipts/receipt.ts';
import type { AskedReceipt, Receipts } from '../../../domain/receipts/receipts.ts';
import type { LoggedAttempt } from '../../../domain/verdicts/decide.ts';
import { once } from '../../server/idempotency.ts';
import type { VerdictView } from './verdict-view.ts';

type View = Static<typeof VerdictView>;
/** An answer as it is kept: its receipt is signed when the answer is sent. */
type Unsigned = Omit<View, 'receipt'> & { readonly receipt?: UnsignedReceipt };

/** What a receipt has of the verdict that it is for. */
export interface Accepted {
  readonly method: ReceiptMethod;
  readonly event: LoggedAttempt;
}

/**
 * Answers with a receipt when the code is accepted. It is signed when the commit is durable: what is kept for an
 * Idempotency-Key in that commit is what the receipt says, and each answer from it has the same signature.
 *
 * @param judged has the code judged
 * @param accepted what a receipt has of an accepted one; null: it was refused
 */
export async function answerWithReceipt<R>(
  receipts: Receipts,
  request: FastifyRequest,
  {
    account,
    clientId,
    made,
  }: { readonly account: Account; readonly clientId: string; readonly made: Change },
  asked: AskedReceipt,
  judged: (change: Change) => Promise<R>,
  accepted: (verdict: R) => Accepted | null,
  view: (verdict: R) => View,
): Promise<View> {
  const terms = await receipts.terms(account, clientId, asked);
  const answerOf = (verdict: R) => {
    const of = accepted(verdict);
    const receipt = of === null ? {} : { receipt: unsignedReceipt(terms, of.method, of.event) };
    return { status: 200, body: { ...view(verdict), ...receipt } as Unsigned };
  };
  try {
    return await signed(receipts, (await once(request, made, judged, answerOf)).body);
  } catch (error) {
    if (!(error instanceof AlreadyAnswered) || error.outcome instanceof Fault) throw error;
    const body = await signed(receipts, error.outcome.body as Unsigned);
    throw new AlreadyAnswered({ ...error.outcome, body });
  }
}

async function signed(receipts: Receipts, { receipt, ...view }: Unsigned): Promise<View> {
  return receipt === undefined ? view : { ...view, receipt: await receipts.sign(receipt) };
}
