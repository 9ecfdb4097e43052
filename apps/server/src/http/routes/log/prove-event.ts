import { Type } from 'typebox';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { EventId, named, parameters } from '../schemas.ts';
import { hashText } from '../views.ts';
import { HASH, HashText, NOTE } from './schemas.ts';

const Proof = Type.Object(
  {
    id: Type.Integer(),
    leafIndex: Type.Integer({ description: 'The place of the event in the tree, from 0: id - 1.' }),
    leafHash: HashText,
    treeSize: Type.Integer(),
    rootHash: HashText,
    hashes: Type.Array(HashText, { description: 'The inclusion proof of RFC 9162, from the leaf up.' }),
    checkpoint: Type.String({ description: 'The signed note with this size and root.' }),
  },
  named('InclusionProof', 'Proof that the event is in the log.', {
    id: 17,
    leafIndex: 16,
    leafHash: HASH,
    treeSize: 20,
    rootHash: HASH,
    hashes: [HASH],
    checkpoint: NOTE,
  }),
);

export function proveEvent(
  app: App,
  { authenticate, auditLog }: RouteNeeds<'authenticate' | 'auditLog'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/logs/:id/proof',
    onRequest: authenticate('logs:read'),
    schema: {
      operationId: 'proveEvent',
      summary: 'Proof that an event is in the log, in its place and unchanged',
      description:
        'leafHash is SHA-256 of a zero byte, "kanda-event-v1", a line end, and the event as its line of the NDJSON export has it. ' +
        'An event whose body was pruned is still proven.',
      tags: ['Logs'],
      security: [{ bearer: ['logs:read'] }],
      params: parameters({ id: EventId }),
      response: answers({ 200: Proof }, [400, 401, 403, 404, 409, 503]),
    },
    async handler(request) {
      const id = Number(request.params.id);
      const { leaf, hashes, checkpoint } = await auditLog.proveInclusion(principalOf(request).account, id);
      return {
        id,
        leafIndex: id - 1,
        leafHash: hashText(leaf),
        treeSize: checkpoint.size,
        rootHash: hashText(checkpoint.root),
        hashes: hashes.map(hashText),
        checkpoint: checkpoint.note,
      };
    },
  });
}
