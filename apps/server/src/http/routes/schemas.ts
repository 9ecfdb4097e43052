import { ALGORITHMS } from '@kanda/otp';
import { type TSchema, Type } from 'typebox';
import { MODES } from '../../domain/accounts/account.ts';
import { PASSWORD_MAX_LENGTH } from '../../domain/accounts/password-rules.ts';
import { CLIENT_STATUSES } from '../../domain/clients/client.ts';
import { CLIENT_ID_PATTERN, DISPLAY_NAME_PATTERN, MAX_WRITTEN_LENGTH } from '../../domain/clients/names.ts';
import { FAULT_CODES } from '../../domain/errors.ts';
import { SCOPES } from '../../domain/keys/scopes.ts';
import { EVENT_TYPES, type EventType } from '../../domain/log/events.ts';

/** The building blocks of the contract: from each come the type, the check, the serializer and the OpenAPI entry. */

const closed = { additionalProperties: false } as const;
/** The patterns demand it too; said apart, so that a refusal can name it. */
export const notEmpty = { minLength: 1 } as const;

export function words<T extends string>(values: readonly T[], description: string) {
  return Type.Unsafe<T>({ type: 'string', enum: [...values], description });
}

/** Words of an answer to which a later version may add: openapi.json closes the list to no reader. */
export function openWords<T extends string>(values: readonly T[], description: string) {
  const more = 'Later versions may have more.';
  return Type.Unsafe<T>({
    type: 'string',
    'x-extensible-enum': [...values],
    description: `${description} ${more}`,
  });
}

/** What openapi.json calls a schema (components.ts), says of it and shows as an example of it. */
export function named(title: string, description: string, ...examples: readonly unknown[]) {
  return { title, description, examples: [...examples] };
}

export function nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

export const ClientId = Type.String({
  ...notEmpty,
  // As it is written: NFC makes a fourth of these of it at most, and judges those.
  maxLength: MAX_WRITTEN_LENGTH,
  pattern: CLIENT_ID_PATTERN,
  /** See strict-input.ts. */
  clientId: true,
  description:
    "Your application's own name for one of its users: 1 to 128 printable characters of any script, compared byte for byte after NFC. " +
    'No white space but U+0020 between others; no control, invisible, reordering, private-use or unassigned characters; ' +
    'not . or .., nor these between slashes. In a path it is percent-encoded.',
  examples: ['user-123'],
});

const DisplayName = (description: string, example: string) =>
  Type.String({ ...notEmpty, pattern: DISPLAY_NAME_PATTERN, description, examples: [example] });

export const Label = DisplayName(
  "The user's name as the phone shows it: 1–128 characters, no colon.",
  'alice@example.com',
);
export const Issuer = DisplayName(
  "Your application's name as the phone shows it: 1–128 characters, no colon.",
  'MyApp',
);

export const Timestamp = Type.String({
  format: 'date-time',
  description: 'RFC 3339',
  examples: ['2026-01-31T09:30:00.000Z'],
});

export const Email = Type.String({
  ...notEmpty,
  // No control, invisible or reordering characters: an address must read as what it is.
  pattern: '^[^@\\s\\p{Cc}\\p{Cf}\\p{Cs}]{1,64}@[^@\\s\\p{Cc}\\p{Cf}\\p{Cs}]{1,189}$',
  description: 'An e-mail address; upper and lower case are the same.',
  examples: ['you@example.com'],
});

export const NewPassword = Type.String({
  maxLength: PASSWORD_MAX_LENGTH,
  description: '15 characters or more. A sentence is fine.',
  examples: ['a sentence that nobody else would write'],
});

export const ScopeList = Type.Array(words(SCOPES, 'What the key may do.'), {
  minItems: 1,
  maxItems: SCOPES.length,
  uniqueItems: true,
});

export const Algorithm = words(ALGORITHMS, 'The hash function. Some authenticator apps know only SHA1.');
export const Digits = Type.Unsafe<6 | 8>({ type: 'integer', enum: [6, 8], description: 'Digits of a code.' });
export const Period = Type.Integer({
  minimum: 15,
  maximum: 300,
  description: 'Seconds that a code is shown.',
});

