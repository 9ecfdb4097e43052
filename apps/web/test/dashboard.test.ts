import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import openapi from '../../../openapi.json' with { type: 'json' };
import { bareEnvironment } from '../../../tools/child-environment.mjs';
import { curlOf } from '../src/dashboard/curl.ts';
import { actorWords, reasonWords, shortReason } from '../src/dashboard/event-words.ts';
import { filterOf } from '../src/dashboard/log-filter.ts';
import { type OpenApi, operationsOf } from '../src/dashboard/operations.ts';
import { dashboardPath, ownUrl } from '../src/dashboard/own-url.ts';
import { logsSearch, parseSearch, stringifySearch } from '../src/dashboard/searches.ts';
import { keepsSession, tunnelTo } from '../src/door/kept-session.ts';
import { relativeTime, waitTime } from '../src/ui/time-words.ts';
import { logTimeIn } from '../src/ui/zoned-time.ts';

describe('where a sign-in leads', () => {
  const origin = 'https://kanda.example';

  test('is a page of this site, with its search', () => {
    const url = ownUrl('/dashboard/logs?outcome=failure', origin);
    expect(url?.href).toBe(`${origin}/dashboard/logs?outcome=failure`);
    expect(url && dashboardPath(url)).toBe('/dashboard/logs?outcome=failure');
  });

  test.each([
    'https://elsewhere.example/',
    '//elsewhere.example/',
    '/\\elsewhere.example/',
    '/\t/elsewhere.example/',
    '\\\\elsewhere.example',
    'javascript:alert(1)',
    '',
  ])('is never %j', (next) => {
    expect(ownUrl(next, origin)).toBeNull();
  });

  /** Where a browser lands: what is used is resolved again, on the page of the sign-in. */
  function landing(next: string): URL {
    return new URL(ownUrl(next, origin) ?? '/dashboard', `${origin}/signin?next=x`);
  }

  // Seen to fail while the path of the checked URL was used in place of the URL.
  test.each([
    '/.//evil.example/',
    '/dashboard/..//evil.example',
    '/dashboard/%2e%2E//evil.example',
    '/x/../\\evil.example',
    '/.\t//evil.example/',
  ])('%j stays on this site', (next) => {
    expect(landing(next).origin).toBe(origin);
  });

  test('stays on this site whatever was asked for', () => {
    const piece = fc.constantFrom(
      ...[
        '/',
        '//',
        '\\',
        '.',
        '..',
        '/..',
        '%2e',
        '%2F',
        '%5c',
        '\t',
        '\n',
        ' ',
        '\0',
        '@',
        ':',
        '?',
        '#',
        ';',
      ],
      ...['evil.example', 'dashboard', 'https:', 'javascript:', '\u3002', '\uff0f', '\u200b', '[::1]'],
    );
    const crafted = fc.array(fc.oneof({ weight: 4, arbitrary: piece }, fc.string({ unit: 'binary' })));
    const any = fc.oneof(
      crafted.map((pieces) => `/${pieces.join('')}`),
      crafted.map((pieces) => pieces.join('')),
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
    );
    fc.assert(
      fc.property(any, (next) => {
        expect(landing(next).origin).toBe(origin);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a call as cURL', () => {
  /** The words that a shell makes of it, without calling anything. */
  function wordsOf(line: string, variables: Record<string, string> = {}): string[] {
    const script = `curl() { printf '%s\\0' "$@"; }\n${line}`;
    const output = execFileSync('sh', ['-c', script], { encoding: 'utf8', env: bareEnvironment(variables) });
    return output.split('\0').slice(0, -1);
  }

  test('says the same to a shell, whatever it contains', () => {
    const body = `{"label":"it's \\"$HOME\\" \`id\`\\n"}`;
    const url = 'http://127.0.0.1:3000/api/totp/register?q=$(id)&x=1';
    expect(wordsOf(curlOf({ method: 'POST', url, bearer: "kan_'x", body }))).toEqual([
      '-X',
      'POST',
      url,
      '-H',
      "Authorization: Bearer kan_'x",
      '-H',
      'Content-Type: application/json',
      '-d',
      body,
    ]);
  });

  test('takes the bearer from a variable where it has none', () => {
    const line = curlOf({ method: 'GET', url: 'http://x/', bearer: { variable: 'KANDA_KEY' }, body: null });
    expect(wordsOf(line, { KANDA_KEY: 'kan_1' })).toEqual(['http://x/', '-H', 'Authorization: Bearer kan_1']);
  });
});

describe('the address of the log', () => {
  test('comes back as it was written', () => {
    const search = { event: 'totp.validated', clientId: 'user+1@example.com', live: true, id: '17' } as const;
    expect(logsSearch(parseSearch(stringifySearch(search)))).toEqual(search);
  });

  test('drops what the page does not know', () => {
    expect(logsSearch(parseSearch('?event=nonsense&outcome=maybe&id=-1&live=no&token=secret'))).toEqual({});
  });

  test('is no filter while its user ID is half typed', () => {
    expect(filterOf({ clientId: 'a/..', from: 'yesterday', outcome: 'failure' })).toEqual({
      outcome: 'failure',
    });
    expect(filterOf({ clientId: 'auth0|5f7c' })).toEqual({ clientId: 'auth0|5f7c' });
  });
});

describe('the playground', () => {
  test('offers every call of the API that ends, with what it needs to begin', () => {
    const operations = operationsOf(openapi as unknown as OpenApi);
    const register = operations.find(({ id }) => id === 'registerClient');
    expect(JSON.parse(register?.body ?? '')).toEqual({
      clientId: 'user-123',
      label: 'alice@example.com',
      issuer: 'MyApp',
    });
    expect(operations.map(({ id }) => id)).not.toContain('streamLogs');
    expect(operations.length).toBeGreaterThan(25);
  });
});

describe('a session', () => {
  const at = (address: string, isSecureContext: boolean) => ({ isSecureContext, location: new URL(address) });

  test.each([
    ['over HTTPS', at('https://kanda.example/signin', true), true],
    ['on this machine', at('http://localhost:3000/signin', true), true],
    ['on this machine, in a browser that trusts no HTTP', at('http://[::1]:3000/signin', false), true],
    ['over plain HTTP', at('http://192.0.2.2:3462/signup', false), false],
  ])('%s: is kept or not, before the server has told anything', (_where, page, kept) => {
    expect(keepsSession(undefined, page)).toBe(kept);
    expect(keepsSession({ cookieLogin: true }, page)).toBe(kept);
  });

  test('is not kept where the server does not know of the HTTPS before it', () => {
    expect(keepsSession({ cookieLogin: false }, at('https://kanda.example/', true))).toBe(false);
  });

  test.each([
    ['http://192.0.2.2:3462/signup', 'ssh -L 3462:127.0.0.1:3462 192.0.2.2', 'http://localhost:3462'],
    ['http://[2001:db8::7]:3000/', 'ssh -L 3000:127.0.0.1:3000 2001:db8::7', 'http://localhost:3000'],
    ['http://kanda.lan/signin', 'ssh -L 3000:127.0.0.1:3000 kanda.lan', 'http://localhost:3000'],
    // A name that its owner's DNS points at this server: nothing of it reaches a reader's shell.
    ['http://a;id;.example/', 'ssh -L 3000:127.0.0.1:3000 YOUR-SERVER', 'http://localhost:3000'],
    ['http://-oproxycommand=id/', 'ssh -L 3000:127.0.0.1:3000 YOUR-SERVER', 'http://localhost:3000'],
  ])('of %s has a tunnel as its way out', (address, command, origin) => {
    expect(tunnelTo(new URL(address))).toEqual({ command, origin });
  });
});

describe('an event of the log', () => {
  const event = (reason: string | null) => ({ event: 'totp.validated', reason }) as const;

  test('says in two words why, and in a sentence', () => {
    expect(shortReason(event('code_already_used'))).toBe('Used before');
    expect(reasonWords(event('code_already_used'))).toBe(
      'The code had been accepted before. Each is good once.',
    );
    expect(shortReason(event(null))).toBeNull();
    expect([shortReason, reasonWords].map((words) => words(event('of_a_newer_server')))).toEqual([
      'Of a newer server',
      'Of a newer server.',
    ]);
  });

  const { properties } = openapi.components.schemas.Diagnosis;

  test.each([
    ...properties.finding['x-extensible-enum'],
    'drift_too_large',
    'drift_not_followed',
    'proof_invalid',
    'authenticator_last',
    'authenticator_not_found',
    'authenticator_odds',
    'authenticator_quota_exceeded',
  ])('has a sentence for %s, which is more than its name', (reason) => {
    const diagnosed = { event: 'client.diagnosed', reason } as const;
    expect(reasonWords(diagnosed)?.split(' ').length).toBeGreaterThan(reason.split('_').length + 1);
  });

  test.each([
    ['drift=3', 'Clock 3 steps ahead', 'Its clock is 3 steps ahead.'],
    ['drift=-1', 'Clock 1 step behind', 'Its clock is 1 step behind.'],
    ['drift=0', 'No drift', 'Its clock counts as right.'],
  ])('%s says how far a clock is off', (reason, short, sentence) => {
    const resynced = { event: 'authenticator.resynced', reason } as const;
    expect([shortReason(resynced), reasonWords(resynced)]).toEqual([short, sentence]);
  });

  test('names who did it', () => {
    expect(actorWords('key:k6pxoqkz1234')).toBe('Key k6pxoqkz');
    expect(actorWords('account:acc_1')).toBe('You');
    expect(actorWords('kanda')).toBe('Kanda');
  });
});

describe('time in words', () => {
  const MINUTE = 60_000;

  test('in the log goes to the second, and has as much of the date as is not today', () => {
    const now = new Date(2026, 10, 24, 14, 0, 0).getTime();
    expect(logTimeIn(new Date(2026, 10, 24, 0, 2, 9).getTime(), now, undefined)).toBe('00:02:09');
    expect(logTimeIn(new Date(2026, 10, 23, 23, 59, 59).getTime(), now, undefined)).toBe('23 Nov, 23:59:59');
    expect(logTimeIn(new Date(2025, 10, 24, 14, 2, 11).getTime(), now, undefined)).toBe(
      '24 Nov 2025, 14:02:11',
    );
  });

  test.each([
    [0, 'just now'],
    [-4 * MINUTE, '4 min ago'],
    [-60 * MINUTE, '1 hour ago'],
    [3 * 24 * 60 * MINUTE, 'in 3 days'],
  ])('%i ms from now is %s', (distance, words) => {
    const now = Date.UTC(2026, 0, 31);
    expect(relativeTime(now + distance, now)).toBe(words);
  });

  test('a wait is never told shorter than it is', () => {
    expect(waitTime(0.2)).toBe('1 second');
    expect(waitTime(90)).toBe('90 seconds');
    expect(waitTime(181)).toBe('4 minutes');
  });
});
