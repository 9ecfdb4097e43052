import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  attributes,
  authenticatorUrl,
  html,
  ownPath,
  rasterData,
  styleElement,
  webUrl,
} from '../../../src/http/hosted/html.ts';
import { pageTokens } from './page-tokens.ts';

/** Texts that are made of what means something in HTML, beside any others. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '"',
        "'",
        '<',
        '>',
        '&',
        '=',
        '/',
        ' ',
        '`',
        '\n',
        '\0',
        'x',
        '<script>',
        '-->',
        '&quot;',
      ),
    )
    .map((parts) => parts.join('')),
  fc.constantFrom(
    '"><script>alert(1)</script>',
    '" onfocus="x',
    '</title><img src=x>',
    '&lt;b&gt;',
    '{name}',
  ),
);

test('a string stays text, or the value of its attribute', () => {
  fc.assert(
    fc.property(hostile, hostile, (text, value) => {
      const { skeleton, contents } = pageTokens(
        html`<p title="a ${value} b"${attributes({ 'aria-label': value, hidden: true })}>[${text}]</p>`.text,
      );
      expect(skeleton).toEqual(['p title aria-label hidden', '/p']);
      const shown = (of: string) => of.replaceAll('\0', '\uFFFD');
      expect(contents).toEqual([`a ${shown(value)} b`, shown(value), `[${shown(text)}]`]);
    }),
  );
});

test('a URL is one of its protocol, however it is written', () => {
  const urls = fc.oneof(
    fc.webUrl(),
    hostile,
    fc
      .tuple(
        fc.constantFrom(
          'javascript:',
          'JAVASCRIPT:',
          ' java\tscript:',
          'data:',
          'otpauth:',
          'http:',
          '//',
          '\\\\',
        ),
        hostile,
      )
      .map(([protocol, rest]) => protocol + rest),
  );
  fc.assert(
    fc.property(urls, (url) => {
      for (const [made, protocols] of [
        [webUrl(url), ['http:', 'https:']],
        [authenticatorUrl(url), ['otpauth:']],
      ] as const) {
        if (made === null) continue;
        const { skeleton, contents } = pageTokens(html`<a href="${made}">x</a>`.text);
        expect(skeleton).toEqual(['a href', '/a']);
        expect(protocols).toContain(new URL(contents[0] ?? '', 'https://kanda.example').protocol);
      }
    }),
  );
  expect(webUrl('https://shop.example/?a=1&b=2')?.text).toBe('https://shop.example/?a=1&b=2');
  for (const url of ['javascript:alert(1)', 'java\nscript:alert(1)', '/path', 'otpauth://totp/x', '']) {
    expect(webUrl(url)).toBeNull();
  }
  expect(authenticatorUrl('https://shop.example/')).toBeNull();
});

test('a path stays on its server', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        hostile,
        hostile.map((rest) => `/${rest}`),
      ),
      (path) => {
        let made: ReturnType<typeof ownPath>;
        try {
          made = ownPath(path);
        } catch {
          return;
        }
        const { skeleton, contents } = pageTokens(html`<form action="${made}"></form>`.text);
        expect(skeleton).toEqual(['form action', '/form']);
        expect(new URL(contents[0] ?? '', 'https://kanda.example').origin).toBe('https://kanda.example');
      },
    ),
  );
  for (const path of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '',
    'link',
    '/\t/evil.example',
  ]) {
    expect(() => ownPath(path)).toThrow(TypeError);
  }
});

test('an image is a raster image within the page', () => {
  expect(rasterData('data:image/png;base64,iVBORw0KGgo=')?.text).toBe('data:image/png;base64,iVBORw0KGgo=');
  for (const url of [
    'data:image/svg+xml;base64,PHN2Zz4=',
    'data:image/png,x',
    'data:text/html;base64,PHN2Zz4=',
    'data:image/png;base64,"><script>',
    'https://shop.example/logo.png',
  ]) {
    expect(rasterData(url)).toBeNull();
  }
});

describe('a template is refused', () => {
  const value = 'x';
  test.each([
    ['with a value without quotes', () => html`<p title=${value}></p>`],
    ['with a value as an attribute', () => html`<p ${value}></p>`],
    ['with a value as a tag', () => html`<${value}>`],
    ['with a string as a URL', () => html`<a href="${value}"></a>`],
    ['with a part of a URL', () => html`<a href="/x${ownPath('/x')}"></a>`],
    ['with a URL as text', () => html`<p>${ownPath('/x')}</p>`],
    ['with markup as a value', () => html`<p title="${html`x`}"></p>`],
    ['with an event handler', () => html`<p onclick="${value}"></p>`],
    ['with a style', () => html`<p style="${value}"></p>`],
    ['with a script', () => html`<script>${value}</script>`],
    ['with a frame', () => html`<iframe src="${ownPath('/x')}"></iframe>`],
    ['with an attribute that is an event handler', () => attributes({ onclick: value })],
    ['with an attribute that is a URL', () => attributes({ href: value })],
    ['with a style that ends', () => styleElement('</style><script>')],
  ])('%s', (_what, make) => {
    expect(make).toThrow(TypeError);
  });
});
