/** How a request is made from another: its line, query, headers, and the values in its body. */
import { operations } from '../../apps/server/test/http/support/documented.ts';
import type { Random } from '../support/random.ts';
import { MAX_LENGTH, mutated, ODD_CHARACTERS } from './mutations.ts';

const HEADERS: readonly string[] = [
  ...[
    'authorization: Bearer {apiKey}',
    'authorization: bearer  {token}',
    'authorization: Basic e30=',
    'authorization:',
  ],
  ...[
    'cookie: kanda_session={token}',
    'origin: https://evil.example',
    'origin: null',
    'sec-fetch-site: cross-site',
  ],
  ...['content-type: text/plain', 'content-type: application/json; charset=utf-16', 'content-type: ;'],
  ...['content-length: 0', 'content-length: 99999', 'transfer-encoding: chunked', 'content-encoding: gzip'],
  ...['accept: text/html', 'accept: text/csv', 'accept-encoding: br', 'if-none-match: *', 'range: bytes=0-1'],
  ...[
    'x-forwarded-for: 1.2.3.4:99999',
    'x-forwarded-for: ,,',
    'x-forwarded-for: fe80::1%eth0',
    'x-forwarded-proto: https',
  ],
  ...[
    'x-forwarded-host: evil.example',
    'host: [::1',
    'host: localhost',
    'expect: 100-continue',
    'upgrade: h2c',
  ],
  ...[
    'traceparent: 00-0-0-0',
    'user-agent: \u202e\u0007',
    'last-event-id: 1',
    'idempotency-key: a',
    'connection: keep-alive',
  ],
];
const QUERIES: readonly string[] = [
  ...[
    'limit=1',
    'limit=0',
    'limit=1e3',
    'limit=201',
    'cursor=YS4x',
    'cursor=Zi4x',
    'q=%00',
    'q=%F0%9F%98%80',
    'q=%ff',
  ],
  ...[
    'format=csv',
    'format=ndjson',
    'format=json',
    'from=2026-01-31T09:30:00Z',
    'from=2026-02-30',
    'to=0',
    'since=-1',
  ],
  ...[
    'status=locked',
    'clientId=alice',
    'clientId=..',
    'event=totp.validated',
    'outcome=success',
    'size=1',
    'old=1',
    'a[]=1',
  ],
  ...[
    '__proto__=1',
    'limit=1&limit=2',
    'sort=label',
    'order=desc',
    'days=7',
    'at=9007199254740993',
    '%',
    '=',
  ],
];
const NAMES: readonly string[] = [
  ...[
    'clientId',
    'token',
    'label',
    'issuer',
    'algorithm',
    'digits',
    'period',
    'secret',
    'qr',
    'email',
    'password',
    'name',
  ],
  ...[
    'scopes',
    'expiresAt',
    'expiresIn',
    'skew',
    'maxFailures',
    'apiKey',
    'totp',
    'recoveryCode',
    'deviceToken',
    'trustDevice',
    'currentPassword',
  ],
  ...['newPassword', 'cookie', 'resetClock', '__proto__', 'constructor', 'toString', 'otpauthUrl', 'id', ''],
];
const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 6, 8, 30, 2 ** 31, 2 ** 53, 1e308, '', ' ', [], {}, [[]], { a: 1 }],
  ...[
    '{code}',
    '{password}',
    '{email}',
    '{apiKey}',
    '{token}',
    '123456',
    '1234567',
    '１２３４５６',
    'alice',
    '..',
    'SHA1',
    'SHA256',
  ],
  ...[
    'MD5',
    'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    'A'.repeat(200),
    '\u0000',
    '\ud800',
    '\u202e',
    'a:b',
    '2026-02-30T00:00:00Z',
  ],
  ...[
    '9999-12-31T23:59:59Z',
    '2026-02-01T00:00:00.000Z',
    'totp:validate',
    'logs:read',
    ['totp:validate', 'totp:validate'],
    'png',
    'none',
  ],
];
const METHODS: readonly string[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'QUERY',
  'get',
];
const TARGETS: readonly string[] = [
  ...operations.map(({ path }) => path.replace('{clientId}', 'alice').replace('{id}', '{keyId}')),
  ...[
    '/',
    '//',
    '/api',
    '/api/',
    '/api/../api/keys',
    '/%2e%2e/',
    '/api/totp/clients/%00',
    '/api/totp/clients/%zz',
    '*',
  ],
  ...[
    '/api/totp/clients/%F0%9F%98%80',
    '/api/logs/9007199254740993',
    '/api/logs/-1',
    'http://kanda/healthz',
    '/metrics',
  ],
];

