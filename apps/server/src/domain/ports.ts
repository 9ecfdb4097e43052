export type { NewAccount, Passwords } from './accounts/ports.ts';
export type { Change } from './change.ts';
export type { ClientFilter, EnrolledClient, NewClient } from './clients/ports.ts';
export type { SealedAuthenticator, SealedPlace, SecretBox } from './clients/secret-box.ts';
export type {
  ApiKeyText,
  ApiKeyTexts,
  KeyHolder,
  NewApiKey,
  SessionHolder,
  TokenClaims,
  TokenIssuer,
  VerifiedToken,
} from './keys/ports.ts';
export type { LimitRule, LimitState } from './limits/ports.ts';
export type { EventFilter, LogFilter, LogPart } from './log/event-store.ts';
export type { AccountDataKey, WrappedDataKey, WrappedServerKey } from './master-keys/wrapped-keys.ts';
export type { Page, PageRequest } from './page.ts';
export type { RandomBytes } from './randomness.ts';
export type { Duty, Store } from './store.ts';
export type { Clock } from './time.ts';
export type { Attempt, AuthenticatorKeys } from './verdicts/ports.ts';
