import { type Static, Type } from 'typebox';
import { MAX_IMPORTED_CODES, MAX_RECORDS } from '../../../domain/clients/imports.ts';
import { assertDiskRoom } from '../../../domain/limits/disk-space.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { AuthenticatorId } from '../authenticators/schemas.ts';
import { body, named, nullable, openWords, words } from '../schemas.ts';
import { assertScannable } from './qr.ts';

/** 50 records with 50 recovery codes each, and room for what JSON escapes. */
const BODY_LIMIT = 512 * 1024;

const text = (maxLength: number, description: string) =>
  Type.Optional(Type.String({ maxLength, description }));
const whole = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description }));

/** Wide on purpose: a record that cannot be taken is refused by itself, with the reason. */
const ImportRecord = Type.Object(
  {
    kanda: Type.Optional(Type.Literal(1, { description: 'The version of the format.' })),
    clientId: Type.String({ maxLength: 512, examples: ['user-123'] }),
    label: text(512, 'As the phone shows it; the clientId when it is left out.'),
    issuer: Type.String({ maxLength: 512, examples: ['MyApp'] }),
    type: text(16, 'totp (when left out) or hotp.'),
    algorithm: text(16, 'SHA1 (when left out), SHA256 or SHA512.'),
    digits: whole('6 (when left out) or 8.'),
    period: whole('Seconds; 30 when left out.'),
    counter: whole('HOTP: the counter of the next code.'),
    secret: Type.String({
      maxLength: 4_096,
      description: 'Base32, as people write it: white space, hyphens and surplus "=" are dropped.',
      examples: ['GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'],
    }),
    lastUsedStep: whole('The highest time step whose code was used.'),
    driftSteps: Type.Optional(
      Type.Integer({
        minimum: -1_000_000,
        maximum: 1_000_000,
        description: "How many steps the phone's clock is ahead.",
      }),
    ),
    recoveryCodes: Type.Optional(
      Type.Array(Type.String({ maxLength: 128 }), {
        maxItems: MAX_IMPORTED_CODES,
        description: 'Those that were not used, as the user has them. They replace those that are there.',
      }),
    ),
    createdAt: text(64, 'For your own use; it is not kept.'),
    confirmed: Type.Optional(
      Type.Boolean({ description: 'false: the user never entered a first code, and the record is refused.' }),
    ),
    name: text(512, 'What the user calls this authenticator.'),
    additional: Type.Optional(
      Type.Boolean({ description: 'A further authenticator of a user that came before.' }),
    ),
    disabled: Type.Optional(Type.Boolean({ description: 'Refuse the codes until the user is enabled.' })),
    source: text(64, 'For your own use; it is not kept.'),
  },
  {
    title: 'ImportRecord',
    description: 'One authenticator of a user of another program.',
    additionalProperties: false,
  },
);

const Body = body({
  records: Type.Array(ImportRecord, { minItems: 1, maxItems: MAX_RECORDS }),
  onConflict: Type.Optional(
    words(['skip', 'replace'] as const, 'What to do with a user that is there with another secret.'),
  ),
  allowShortSecrets: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'Take secrets of 80 bits and more. They are marked as weak.',
    }),
  ),
  dryRun: Type.Optional(
    Type.Boolean({ default: false, description: 'Say what would happen, and change nothing.' }),
  ),
});

const RESULTS = [
  { clientId: 'user-123', result: 'enrolled', authenticatorId: 'aut_17' },
  { clientId: 'user-456', result: 'refused', detail: 'The secret is not base32.', field: 'secret' },
];

const ResultView = Type.Object(
  {
    clientId: nullable(Type.String()),
    result: openWords(
      ['enrolled', 'added', 'unchanged', 'replaced', 'conflict', 'refused'] as const,
      'added: a further authenticator. unchanged: there with this secret. conflict: there with another one, and left alone.',
    ),
    authenticatorId: Type.Optional(AuthenticatorId),
    detail: Type.Optional(Type.String({ description: 'Why it was refused, or is a conflict.' })),
    field: Type.Optional(Type.String({ description: 'The field of the record that is wrong.' })),
    notes: Type.Optional(Type.Array(Type.String(), { description: 'What of the record was left out.' })),
  },
  named('ImportResult', 'What became of one record.', ...RESULTS),
);
const View = Type.Object(
  { results: Type.Array(ResultView) },
  named('ImportResults', 'One result for each record, in their order.', { results: RESULTS }),
);

export function importClients(
  app: App,
  { authenticate, clock, disk, imports }: RouteNeeds<'authenticate' | 'clock' | 'disk' | 'imports'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/totp/import',
    onRequest: authenticate('totp:import'),
    bodyLimit: BODY_LIMIT,
    schema: {
      operationId: 'importClients',
      summary: 'Take over users of another program, with what was used of their secrets',
      description:
        `Up to ${MAX_RECORDS} records in a call, in one transaction; \`kanda import\` sends any number. One result for each, ` +
        'in their order. A record that cannot be taken is refused by itself. The same records sent again change nothing.',
      tags: ['TOTP'],
      security: [{ bearer: ['totp:import'] }],
      body: Body,
      response: answers({ 200: View }, [400, 401, 403, 413, 415, 503, 507]),
    },
    async handler(request, reply) {
      const { records, onConflict = 'skip', allowShortSecrets = false, dryRun = false } = request.body;
      if (!dryRun) assertDiskRoom(disk);
      const { account } = principalOf(request);
      const asked = { account, records, onConflict, allowShortSecrets, dryRun };
      const { status, body } = await once(
        request,
        changeOf(request, clock),
        (change) => imports.import(asked, change, assertScannable),
        (results) => ({ status: 200 as const, body: { results } as Static<typeof View> }),
      );
      return reply.code(status).send(body);
    },
  });
}
