import { Type } from 'typebox';
import { JWKS_MAX_AGE_S } from '../../../domain/receipts/signing-keys.ts';
import { answers } from '../../server/answers.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { named } from '../schemas.ts';

const Key = Type.Object(
  {
    kty: Type.Literal('OKP'),
    crv: Type.Literal('Ed25519'),
    x: Type.String({ description: 'The public key in base64url (RFC 8037).' }),
    kid: Type.String({ description: 'Its thumbprint (RFC 7638); receipts name it in their header.' }),
    alg: Type.Literal('EdDSA'),
    use: Type.Literal('sig'),
  },
  named('SigningKey', 'A public key (RFC 7517).', {
    kty: 'OKP',
    crv: 'Ed25519',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    alg: 'EdDSA',
    use: 'sig',
  }),
);

const View = Type.Object(
  { keys: Type.Array(Key, { description: 'Those that sign, have signed lately, or will sign soon.' }) },
  named('SigningKeys', 'The keys that receipts are verified with (RFC 7517).', {
    keys: [
      {
        kty: 'OKP',
        crv: 'Ed25519',
        x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
        kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
        alg: 'EdDSA',
        use: 'sig',
      },
    ],
  }),
);

/** The public keys of receipts. */
export function getSigningKeys(app: App, { receipts }: RouteNeeds<'receipts'>): void {
  const cacheControl = `public, max-age=${JWKS_MAX_AGE_S}`;
  app.route({
    method: 'GET',
    url: '/.well-known/jwks.json',
    schema: {
      operationId: 'getSigningKeys',
      summary: 'The public keys that receipts are verified with',
      description: `Anybody may ask, and keep them for ${JWKS_MAX_AGE_S} seconds: a new key is here before it signs.`,
      tags: ['Receipts'],
      response: answers({ 200: View }, [503]),
    },
    async handler(_request, reply) {
      reply.header('cache-control', cacheControl).header('x-content-type-options', 'nosniff');
      // Put together when the keys change, and sent to all who ask as it is.
      return reply.type('application/json; charset=utf-8').send((await receipts.jwks()) as never);
    },
  });
}
