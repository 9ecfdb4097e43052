import { STATUS_CODES } from 'node:http';
import type { FastifySchema, RouteOptions } from 'fastify';
import { MODES } from '../../domain/accounts/account.ts';
import { VISIBLE } from '../../domain/clients/names.ts';
import type { Scope } from '../../domain/keys/scopes.ts';
import { problem } from './answers.ts';
import { limitsOf } from './call-limits.ts';
import { NO_BODY } from './declared-input.ts';
import { errorCodesOf } from './error-codes.ts';
import { answerKeptMs, takesIdempotencyKey } from './idempotency.ts';
import { withComponents } from './openapi-components.ts';
import { LOOPBACK_NAME, SECURE_NAME } from './session-cookies.ts';
import { CLIENT_ID } from './strict-input.ts';
import { takesMode } from './test-mode.ts';

const SCOPES_IN_WORDS: Readonly<Record<Scope, string>> = {
  'totp:write': 'Enrol, change and remove users.',
  'totp:validate': 'Check codes.',
  'totp:read': 'See users, their authenticators and the policy.',
  'totp:support': 'Unlock users, and find out why a code does not work.',
  'totp:import': 'Take over users of another program.',
  'totp:export': 'Take out all secrets, encrypted.',
  'receipts:redeem': 'Redeem receipts.',
  'webhooks:read': 'See webhooks and what was sent to them.',
  'webhooks:write': 'Make, change, test and delete webhooks, which send the access log.',
  'links:write': 'Make and cancel links on which users enrol.',
  'logs:read': 'Read the log and the statistics.',
  'keys:write': 'Make and revoke API keys, and set the policy.',
};

/** What the generated OpenAPI document says besides the routes. */
export const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'Kanda',
    version: '0.1.0',
    description:
      'Two-factor authentication with TOTP and HOTP: enrol a user, check a code, replace a lost secret.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    contact: { name: 'The operator of this server; GET /api/info may name a security contact' },
  },
  servers: [{ url: 'http://127.0.0.1:3000', description: 'Where npm start serves' }],
  tags: [
    { name: 'Accounts', description: 'Sign up, and get tokens' },
    { name: 'Account security', description: 'Password, log-ins and second factor of the account itself' },
    { name: 'API keys', description: 'Keys for applications' },
    { name: 'TOTP', description: 'Enrol, check, replace' },
    { name: 'Users', description: 'The enrolled users' },
    { name: 'Trusted devices', description: 'Browsers that were trusted after a right code' },
    { name: 'Receipts', description: 'What an accepted code was for, signed' },
    { name: 'Webhooks', description: 'The log, sent to your application as it is written' },
    { name: 'Links', description: 'Pages on which users enrol and show codes' },
    { name: 'Authenticators', description: 'Several for one user; phones and hardware tokens' },
    { name: 'Policy', description: 'How codes are judged' },
    {
      name: 'Test mode',
      description:
        'For the test half of an account alone; to any other bearer there is nothing at these paths',
    },
    { name: 'Logs', description: 'What happened' },
    { name: 'Operations', description: 'For the operator of the server' },
  ],
  components: {
    securitySchemes: {
      bearer: {
        type: 'http' as const,
        scheme: 'bearer',
        bearerFormat: 'JWT, or an API key',
        description:
          'A token from /api/auth/token or /api/auth/login, or a kan_… key itself. The scope that a call needs is beside it ' +
          '(OpenAPI 3.1 §4.8.30); a token of /api/auth/login has all of them.',
        'x-scopes': SCOPES_IN_WORDS,
      },
      login: {
        type: 'http' as const,
        scheme: 'bearer',
        description: 'A token from /api/auth/login. API keys and their tokens are not accepted.',
      },
      cookie: {
        type: 'apiKey' as const,
        in: 'cookie' as const,
        name: SECURE_NAME,
        description:
          'For browsers: what /api/auth/login sets when session is "cookie". Only without an Authorization header, ' +
          `and only from pages of this server. On http://localhost its name is ${LOOPBACK_NAME}.`,
      },
    },
  },
};

/**
 * A route's schema as the document has it: where a bearer is needed, a browser may send its log-in as a cookie instead;
 * and a body that has to be absent is not one that can be sent.
 */
