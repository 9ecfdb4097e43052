import type { Fault, FaultCode } from '../../../domain/errors.ts';
import type { EndReason } from '../../hosted/texts/texts.ts';

/** What the person reads of a fault. Of every other one that the server cannot do it now. */
const REASONS: Readonly<Partial<Record<FaultCode, EndReason>>> = {
  link_not_found: 'unknown',
  // Of this address or this link: a lock of the user is judged, and no fault.
  rate_limited: 'busy',
  client_quota_exceeded: 'full',
  authenticator_quota_exceeded: 'full',
  event_quota_exceeded: 'full',
  storage_quota_exceeded: 'full',
  secret_unreadable: 'unavailable',
  account_not_found: 'unavailable',
  cross_site_request: 'foreign',
  body_invalid: 'unreadable',
  body_malformed: 'unreadable',
  body_too_large: 'unreadable',
  content_type_unsupported: 'unreadable',
  params_invalid: 'unreadable',
  query_invalid: 'unreadable',
  request_malformed: 'unreadable',
};

/** A fault as the page of a link shows it. */
export function endOfFault({ code, retryAfterSeconds }: Fault): {
  readonly kind: 'ended';
  readonly reason: EndReason;
  readonly retryAfterSeconds?: number;
} {
  const reason = REASONS[code] ?? 'down';
  // The text of what is down names a time itself, one that a person waits.
  const wait = reason === 'busy' && retryAfterSeconds !== undefined ? { retryAfterSeconds } : {};
  return { kind: 'ended', reason, ...wait };
}
