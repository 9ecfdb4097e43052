import { Type } from 'typebox';
import { named, nullable } from '../schemas.ts';

const Generation = Type.Integer({
  description: 'How many times recovery codes were made for this user.',
});

export const NewClientRecoveryCodesView = Type.Object(
  {
    codes: Type.Array(Type.String({ examples: ['4KQ7-ZX0M-9TRB-2HWD'] }), {
      description: 'Each works once. They are shown here and never again.',
    }),
    generation: Generation,
  },
  named('RecoveryCodes', 'New recovery codes of a user, shown once.', {
    codes: ['4KQ7-ZX0M-9TRB-2HWD', '8XJB-0W3N-5KVC-7MPE'],
    generation: 1,
  }),
);

export const ClientRecoveryCodesView = Type.Object(
  {
    remaining: Type.Integer({ description: 'Codes that were not used yet.' }),
    generation: Generation,
    createdAt: nullable(
      Type.String({
        format: 'date-time',
        description: 'When the current codes were made; null when there are none.',
      }),
    ),
  },
  named('RecoveryCodeStatus', 'How many recovery codes a user has left.', {
    remaining: 9,
    generation: 1,
    createdAt: '2026-01-31T09:30:00.000Z',
  }),
);
