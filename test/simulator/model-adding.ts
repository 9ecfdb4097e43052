/** What the model store makes of an authenticator that is added, with a proof or without, or shown again. */
import type { TotpParameters } from '@kanda/otp';
import { isTooEasy } from '../../apps/server/src/domain/verdicts/odds.ts';
import type { Outcome, Request } from './history.ts';
import {
  append,
  authenticatorOf,
  confirmedOf,
  type ModelAuthenticator,
  presentOf,
  type Row,
  refuseOne,
  replacedBy,
} from './model-image.ts';
import { isProvenBy } from './model-rotate.ts';
import { DONE, parametersOf, usedOfBrought, type Work } from './model-work.ts';
import { ALL } from './oracle-authenticator.ts';
import type { Ask } from './schedule.ts';

const EVENT = 'authenticator.added';
const ADDING: readonly Ask[] = ['add', 'replace', 'replace one', 'replace proved'];

export function adds(ask: Ask): boolean {
  return ADDING.includes(ask);
}

/** @param client without what has expired */
export function add(work: Work, client: Row): Outcome {
  const { request, draft, has } = work;
  const { clientId, secret, imported, fresh, at } = request;
  const parameters = parametersOf(work.schedule, clientId);
  const like = client.authenticators.find((one) => isLike(one, request));
  if (like !== undefined && !fresh && has['shown-again'] && (!imported || like.secret === secret)) {
    draft.rows.set(clientId, client);
    return { kind: 'shown', secret: like.secret.toString('hex') };
  }
  const refusal = whyNot(work, client, parameters, like);
  if (refusal !== null) return refuseOne(draft, request, EVENT, refusal);
  if (request.ask === 'replace proved' && has['added-proof'] && !isProvenBy(work, client)) {
    return refuseOne(draft, request, EVENT, 'proof_invalid');
  }
  const row = draft.rows.get(clientId) ?? client;
  const proved = { ...row, authenticators: presentOf(row, at) };
  const others = proved.authenticators.filter(({ name }) => like === undefined || name !== like.name);
  const added = authenticatorOf(request, parameters, usedOfBrought(work, proved.authenticators));
  draft.rows.set(clientId, { ...proved, authenticators: [...others, added] });
  append(draft, request, EVENT, at);
  return DONE;
}

function isLike({ pendingUntil, name, replaces }: ModelAuthenticator, request: Request): boolean {
  if (pendingUntil === null || name !== request.name) return false;
  return JSON.stringify(replaces) === JSON.stringify(replacedBy(request));
}

function whyNot(
  { request, schedule }: Work,
  client: Row,
  parameters: TotpParameters,
  like: ModelAuthenticator | undefined,
): string | null {
  const replaces = replacedBy(request);
  const { policy } = schedule;
  const isReplaced = ({ name }: ModelAuthenticator) => replaces === ALL || replaces?.name === name;
  if (replaces !== null && replaces !== ALL && !confirmedOf(client).some(isReplaced)) {
    return 'authenticator_not_found';
  }
  const others = client.authenticators.filter((one) => one !== like);
  if (others.length >= policy.maxAuthenticators + (replaces === null ? 0 : 1)) {
    return 'authenticator_quota_exceeded';
  }
  const left = others.filter((one) => !isReplaced(one)).map((one) => one.key.parameters);
  return isTooEasy(policy, [...left, parameters]) ? 'authenticator_odds' : null;
}