export function asDocumented(route: RouteOptions): FastifySchema {
  const { schema = {} } = route;
  const { body, ...rest } = schema;
  const headers = {
    ...(takesIdempotencyKey(route) ? IDEMPOTENCY_KEY : {}),
    ...(takesMode(route) ? KANDA_MODE : {}),
  };
  return {
    ...rest,
    ...(Object.keys(headers).length === 0 ? {} : { headers: { type: 'object', properties: headers } }),
    ...(takesIdempotencyKey(route) ? withItsConflicts(schema) : {}),
    ...(body === undefined || body === NO_BODY ? {} : { body }),
    security: schema.security === undefined ? [] : [...schema.security, { cookie: [] }],
    ...extensions(route),
  };
}

/** What OpenAPI has no words for: the codes with which a call refuses, its limits in words, how long an answer is kept. */
function extensions(route: RouteOptions): object {
  const limits = limitsOf(route);
  return {
    'x-error-codes': errorCodesOf(route),
    ...(limits.length === 0 ? {} : { 'x-limits': limits }),
    ...(takesIdempotencyKey(route) ? { 'x-answer-kept-seconds': answerKeptMs(route) / 1000 } : {}),
  };
}

/** Headers, which no schema judges: what they may hold needs words of its own. */
const IDEMPOTENCY_KEY = {
  'Idempotency-Key': {
    type: 'string',
    description:
      'A text of your own, such as a UUID. The same request with the same key takes effect once; sent again, it gets the first answer, with Idempotent-Replayed: true.',
    examples: ['8e03978e-40d5-43e8-bc93-6894a57f9324'],
  },
};

const KANDA_MODE = {
  'Kanda-Mode': {
    type: 'string',
    enum: [...MODES],
    description:
      'Which half of the account is meant; live unless said otherwise. A log-in may ask for either. A key is of one half, and is refused if this names the other.',
  },
};

/** What a request with an Idempotency-Key may be refused for besides. */
function withItsConflicts({ response }: FastifySchema) {
  return {
    response: {
      ...(response as object),
      409: problem(STATUS_CODES[409]),
      422: problem(STATUS_CODES[422]),
    },
  };
}

interface Operation {
  requestBody?: { required?: boolean; content: Record<string, { schema?: { type?: unknown } }> };
  responses: Record<string, { description: string }>;
}

/**
 * The document with what the generator gets wrong put right: a body that may be null may be left out, and an answer
 * without a description of its own is described by its status. What only this server's check knows is left out.
 */
export function corrected<D extends { paths?: object }>(document: D): D {
  withoutKeyword(document.paths ?? {});
  const operations = Object.values(document.paths ?? {}).flatMap((path) => Object.values(path as object));
  for (const { requestBody, responses } of operations as Operation[]) {
    for (const [status, answer] of Object.entries(responses)) {
      if (answer.description === 'Default Response') answer.description = STATUS_CODES[status] ?? status;
    }
    const type = requestBody?.content['application/json']?.schema?.type;
    if (requestBody !== undefined && Array.isArray(type) && type.includes('null'))
      requestBody.required = false;
  }
  return withComponents(document);
}

/** Classes of characters that few languages know by these names; of the last one, those that matter most. */
const CLASSES: readonly (readonly [name: string, characters: string])[] = [
  ['\\p{Cc}', '\\u0000-\\u001f\\u007f-\\u009f'],
  ['\\p{Cs}', '\\ud800-\\udfff'],
  ['\\p{Zl}', '\\u2028'],
  ['\\p{Zp}', '\\u2029'],
  ['\\p{Cf}', '\\u00ad\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\ufeff'],
];

/** A pattern that validators in other languages read. It refuses nothing that the server takes. */
function spelledOut(pattern: string): string {
  return CLASSES.reduce(
    (text, [name, characters]) => text.replaceAll(name, characters),
    pattern.replace(VISIBLE, ''),
  );
}

function withoutKeyword(node: object): void {
  if (CLIENT_ID in node && node[CLIENT_ID] === true) delete node[CLIENT_ID];
  if ('pattern' in node && typeof node.pattern === 'string') node.pattern = spelledOut(node.pattern);
  for (const child of Object.values(node))
    if (typeof child === 'object' && child !== null) withoutKeyword(child);
}
