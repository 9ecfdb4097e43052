import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Fault, type FaultCode, type FieldError } from '../../domain/errors.ts';
import { fieldErrorsOf, isCode } from './field-errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A page for people: a fault is shown as one, too. */
    showsFault?: (fault: Fault, request: FastifyRequest, reply: FastifyReply) => FastifyReply;
  }
}

/** Which HTTP status each fault has, and its title: one row for each cause (RFC 9457). */
export const PROBLEMS: Readonly<Record<FaultCode, { readonly status: number; readonly title: string }>> = {
  account_not_found: { status: 404, title: 'No such account' },
  authenticator_last: { status: 409, title: 'The only confirmed authenticator' },
  authenticator_not_found: { status: 404, title: 'No such authenticator' },
  authenticator_odds: { status: 409, title: 'Codes would be guessed too easily' },
  authenticator_quota_exceeded: { status: 409, title: 'The user may have no more authenticators' },
  body_invalid: { status: 400, title: 'The body has wrong fields' },
  body_malformed: { status: 400, title: 'The body is not JSON' },
  body_too_large: { status: 413, title: 'The body is too large' },
  checkpoint_pending: { status: 409, title: 'No checkpoint covers this yet' },
  client_exists: { status: 409, title: 'The user is already enrolled' },
  client_not_found: { status: 404, title: 'No such user' },
  client_quota_exceeded: { status: 403, title: 'The account may have no more users' },
  content_type_unsupported: { status: 415, title: 'The body is not declared as JSON' },
  credentials_invalid: { status: 401, title: 'Wrong e-mail or password' },
  credentials_missing: { status: 401, title: 'No bearer token' },
  cross_site_request: { status: 403, title: 'Not from a page of this server' },
  cursor_invalid: { status: 400, title: 'The cursor is not valid' },
  device_not_found: { status: 404, title: 'No such trusted device' },
  disk_almost_full: { status: 507, title: 'The disk is almost full' },
  drift_not_followed: { status: 409, title: 'The policy does not follow drift' },
  email_taken: { status: 409, title: 'The e-mail address is taken' },
  event_not_found: { status: 404, title: 'No such event' },
  event_quota_exceeded: { status: 429, title: 'The account has too many events today' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  https_required: { status: 403, title: 'HTTPS is needed' },
  idempotency_key_in_use: { status: 409, title: 'The same request is under way' },
  idempotency_key_invalid: { status: 400, title: 'The Idempotency-Key cannot be used' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key belongs to another request' },
  internal: { status: 500, title: 'Something went wrong in Kanda' },
  key_invalid: { status: 401, title: 'The API key is not valid' },
  key_not_found: { status: 404, title: 'No such API key' },
  key_quota_exceeded: { status: 403, title: 'The account may have no more API keys' },
  label_too_long: { status: 400, title: 'The QR code would be too large to scan' },
  link_not_found: { status: 404, title: 'No such link' },
  link_quota_exceeded: { status: 403, title: 'The account may have no more links' },
  link_result_redeemed: { status: 409, title: 'The result was redeemed already' },
  link_result_unknown: { status: 404, title: 'No such result' },
  login_required: { status: 403, title: 'Only a log-in may do this' },
  method_not_allowed: { status: 405, title: 'Another method is needed' },
  mode_mismatch: { status: 403, title: 'The key belongs to the other half' },
  params_invalid: { status: 400, title: 'The path has a wrong part' },
  password_too_common: { status: 400, title: 'The password is too easy to guess' },
  password_too_short: { status: 400, title: 'The password is too short' },
  policy_invalid: { status: 400, title: 'The policy goes beyond what is allowed' },
  proof_invalid: { status: 403, title: 'The proof was not accepted' },
  query_invalid: { status: 400, title: 'The query has wrong parameters' },
  rate_limited: { status: 429, title: 'Too many requests' },
  receipt_audience_wrong: { status: 403, title: 'The receipt is for another audience' },
  receipt_expired: { status: 409, title: 'The receipt has expired' },
  receipt_foreign: { status: 403, title: 'The receipt belongs to another account' },
  receipt_malformed: { status: 400, title: 'This is not a receipt' },
  receipt_redeemed: { status: 409, title: 'The receipt was redeemed already' },
  receipt_unknown: { status: 404, title: 'No such receipt' },
  recent_login_required: { status: 403, title: 'Only a log-in of the last few minutes may do this' },
  recovery_code_invalid: { status: 401, title: 'The recovery code is not right' },
  registration_closed: { status: 403, title: 'Registration is closed' },
  request_malformed: { status: 400, title: 'The request cannot be understood' },
  request_timeout: { status: 408, title: 'The request took too long' },
  return_url_refused: { status: 400, title: 'The return URL is not allowed' },
  route_not_found: { status: 404, title: 'No such path' },
  scope_missing: { status: 403, title: 'The bearer may not do this' },
  second_factor_required: { status: 403, title: 'Only a log-in with a second factor may do this' },
  secret_export_off: { status: 403, title: 'This server gives no secrets away' },
  secret_invalid: { status: 400, title: 'The secret cannot be imported' },
  secret_unreadable: { status: 500, title: 'The secret cannot be read' },
  session_not_found: { status: 404, title: 'No such log-in' },
  stopping: { status: 503, title: 'The server is stopping' },
  storage_quota_exceeded: { status: 403, title: 'The account may store no more' },
  store_unavailable: { status: 503, title: 'The store cannot save' },
  test_clock_spent: { status: 409, title: 'The test clock cannot go further' },
  token_expired: { status: 401, title: 'The token has expired' },
  token_invalid: { status: 401, title: 'The token is not valid' },
  totp_code_malformed: { status: 400, title: 'The code is not a code' },
  totp_invalid: { status: 401, title: 'The code is not right' },
  totp_locked: { status: 429, title: 'Too many wrong codes' },
  totp_required: { status: 401, title: 'The second factor is missing' },
  trusted_devices_off: { status: 409, title: 'The policy has no trusted devices' },
  two_factor_off: { status: 409, title: 'Two-factor login is off' },
  two_factor_on: { status: 409, title: 'Two-factor login is on' },
  webhook_not_found: { status: 404, title: 'No such webhook' },
  webhook_quota_exceeded: { status: 403, title: 'The account may have no more webhooks' },
  webhook_url_refused: { status: 400, title: 'Nothing is sent to this URL' },
};

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Sends a fault as its caller may see it: never its cause. `docs` is where the error pages stand. */
export function sendProblem(
  fault: Fault,
  request: FastifyRequest,
  reply: FastifyReply,
  docs: string,
): FastifyReply {
  const { status } = PROBLEMS[fault.code];
  if (status === 401) reply.header('www-authenticate', challenge(fault.code));
  if (fault.retryAfterSeconds !== undefined) reply.header('retry-after', String(fault.retryAfterSeconds));
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .header('x-content-type-options', 'nosniff')
    .type(PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send(problemOf(fault, request.id, docs));
}

/** The problem document of a fault. */
export function problemOf(fault: Fault, requestId: string, docs: string) {
  return {
    type: `${docs}/${fault.code}`,
    ...PROBLEMS[fault.code],
    detail: fault.detail,
    code: fault.code,
    requestId,
    ...(fault.errors.length > 0 ? { errors: fault.errors } : {}),
    ...(fault.sameSecret === undefined ? {} : { sameSecret: fault.sameSecret }),
  };
}

/** What is wrong with a bearer. Other refusals of who calls are about what a person typed. */
const BEARER_FAULTS: readonly FaultCode[] = ['key_invalid', 'token_expired', 'token_invalid'];

/** RFC 6750 §3: an error code only for a bearer that was presented. */
function challenge(code: FaultCode): string {
  return BEARER_FAULTS.includes(code)
    ? 'Bearer realm="kanda", error="invalid_token"'
    : 'Bearer realm="kanda"';
}

/** What a thrown thing means to the caller. Anything that is not foreseen is `internal`. */
export function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const { code, validation, validationContext, statusCode } = error as FastifyError;
  if (validation !== undefined) return invalidInput(validation, validationContext ?? 'body');
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Fault(
        'content_type_unsupported',
        'Send the body as JSON, with the header "Content-Type: application/json".',
      );
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Fault(
        'body_too_large',
        'The body is too large: a call takes 16 KiB at most, the settings of pages 128 KiB, and an import of users 512 KiB.',
      );
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Fault('request_malformed', 'The Content-Length header does not match the body.');
    default:
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new Fault('request_malformed', 'The request cannot be understood.', { cause: error });
  }
  return new Fault('internal', 'Something went wrong in Kanda. The log has more under this request id.', {
    cause: error,
  });
}

/** A small body can be wrong in thousands of places; the answer must not be larger than the question. */
const MAX_FIELD_ERRORS = 20;

const CODE_OF_PART = {
  body: 'body_invalid',
  params: 'params_invalid',
  querystring: 'query_invalid',
} as const;
const WORD_OF_PART = { body: 'body', params: 'path', querystring: 'query' } as const;

function invalidInput(validation: NonNullable<FastifyError['validation']>, part: string): Fault {
  const known = part === 'params' || part === 'querystring' ? part : 'body';
  const errors = fieldErrorsOf(validation).slice(0, MAX_FIELD_ERRORS);
  const first = errors[0];
  // A field that the call does not know is no code, whatever its name.
  const isUnknown = validation.some(({ keyword }) => keyword === 'additionalProperties');
  const code =
    known === 'body' && errors.length === 1 && first !== undefined && isCode(first.path) && !isUnknown
      ? 'totp_code_malformed'
      : CODE_OF_PART[known];
  return new Fault(code, detailOf(WORD_OF_PART[known], first), { errors });
}

function detailOf(part: string, first: FieldError | undefined): string {
  const message = first?.message ?? 'is invalid';
  return first === undefined || first.path === ''
    ? `The ${part} ${message}.`
    : `The ${part} is invalid: ${nameOf(first.path)} ${message}.`;
}

/** A field as people name it, by its JSON pointer: `proof.token`. */
function nameOf(path: string): string {
  return path.slice(1).replaceAll('/', '.');
}
