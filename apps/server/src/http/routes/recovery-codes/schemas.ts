import { Type } from 'typebox';
import { nullable } from '../schemas.ts';

const Generation = Type.Integer({
  description: 'How many times recovery codes were made for this user.',
});

export const NewClientRecoveryCodesView = Type.Object({
  codes: Type.Array(Type.String({ examples: ['4KQ7-ZX0M-9TRB-2HWD'] }), {
    description: 'Each works once. They are shown here and never again.',
  }),
  generation: Generation,
});

export const ClientRecoveryCodesView = Type.Object({
  remaining: Type.Integer({ description: 'Codes that were not used yet.' }),
  generation: Generation,
  createdAt: nullable(
    Type.String({
      format: 'date-time',
      description: 'When the current codes were made; null when there are none.',
    }),
  ),
});
