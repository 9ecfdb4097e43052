import { Type } from 'typebox';
import { MODES } from '../../../domain/accounts/account.ts';
import { SCOPES } from '../../../domain/keys/scopes.ts';
import { nullable, Timestamp, words } from '../schemas.ts';

const KEY_MODE = 'Which half of the account the key belongs to.';

export const KeyView = Type.Object({
  id: Type.String({ description: "The key's public part." }),
  mode: words(MODES, KEY_MODE),
  name: Type.String(),
  scopes: Type.Array(words(SCOPES, 'What the key may do.')),
  createdAt: Timestamp,
  expiresAt: nullable(Timestamp),
  lastUsedAt: nullable(Timestamp),
});

export const NewKeyView = Type.Object({
  id: Type.String(),
  mode: words(MODES, KEY_MODE),
  name: Type.String(),
  apiKey: Type.String({ description: 'The key itself. It is shown here and never again.' }),
  scopes: Type.Array(words(SCOPES, 'What the key may do.')),
  createdAt: Timestamp,
  expiresAt: nullable(Timestamp),
});
