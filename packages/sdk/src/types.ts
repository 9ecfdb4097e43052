/** The types of the calls, taken from the description of the API. */
import type { operations } from './schema.d.ts';
import type { Secret } from './secret.ts';

type Json<T> = T extends { readonly content: { readonly 'application/json': infer Body } } ? Body : never;
/** What a call takes as its body. */
type Body<Id extends keyof operations> = operations[Id] extends { readonly requestBody?: infer Content }
  ? Exclude<Json<NonNullable<Content>>, null>
  : never;
/** What a call answers when it succeeds. */
type Answer<Id extends keyof operations> = operations[Id] extends { readonly responses: infer Responses }
  ? Json<Responses[Extract<keyof Responses, 200 | 201>]>
  : never;
/** The parameters of a list, without those that the iteration sets itself. */
type Query<Id extends keyof operations> = Omit<
  NonNullable<operations[Id]['parameters']['query']>,
  'cursor' | 'format' | 'after' | 'total'
>;
/** The fields with a secret in them, each of which prints as `[redacted]`. */
type Redacted<T, Names extends keyof T> = Omit<T, Names> & {
  readonly [Name in Names]: undefined extends T[Name]
    ? Secret<Exclude<T[Name], undefined | null>> | undefined
    : null extends T[Name]
      ? Secret<Exclude<T[Name], null>> | null
      : Secret<T[Name]>;
};

export type Registration = Body<'registerClient'>;
export type Rotation = Body<'rotateClient'>;
export type NewAuthenticator = Body<'addAuthenticator'>;
/** A secret as it is shown to the user: once. */
export type Enrolment = Redacted<Answer<'registerClient'>, 'secret' | 'otpauthUrl' | 'qrDataUrl'>;

export type FirstCode = Body<'confirmAuthenticator'>;
type ConfirmationFields = Answer<'confirmAuthenticator'>;
/** The code was right and is used up; the authenticator is in use. */
export type Confirmed = Omit<ConfirmationFields, 'confirmed' | 'authenticatorId' | keyof Refusal> & {
  readonly confirmed: true;
  readonly authenticatorId: string;
};
interface Refusal {
  readonly reason: NonNullable<ConfirmationFields['reason']>;
  /** Wrong codes until the pending authenticator is gone. */
  readonly attemptsLeft: number;
  readonly retryAfter?: number;
}
export type Unconfirmed = Refusal & { readonly confirmed: false };
export type Confirmation = Confirmed | Unconfirmed;

/** One of `token`, `recoveryCode` and `deviceToken`, as the user or the browser showed it. */
export type ShownFactor = Body<'validateCode'>;
type VerdictFields = Answer<'validateCode'>;
/** The user showed a right code. It is used up. */
export type Accepted = Omit<Redacted<VerdictFields, 'deviceToken'>, 'valid' | 'reason' | 'retryAfter'> & {
  readonly valid: true;
};
/** The user is not let in, and `reason` says why. */
export type Refused = {
  readonly valid: false;
  readonly reason: NonNullable<VerdictFields['reason']>;
  /** Seconds until the next attempt is looked at; absent when only `unlock` or `rotate` ends the lock. */
  readonly retryAfter?: number;
};
export type Verdict = Accepted | Refused;

/** What the user approves with a code, as it is sent to `validate`. */
export type ReceiptAction = NonNullable<ShownFactor['action']>;
export type ShownReceipt = Body<'redeemReceipt'>;
/** The receipt was valid and is used up. */
export type Redeemed = Answer<'redeemReceipt'>;

export type AskedLink = Body<'createLink'>;
export type MadeLink = Answer<'createLink'>;
export type ShownResult = Body<'redeemLinkResult'>;
/** The user showed a right code on the page of this link; the result is used up. */
export type RedeemedLink = Answer<'redeemLinkResult'>;

export type ImportRequest = Body<'importClients'>;
export type ImportResult = Answer<'importClients'>['results'][number];

export type ClientFilter = Query<'listClients'>;
export type Client = Answer<'getClient'>;
export type ClientChange = Body<'updateClient'>;
export type Unlock = Body<'unlockClient'>;
export type Diagnosis = Answer<'diagnoseClient'>;
export type DiagnosedCode = Body<'diagnoseClient'>;

export type Authenticator = Answer<'getAuthenticator'>;
export type AuthenticatorChange = Body<'updateAuthenticator'>;
export type ConsecutiveCodes = Body<'resyncAuthenticator'>;
export type Resync = Answer<'resyncAuthenticator'>;

/** New recovery codes, to be shown to the user once. */
export type RecoveryCodes = Redacted<Answer<'createClientRecoveryCodes'>, 'codes'>;
export type RecoveryCodeStatus = Answer<'getClientRecoveryCodes'>;
export type NewRecoveryCodes = Body<'createClientRecoveryCodes'>;
export type Device = Answer<'listDevices'>['data'][number];

export type EventFilter = Query<'listLogs'>;
export type StreamFilter = Query<'streamLogs'>;
export type LoggedEvent = Answer<'getEvent'>;
export type Policy = Answer<'getPolicy'>;
export type PolicyChange = Body<'putPolicy'>;
