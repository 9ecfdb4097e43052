/** The client of a Kanda server. Everything that an application imports is exported here. */
export { Authenticators } from './authenticators.ts';
export { Clients } from './clients.ts';
export { Devices } from './devices.ts';
export {
  ConnectionFailed,
  type FieldError,
  InvalidArgument,
  KandaError,
  OutcomeUnknown,
  Problem,
  TimedOut,
  UnexpectedAnswer,
} from './errors.ts';
export { Kanda } from './kanda.ts';
export { Links } from './links.ts';
export { Logs } from './logs.ts';
export { type Page, Pages } from './pages.ts';
export { Policies } from './policy.ts';
export * from './problems.ts';
export { Receipts } from './receipts.ts';
export { RecoveryCodes } from './recovery-codes.ts';
export { Secret } from './secret.ts';
export type { CallOptions, Fetch, KandaOptions } from './settings.ts';
export type * from './types.ts';
export { isValid } from './verdict.ts';
export { VERSION } from './version.ts';
export {
  type VerifyOptions,
  verifyWebhook,
  WebhookInvalid,
  type WebhookMessage,
} from './webhooks.ts';
