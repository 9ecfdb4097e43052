import { Type } from 'typebox';
import { assertDiskRoom } from '../../../domain/limits/disk-space.ts';
import {
  DEFAULT_RECOVERY_CODES,
  MAX_RECOVERY_CODES,
  MIN_RECOVERY_CODES,
} from '../../../domain/recovery-codes/client-recovery-codes.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { ClientId, parameters } from '../schemas.ts';
import { NewClientRecoveryCodesView } from './schemas.ts';

const Body = Type.Object(
  {
    count: Type.Optional(
      Type.Integer({
        minimum: MIN_RECOVERY_CODES,
        maximum: MAX_RECOVERY_CODES,
        default: DEFAULT_RECOVERY_CODES,
        description: 'How many codes to make.',
      }),
    ),
  },
  { type: ['object', 'null'], additionalProperties: false },
);

export function createClientRecoveryCodes(
  app: App,
  {
    authenticate,
    clientRecoveryCodes,
    clock,
    disk,
    quotas,
  }: RouteNeeds<'authenticate' | 'clientRecoveryCodes' | 'clock' | 'disk' | 'quotas'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/totp/clients/:clientId/recovery-codes',
    onRequest: authenticate('totp:write'),
    schema: {
      operationId: 'createClientRecoveryCodes',
      summary: 'Make recovery codes for a user, shown once; all earlier ones are void',
      description: 'Each is accepted once by POST /api/totp/validate, in place of a code of the phone.',
      tags: ['Users'],
      security: [{ bearer: ['totp:write'] }],
      params: parameters({ clientId: ClientId }),
      body: Body,
      response: answers({ 201: NewClientRecoveryCodesView }, [400, 401, 403, 404, 413, 415, 503, 507]),
    },
    async handler(request, reply) {
      assertDiskRoom(disk);
      const { account } = principalOf(request);
      const made = changeOf(request, clock);
      await quotas.assertWithin(account.id, made);
      const { clientId } = request.params;
      // The type does not say that the body may be absent.
      const { count = DEFAULT_RECOVERY_CODES } =
        (request.body as { count?: number } | null | undefined) ?? {};
      const { status, body } = await once(
        request,
        made,
        (change) => clientRecoveryCodes.create(account, clientId, count, change),
        ({ codes, generation }) => ({
          status: 201 as const,
          body: { codes: codes.map((code) => code.reveal()), generation },
        }),
      );
      return reply.code(status).send(body);
    },
  });
}
