import { Type } from 'typebox';
import { Fault } from '../../../domain/errors.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { named, parameters } from '../schemas.ts';
import { hashText } from '../views.ts';
import { HASH, HashText } from './schemas.ts';

const Size = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: "A tree's size: that of a checkpoint that you have.",
});

const ConsistencyProof = Type.Object(
  {
    from: Type.Integer(),
    to: Type.Integer(),
    hashes: Type.Array(HashText, { description: 'The consistency proof of RFC 9162.' }),
  },
  named('ConsistencyProof', 'Proof that the later log begins with the earlier one.', {
    from: 1,
    to: 2,
    hashes: [HASH],
  }),
);

export function proveConsistency(
  app: App,
  { authenticate, auditLog }: RouteNeeds<'authenticate' | 'auditLog'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/logs/consistency',
    onRequest: authenticate('logs:read'),
    schema: {
      operationId: 'proveConsistency',
      summary: 'Proof that a later log begins with an earlier one',
      description:
        'Both sizes are those of checkpoints (C2SP tlog-checkpoint); the proof is that of RFC 9162.',
      tags: ['Logs'],
      security: [{ bearer: ['logs:read'] }],
      querystring: parameters({ from: Size, to: Size }),
      response: answers(
        {
          200: ConsistencyProof,
        },
        [400, 401, 403, 409, 503],
      ),
    },
    async handler(request) {
      const { from, to } = request.query;
      if (from > to) {
        throw new Fault('query_invalid', 'The query is invalid: from must not be above to.', {
          errors: [{ path: '/from', message: 'must not be above to' }],
        });
      }
      const hashes = await auditLog.proveConsistency(principalOf(request).account, from, to);
      return { from, to, hashes: hashes.map(hashText) };
    },
  });
}