export const Limit = Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Rows in a page.' });
export const Cursor = Type.String({
  maxLength: 64,
  description: 'The nextCursor of the page before. Opaque.',
});

export const EventId = Type.String({
  pattern: '^[1-9][0-9]{0,14}$',
  description: "The event's id.",
  examples: ['17'],
});
export const EventName = words(Object.keys(EVENT_TYPES) as EventType[], 'What happened.');
export const OutcomeName = words(['success', 'failure'] as const, 'Whether it succeeded.');
export const STATUS_IN_WORDS =
  'pending: no authenticator was confirmed yet. locked: during a delay, or until it is unlocked.';
export const StatusName = words(CLIENT_STATUSES, STATUS_IN_WORDS);

export const Empty = Type.Null({ description: 'No content' });

export const ModeInQuery = words(
  MODES,
  'As the header Kanda-Mode, for links and EventSource, which send no headers of their own.',
);

export const Code = Type.String({
  pattern: '^(?:[0-9]{6}|[0-9]{8})$',
  description: 'What the user typed: the digits of the code, as a string.',
  examples: ['847291'],
});

export const RecoveryCode = Type.String({
  ...notEmpty,
  maxLength: 64,
  description:
    "One of the user's recovery codes, in place of a token, as typed. Case, spaces and hyphens do not matter. It is used up.",
  examples: ['4KQ7-ZX0M-9TRB-2HWD'],
});

export const REFUSALS = ['invalid_code', 'code_already_used', 'locked', 'disabled', 'pending'] as const;
export const RefusalName = openWords(
  REFUSALS,
  "Why it was refused. A used code reads invalid_code unless the account's policy has tellReplays.",
);
export const RetryAfter = Type.Integer({
  description:
    'Seconds until the next attempt is evaluated; absent when only unlock or rotate ends the lock.',
});

export const ProblemView = Type.Object(
  {
    type: Type.String({ description: 'A page that explains this error.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: openWords(FAULT_CODES, 'The cause, for programs.'),
    requestId: Type.String(),
    errors: Type.Optional(
      Type.Array(
        Type.Object(
          {
            path: Type.String({ description: 'A JSON pointer into the body, or the name of a parameter.' }),
            message: Type.String(),
          },
          named('FieldError', 'What is wrong with one field.', { path: '/clientId', message: 'is missing' }),
        ),
        { description: 'The fields that are wrong, if fields are.' },
      ),
    ),
    sameSecret: Type.Optional(
      Type.Boolean({
        description: 'Of client_exists, when a secret was brought along: whether the user has it already.',
      }),
    ),
  },
  {
    description: 'What was wrong (RFC 9457).',
    examples: [
      {
        type: 'http://127.0.0.1:3000/docs/errors/client_not_found',
        title: 'No such user',
        status: 404,
        detail: 'This account has no user with this clientId.',
        code: 'client_not_found',
        requestId: 'req_k3v9_1a',
      },
    ],
  },
);

/** One page of a list, called after what it lists: `ClientPage`. */
export function pageOf<T extends TSchema>(item: T) {
  return Type.Object(
    {
      data: Type.Array(item),
      nextCursor: nullable(
        Type.String({ description: 'Send it as cursor to get the next page; null on the last one.' }),
      ),
    },
    named(`${titleOf(item)}Page`, 'One page of the list.', { data: [exampleOf(item)], nextCursor: null }),
  );
}

/** A list that has no pages. */
export function listOf<T extends TSchema>(item: T) {
  return Type.Object(
    { data: Type.Array(item) },
    named(`${titleOf(item)}List`, 'All of them.', { data: [exampleOf(item)] }),
  );
}

const titleOf = (schema: TSchema) => (schema as { title?: string }).title ?? '';
const exampleOf = (schema: TSchema) => (schema as { examples?: unknown[] }).examples?.[0];

export function body<T extends Record<string, TSchema>>(properties: T, example?: object) {
  return Type.Object(properties, example === undefined ? closed : { ...closed, examples: [example] });
}

/** Query and path parameters are closed too: a misspelt filter must not silently give everything. */
export const parameters = body;
