import { Type } from 'typebox';
import { MODES } from '../../../domain/accounts/account.ts';
import { SCOPES } from '../../../domain/keys/scopes.ts';
import { named, nullable, openWords, Timestamp, words } from '../schemas.ts';

const KEY_MODE = 'Which half of the account the key belongs to.';

export const KeyId = Type.String({
  pattern: '^[a-z2-7]{1,64}$',
  description: "The key's id.",
  examples: ['mfrggzdfmztwq2lk'],
});

const KEY_EXAMPLE = {
  id: '4f3d2c1b0a',
  mode: 'live',
  name: 'web shop',
  scopes: ['totp:write', 'totp:validate', 'totp:read', 'logs:read'],
  createdAt: '2026-01-31T09:30:00.000Z',
  expiresAt: null,
  lastUsedAt: '2026-01-31T09:42:00.000Z',
};

export const KeyView = Type.Object(
  {
    id: Type.String({ description: "The key's public part." }),
    mode: words(MODES, KEY_MODE),
    name: Type.String(),
    scopes: Type.Array(openWords(SCOPES, 'What the key may do.')),
    createdAt: Timestamp,
    expiresAt: nullable(Timestamp),
    lastUsedAt: nullable(Timestamp),
  },
  named('ApiKey', 'An API key; never the key itself.', KEY_EXAMPLE),
);

export const NewKeyView = Type.Object(
  {
    id: Type.String(),
    mode: words(MODES, KEY_MODE),
    name: Type.String(),
    apiKey: Type.String({ description: 'The key itself. It is shown here and never again.' }),
    scopes: Type.Array(openWords(SCOPES, 'What the key may do.')),
    createdAt: Timestamp,
    expiresAt: nullable(Timestamp),
  },
  named('NewApiKey', 'The API key, shown once.', {
    id: '4f3d2c1b0a',
    mode: 'live',
    name: 'web shop',
    apiKey: 'kan_your_api_key_here',
    scopes: ['totp:write', 'totp:validate', 'totp:read', 'logs:read'],
    createdAt: '2026-01-31T09:30:00.000Z',
    expiresAt: null,
  }),
);

const count = (description: string) => Type.Integer({ description });

/** A key with what it did. */
export const UsedKeyView = Type.Object(
  {
    ...KeyView.properties,
    use: Type.Array(
      Type.Object({
        start: Type.String({ format: 'date-time', description: 'The start of a day of UTC.' }),
        accepted: count('Codes that were accepted.'),
        refused: count('Codes that were refused.'),
        others: count('Everything else that the log has of the key.'),
      }),
      {
        description:
          'The last 30 days, oldest first, without gaps. What happened in the last seconds may not be counted yet.',
      },
    ),
  },
  named('UsedApiKey', 'An API key, with what it did by day; never the key itself.', {
    ...KEY_EXAMPLE,
    use: [{ start: '2026-01-31T00:00:00.000Z', accepted: 41, refused: 2, others: 3 }],
  }),
);
