import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  HOSTED_HEADERS,
  type HostedProblem,
  type HostedView,
  hostedHeaders,
  hostedPage,
} from '../../../src/http/hosted/hosted-page.ts';
import { pageTokens } from './page-tokens.ts';
import { everyView, GIVEN, LOOK } from './views.ts';

const view = (name: string, problem: HostedProblem | null = null): HostedView => {
  const found = everyView({ ...GIVEN, problem }).get(name);
  if (found === undefined) throw new Error(`There is no view ${name}.`);
  return found;
};
const textOf = (page: string) => pageTokens(page).contents.join(' ');

test('nothing that comes from outside changes the tags of a page', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '"><script>alert(1)</script>',
      '</title>',
      '{account}',
      '$&',
      '" autofocus onfocus="x',
      '\u202E',
    ),
  );
  fc.assert(
    fc.property(hostile, hostile, fc.array(hostile, { minLength: 2, maxLength: 2 }), (name, other, codes) => {
      const given = { ...GIVEN, account: other, secret: other, codes };
      const views = everyView(given);
      for (const [key, expected] of everyView()) {
        const shown = views.get(key) ?? expected;
        const page = pageTokens(hostedPage(shown, { ...LOOK, name }));
        expect(page.skeleton).toEqual(pageTokens(hostedPage(expected, LOOK)).skeleton);
      }
    }),
    { numRuns: 50 },
  );
});

test('URLs that are none of ours leave no link and no image', () => {
  const url = 'javascript:alert(1)';
  const bad = { ...GIVEN, otpauthUrl: url, qrDataUrl: url, continueUrl: url };
  for (const shown of everyView(bad).values()) {
    expect(hostedPage(shown, { ...LOOK, logo: url })).not.toContain('javascript');
  }
  expect(() =>
    hostedPage({ kind: 'start', purpose: 'enrol', action: '//evil.example', problem: null }, LOOK),
  ).toThrow(TypeError);
});

test.each([...everyView()])('%s has a title, one heading, and no script', (_name, shown) => {
  const page = hostedPage(shown, LOOK);
  const { skeleton } = pageTokens(page);
  expect(skeleton.filter((tag) => tag === 'h1')).toHaveLength(1);
  expect(page).toMatch(/<title>[^<]+ – MyApp<\/title>/);
  expect(skeleton.filter((tag) => /script|^(?:iframe|link)\b| (?:on|style)/.test(tag))).toEqual([]);
});

test('pages of different states have different titles', () => {
  const titles = [...everyView().values()].map(
    (shown) => /<title>(.*)<\/title>/.exec(hostedPage(shown, LOOK))?.[1],
  );
  // Both challenges have the same, with recovery codes and without.
  expect(new Set(titles).size).toBe(titles.length - 1);
});

test.each(['#13607e', '#ffd400', 'no colour'])(
  'the headers allow the styles of a page in %s, and no others',
  (accent) => {
    const look = { ...LOOK, accent };
    const page = hostedPage(view('enrol'), look);
    const sources = [...page.matchAll(/<style>([^<]*)<\/style>/g)].map(
      ([, css = '']) => `'sha256-${createHash('sha256').update(css).digest('base64')}'`,
    );
    expect(sources).toHaveLength(2);
    expect(hostedHeaders(look)['content-security-policy']).toBe(
      `default-src 'none'; style-src ${sources.join(' ')}; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    );
  },
);

test('the headers keep a page out of caches, frames and referrers', () => {
  expect(HOSTED_HEADERS).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
});

describe('the enrolment', () => {
  test('shows the key in groups, as a link, and in the picture', () => {
    const page = hostedPage(view('enrol'), LOOK);
    expect(page).toContain('>JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP<');
    expect(page).toContain(`src="${GIVEN.qrDataUrl}"`);
    expect(page).toContain('href="otpauth://totp/MyApp:alice?secret=');
    expect(page).toContain('autocomplete="one-time-code"');
  });

  test('can be cancelled only where there is a way to', () => {
    const shown = view('enrol');
    expect(hostedPage(shown, LOOK)).toContain('action="/link/AbC-_123/cancel"');
    expect(hostedPage({ ...shown, cancelAction: null } as HostedView, LOOK)).not.toContain('cancel"');
  });
});

describe('a problem', () => {
  const kinds = ['malformed', 'wrong', 'used', 'locked', 'wait', 'clock_ahead', 'too_many'] as const;
  test.each(kinds)('%s is described at its field, and named in the title', (kind) => {
    for (const name of ['enrol', 'challenge true', 'challenge false']) {
      const page = hostedPage(view(name, { kind }), LOOK);
      const text = /<p class="problem" role="alert" id="code-problem">([^<]+)</.exec(page)?.[1];
      expect(text).toMatch(/\.$/);
      expect(page).toMatch(
        /<input[^>]* autofocus aria-describedby="code-problem code-text" aria-invalid="true">/,
      );
      expect(page).toContain('<title>Error: ');
    }
  });

  test('that ends in a new key is said before the key, and leaves the focus at the top', () => {
    const page = hostedPage(view('enrol', { kind: 'new_key' }), LOOK);
    expect(page.indexOf('id="key-problem"')).toBeGreaterThan(0);
    expect(page.indexOf('id="key-problem"')).toBeLessThan(page.indexOf('otpauth:'));
    expect(page).toContain('<title>Error: ');
    expect(page).not.toMatch(/autofocus|aria-invalid="|code-problem/);
  });

  test('each has words of its own', () => {
    const texts = kinds.flatMap((kind) =>
      (['code', 'recoveryCode'] as const).map((field) =>
        textOf(hostedPage(view('challenge true', { kind, field }), LOOK)),
      ),
    );
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('says for how long it holds', () => {
    const shown = (retryAfterSeconds: number) =>
      textOf(hostedPage(view('challenge false', { kind: 'locked', retryAfterSeconds }), LOOK));
    expect(shown(1)).toContain('Try again in 1 second.');
    expect(shown(119)).toContain('Try again in 119 seconds.');
    expect(shown(121)).toContain('Try again in 3 minutes.');
    expect(shown(7_201)).toContain('Try again in 3 hours.');
    expect(shown(0)).toContain('Try again in 1 second.');
  });

  test('of a recovery code is at its field, which is open', () => {
    const page = hostedPage(view('challenge true', { kind: 'wrong', field: 'recoveryCode' }), LOOK);
    expect(page).toContain('<details open>');
    expect(page).toMatch(
      /name="recoveryCode"[^>]* autofocus aria-describedby="recovery-problem recovery-text"/,
    );
    expect(page).not.toContain('code-problem"');
    expect(hostedPage(view('challenge true'), LOOK)).toContain('<details>');
  });
});

test('recovery codes are written whole, and the way back has the URL', () => {
  const page = hostedPage(view('recovery-codes'), LOOK);
  expect(GIVEN.codes.every((code) => page.includes(`<li>${code} </li>`))).toBe(true);
  expect(page).toContain('href="https://shop.example/back?state=1&amp;result=x"');
});