/** What requests are made of. */
export const WORDS: readonly string[] = [
  ...HEADERS.map((header) => `\n${header}`),
  ...QUERIES.map((query) => `?${query}`),
  ...NAMES.map((name) => `${JSON.stringify(name)}:`),
  ...VALUES.map((value) => JSON.stringify(value)),
  ...['\n\n', '\r\n', '\r', '0\n\n', ' HTTP/1.0', ' HTTP/2.0', '%2F', '%00', '/', '?', '&', ...METHODS],
];

/** @param others requests from which a part may be taken */
export function mutatedRequest(input: string, random: Random, others: readonly string[]): string {
  let request = input;
  for (let count = 1 + random.below(3); count > 0; count--) {
    const change = random.weighted([
      [5, () => withBody(request, (body) => changedBody(body, random))],
      [2, () => withHeader(request, random)],
      [2, () => withQuery(request, random)],
      [1, () => withLine(request, (method) => [method, random.pick(TARGETS)])],
      [1, () => withLine(request, (_, target) => [random.pick(METHODS), target])],
      [1, () => mutated(request, random, WORDS, others)],
    ]);
    request = change();
  }
  return request.slice(0, MAX_LENGTH);
}

function withLine(
  request: string,
  change: (method: string, target: string) => readonly [string, string],
): string {
  const [line = ''] = request.split('\n', 1);
  const [method = '', target = ''] = line.split(' ');
  return change(method, target).join(' ') + request.slice(line.length);
}

function withQuery(request: string, random: Random): string {
  return withLine(request, (method, target) => [
    method,
    `${target}${target.includes('?') ? '&' : '?'}${random.pick(QUERIES)}`,
  ]);
}

/** One header more, or one less. */
function withHeader(request: string, random: Random): string {
  const end = request.indexOf('\n\n');
  if (end === -1) return `${request}\n${random.pick(HEADERS)}\n\n`;
  const lines = request.slice(0, end).split('\n');
  const at = 1 + random.below(lines.length);
  if (random.below(3) === 0) lines.splice(at, 1);
  else lines.splice(at, 0, random.pick(HEADERS));
  return lines.join('\n') + request.slice(end);
}

function withBody(request: string, change: (body: string) => string): string {
  const end = request.indexOf('\n\n');
  const head = end === -1 ? request : request.slice(0, end);
  return `${head}\n\n${change(end === -1 ? '' : request.slice(end + 2))}`;
}

/** A name more, less or twice, or another value; of what is no object, another text. */
function changedBody(body: string, random: Random): string {
  let value: unknown;
  try {
    value = JSON.parse(body === '' ? '{}' : body);
  } catch {
    return mutated(body, random, WORDS, []);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return JSON.stringify(random.pick(VALUES));
  const fields = new Map(Object.entries(value));
  const known = [...fields.keys()];
  const name = known.length === 0 || random.below(4) === 0 ? random.pick(NAMES) : random.pick(known);
  const old = fields.get(name);
  switch (random.below(6)) {
    case 0:
      fields.delete(name);
      break;
    case 1:
      if (typeof old === 'string') fields.set(name, mutated(old, random, ODD_CHARACTERS, []));
      break;
    case 2:
      return `{${JSON.stringify(name)}:${JSON.stringify(random.pick(VALUES))},${JSON.stringify(Object.fromEntries(fields)).slice(1)}`;
    default:
      fields.set(name, random.pick(VALUES));
  }
  return JSON.stringify(Object.fromEntries(fields));
}
