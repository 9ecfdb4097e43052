/** What the model store makes of a code that support looks at. */
import { diagnose } from '../../apps/server/src/domain/authenticators/diagnose.ts';
import type { Outcome } from './history.ts';
import { append, type ModelAuthenticator, type Row } from './model-image.ts';
import { typedOf, type Work } from './model-work.ts';

/** @param client without what has expired */
export function diagnoseCode({ request, row, draft, schedule, has }: Work, client: Row): Outcome {
  const { at, clientId } = request;
  const { authenticators, lockout: before } = client;
  const { lockout, factors, finding, steps, retryAfter } = diagnose(
    {
      disabled: client.disabled,
      lockout: before,
      authenticators: () =>
        authenticators.map(({ secret, key, factor, pendingUntil }, number) => ({
          number,
          pending: pendingUntil !== null,
          factor,
          parameters: key.parameters,
          secret,
        })),
      previous: () =>
        client.replaced.map(({ secret, key, factor }) => ({
          parameters: key.parameters,
          secret,
          watermark: factor.watermark,
        })),
      expected: null,
    },
    typedOf(request.code, authenticators[0] as ModelAuthenticator),
    at,
    schedule.policy,
  );
  const isBurnt = factors.size > 0 && has['diagnose-burn'];
  const left = isBurnt
    ? authenticators.map((one, number) => ({ ...one, factor: factors.get(number) ?? one.factor }))
    : (row ?? client).authenticators;
  const counted = has['diagnose-failures'] ? lockout : before;
  draft.rows.set(clientId, { ...client, lockout: counted, authenticators: left });
  append(draft, request, 'client.diagnosed', at, finding, 'success');
  if (counted.locked && !before.locked) {
    append(draft, request, 'client.locked', at, 'too_many_failures', 'success');
  }
  const more = retryAfter === undefined ? {} : { retryAfter };
  return { kind: 'finding', finding: { finding, ...(steps === undefined ? {} : { steps }), ...more } };
}
