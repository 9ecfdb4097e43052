import { Fault } from '../errors.ts';
import { MAX_OPEN_LINKS } from './link.ts';

export function linkNotFound(): Fault {
  return new Fault('link_not_found', 'This account has no such link, or it is too old to be listed.');
}

export function tooManyLinks(): Fault {
  return new Fault(
    'link_quota_exceeded',
    `An account may have ${MAX_OPEN_LINKS} links that are not used, cancelled or expired. Cancel some, or wait.`,
  );
}

export function returnUrlRefused(): Fault {
  return new Fault(
    'return_url_refused',
    'The origin of returnUrl is not among the returnOrigins of this account, or the URL has a user name or a parameter "result". Add the origin with PUT /api/hosted-pages.',
  );
}

/** Also another account's, one that was never issued, and one that has expired. */
export function resultUnknown(): Fault {
  return new Fault(
    'link_result_unknown',
    'This is not the result of a link of your account, or it came too late: it lives for 10 minutes after a challenge, and for an hour after an enrolment or a replacement. Do not go on. GET /api/totp/links?clientId= says what became of the link.',
  );
}

export function resultRedeemed(): Fault {
  return new Fault('link_result_redeemed', 'This result was redeemed before. Do not go on again.');
}
