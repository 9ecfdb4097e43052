import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import type { OtpRecord } from '@kanda/formats';
import { Type } from 'typebox';
import { linesOf } from '../../../domain/clients/secret-exports.ts';
import { Fault } from '../../../domain/errors.ts';
import { assertDiskRoom } from '../../../domain/limits/disk-space.ts';
import { AccountPlaces, type Place } from '../../server/account-places.ts';
import { answers } from '../../server/answers.ts';
import { principalOf, stillAllowed } from '../../server/authentication.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { parameters } from '../schemas.ts';

/** Each writes an event for each client: one at a time is enough for a move. */
export const SECRET_EXPORTS_PER_ACCOUNT = 1;
export const SECRET_EXPORTS_AT_ALL = 16;

const Sealed = Type.Unsafe<Readable>({
  description: 'An age file, with one line of the NDJSON of Kanda for each authenticator.',
  content: { 'application/octet-stream': { schema: Type.String({ format: 'binary' }) } },
});

type Needs = RouteNeeds<
  'authenticate' | 'bearers' | 'clock' | 'disk' | 'exports' | 'quotas' | 'secretExports' | 'sessionCookies'
>;

export function exportClients(app: App, needs: Needs): void {
  const { authenticate, clock, disk, exports, quotas, secretExports } = needs;
  const places = new AccountPlaces(SECRET_EXPORTS_PER_ACCOUNT, SECRET_EXPORTS_AT_ALL, tooMany);
  app.route({
    method: 'GET',
    url: '/api/totp/export',
    onRequest: authenticate('totp:export'),
    schema: {
      operationId: 'exportClients',
      summary: 'Take out all users with their secrets, encrypted',
      description:
        'Streamed, encrypted to an age recipient, so that only who has its identity can read it. Each user is an event, ' +
        'and the export is one. Only for a log-in of the last 5 minutes that showed a second factor, or a key to which one gave ' +
        'totp:export, while that factor has been on for 72 hours, and where KANDA_SECRET_EXPORT allows it. What is cut off does not decrypt. Recovery codes and pending enrolments are not in it.',
      tags: ['TOTP'],
      security: [{ bearer: ['totp:export'] }],
      querystring: parameters({
        recipient: Type.String({
          minLength: 1,
          maxLength: 4_096,
          description: 'The public key that age-keygen prints.',
          examples: ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'],
        }),
      }),
      response: answers({ 200: Sealed }, [400, 401, 403, 429, 503, 507]),
    },
    async handler(request, reply) {
      const principal = principalOf(request);
      await secretExports.assertMayBegin(principal);
      const seal = await secretExports.sealTo(request.query.recipient);
      if (seal === null) throw notARecipient();
      const accountId = principal.account.id;
      await quotas.assertWithin(accountId, changeOf(request, clock));
      assertDiskRoom(disk);
      reply
        .type('application/octet-stream')
        .header('content-disposition', 'attachment; filename="kanda-export.ndjson.age"')
        .header('x-content-type-options', 'nosniff');
      // What HEAD is sent is thrown away, and nothing may be read for it. Nor for a caller who has hung up.
      if (request.method === 'HEAD' || reply.raw.destroyed) return reply.send(Readable.from([]));
      releaseWith(reply.raw, places.take(accountId));
      const allowed = stillAllowed(request, 'totp:export', needs);
      const records = exports.records(
        accountId,
        () => changeOf(request, clock),
        async () => {
          await allowed();
          await secretExports.assertMayGoOn(principal);
          assertDiskRoom(disk);
          quotas.assertMayWrite(principal.account, clock(request));
        },
      );
      // The first is read now, so that what cannot be read at all is answered as such.
      const first = await records.next();
      const sealed = await seal(linesOf(from(first, records)));
      return reply.send(Readable.fromWeb(sealed as NodeReadableStream));
    },
  });
}

/** Not ended: its reader must see that something is missing. */
function releaseWith(response: ServerResponse, { givenUp, release }: Place): void {
  givenUp.addEventListener('abort', () => response.destroy());
  response.once('close', release);
}

/** What was begun, with its first record. It ends what it goes on with. */
async function* from(
  first: IteratorResult<OtpRecord>,
  rest: AsyncGenerator<OtpRecord>,
): AsyncGenerator<OtpRecord> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

function notARecipient(): Fault {
  const message = 'must be the public key of an age recipient, as age-keygen prints it: age1…';
  return new Fault('query_invalid', `The query is invalid: recipient ${message}`, {
    errors: [{ path: '/recipient', message }],
  });
}

function tooMany(whose: string, most: number): Fault {
  const exports = most === 1 ? 'one export of secrets' : `${most} exports of secrets`;
  return new Fault(
    'rate_limited',
    `${whose} may have ${exports} under way on one server. Try again when it has ended.`,
    { retryAfterSeconds: 10 },
  );
}
