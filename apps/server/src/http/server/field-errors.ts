import type { FastifyError } from 'fastify';
import { DEVICE_LABEL_PATTERN, DISPLAY_NAME_PATTERN } from '../../domain/clients/names.ts';
import { Fault, type FieldError } from '../../domain/errors.ts';

type Complaints = NonNullable<FastifyError['validation']>;

/** What is named back to the caller: no key and no seed, which has 26 letters or more, sent in the place of a name. */
const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_]{0,23}$/;

/** A code that a user typed, wherever a call takes one: one sentence for all that can be wrong with it. */
const CODE_MESSAGES: readonly (readonly [path: RegExp, message: string])[] = [
  [
    /^\/(?:token|proof\/token|tokens\/\d+)$/,
    'must be the digits of the code as a string: 6, or 8 for an authenticator enrolled with 8',
  ],
  [/^\/totp$/, 'must be the six digits of the code as a string'],
];

/** Whether a field, by its JSON pointer, is a code that a user typed. */
export function isCode(path: string): boolean {
  return messageOfCode(path) !== undefined;
}

function messageOfCode(path: string): string | undefined {
  return CODE_MESSAGES.find(([pattern]) => pattern.test(path))?.[1];
}

/** Sentences of ours where the schema's own would read as code. */
const PATTERN_MESSAGES: Readonly<Record<string, string>> = {
  name: 'must be 1–128 characters without control characters, one of them visible',
  email: 'must be an e-mail address',
  authenticatorId: 'must be the id of an authenticator, such as aut_17',
  q: 'must be 1–128 characters without control characters',
  deviceId: 'must be the id of a trusted device, such as dev_abcdefghijklmnop',
};
const DISPLAY_NAME_MESSAGE =
  'must be 1–128 characters without ":" and control characters, one of them visible';

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  array: 'an array',
};

/** What a schema does not say: a field that does not fit the others, or the moment. `path`: a JSON pointer. */
export function bodyInvalid(path: string, message: string): Fault {
  return new Fault('body_invalid', `The body is invalid: ${path.slice(1)} ${message}.`, {
    errors: [{ path, message }],
  });
}

/** What the schema's check complains of, one sentence for each field. */
export function fieldErrorsOf(complaints: Complaints): FieldError[] {
  const byPath = new Map<string, { error: FieldError; keyword: string }>();
  for (const complaint of complaints) {
    const error = toFieldError(complaint);
    // Of two about one field the later says more: not only "a string" but "one of these". Nothing says more than empty.
    if (byPath.get(error.path)?.keyword === 'minLength') continue;
    byPath.set(error.path, { error, keyword: complaint.keyword });
  }
  return [...byPath.values()].map(({ error }) => error);
}

function toFieldError(complaint: Complaints[number]): FieldError {
  const params = complaint.params as Record<string, unknown>;
  const path = complaint.instancePath;
  switch (complaint.keyword) {
    case 'required':
      return { path: `${path}/${String(params.missingProperty)}`, message: 'is missing' };
    case 'additionalProperties': {
      const name = String(params.additionalProperty);
      return FIELD_NAME.test(name)
        ? { path: `${path}/${name}`, message: 'is not a field of this call' }
        : { path, message: 'has a field that is not one of this call' };
    }
    default:
      return { path, message: messageOfCode(path) ?? messageOf(complaint, params) };
  }
}

function messageOf(complaint: Complaints[number], params: Record<string, unknown>): string {
  const { limit } = params;
  switch (complaint.keyword) {
    case 'type':
      if (Array.isArray(params.type)) return 'must be a JSON object, or be left out';
      // The body as a whole; a body that is missing is not an object either.
      if (params.type === 'object' && complaint.instancePath === '')
        return 'is missing, or is not a JSON object';
      return `must be ${TYPES[String(params.type)] ?? `of the type ${String(params.type)}`}`;
    case 'enum': {
      const values = params.allowedValues as unknown[];
      return `must be one of ${typeof values[0] === 'number' ? 'the numbers ' : ''}${values.join(', ')}`;
    }
    case 'minLength':
    case 'minItems':
      if (limit === 1) return 'must not be empty';
      return `must have ${limit} entries at least`;
    case 'minProperties':
      return 'must have a field of this call';
    case 'maxProperties':
      return `must have ${limit === 1 ? 'only one field' : `${limit} fields at most`}`;
    case 'maxLength':
      return `must have ${limit} characters at most`;
    case 'maxItems':
      return `must have ${limit} entries at most`;
    case 'uniqueItems':
      return 'must not have the same entry twice';
    case 'minimum':
      return `must be ${limit} or more`;
    case 'maximum':
      return `must be ${limit} or less`;
    case 'format':
      return 'must be a time as in RFC 3339, such as 2026-01-31T09:30:00Z';
    case 'pattern':
      if (params.pattern === DISPLAY_NAME_PATTERN) return DISPLAY_NAME_MESSAGE;
      if (params.pattern === DEVICE_LABEL_PATTERN) return PATTERN_MESSAGES.name as string;
      return PATTERN_MESSAGES[fieldOf(complaint)] ?? complaint.message ?? 'is not valid';
  }
  return complaint.message ?? 'is not valid';
}

function fieldOf({ instancePath }: Complaints[number]): string {
  return instancePath.split('/').at(-1) ?? '';
}
