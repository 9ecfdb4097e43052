import { type Static, Type } from 'typebox';
import { originOf } from '../../../domain/log/origin.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { named, parameters, Timestamp } from '../schemas.ts';
import { timestamp } from '../views.ts';
import { HASH, NOTE } from './schemas.ts';

const Checkpoint = Type.Object(
  {
    origin: Type.String({ description: 'Which log this is; the first line of the note.' }),
    size: Type.Integer({ description: 'How many events it covers: those numbered 1 to size.' }),
    rootHash: Type.String({ description: 'The root of their Merkle tree (RFC 6962), base64.' }),
    createdAt: Timestamp,
    note: Type.String({ description: 'The signed note itself. Keep this, in another place.' }),
    verifierKey: Type.String({ description: 'The key that it verifies against (C2SP signed-note).' }),
  },
  named('Checkpoint', 'A signed note about the log, with what belongs to it.', {
    origin: 'kanda.example/acc_5a0c9c2b7d1f4e8f9a3b6c7d8e9f00',
    size: 20,
    rootHash: HASH,
    createdAt: '2026-01-31T09:42:00.000Z',
    note: NOTE,
    verifierKey: 'kanda.example/acc_5a0c9c2b7d1f4e8f9a3b6c7d8e9f00+c1b2a3d4+AQ...',
  }),
);

/** The note as text, or in JSON with what belongs to it. */
const Answer = Type.Unsafe<Static<typeof Checkpoint> | string>(Checkpoint);

export function getCheckpoint(
  app: App,
  { authenticate, auditLog }: RouteNeeds<'authenticate' | 'auditLog'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/logs/checkpoint',
    onRequest: authenticate('logs:read'),
    schema: {
      operationId: 'getCheckpoint',
      summary: "The log's newest checkpoint, to keep elsewhere",
      description:
        'A signed note (C2SP tlog-checkpoint) as text; with format=json the same in an object, with the key that it verifies against.',
      tags: ['Logs'],
      security: [{ bearer: ['logs:read'] }],
      querystring: parameters({
        format: Type.Optional(
          Type.Unsafe<'text' | 'json'>({ type: 'string', enum: ['text', 'json'], default: 'text' }),
        ),
      }),
      response: answers({ 200: Answer }, [400, 401, 403, 409, 503], ['text/plain']),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const { size, root, at, note } = await auditLog.checkpoint(account);
      if (request.query.format !== 'json') {
        return reply.header('x-content-type-options', 'nosniff').type('text/plain; charset=utf-8').send(note);
      }
      return {
        origin: originOf(account.publicId),
        size,
        rootHash: Buffer.from(root).toString('base64'),
        createdAt: timestamp(at),
        note,
        verifierKey: auditLog.verifierKey(account),
      };
    },
  });
}
