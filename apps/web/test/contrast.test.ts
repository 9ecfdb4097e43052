/** The colours of tokens.css, computed: OKLCH to sRGB (CSS Color 4 §10), then WCAG 2.2's contrast ratio. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

type Rgb = readonly [number, number, number];
type Theme = 'light' | 'dark';

const css = readFileSync(new URL('../src/styles/tokens.css', import.meta.url), 'utf8');
const tokens = readTokens();
const THEMES: readonly Theme[] = ['light', 'dark'];

/** Text needs 4.5 : 1 (1.4.3), what marks a control or the focus 3 : 1 (1.4.11). */
const TEXT = 4.5;
const CONTROL = 3;

const PAIRS: readonly (readonly [front: string, back: string, least: number])[] = [
  ...['bg', 'surface', 'sunken'].flatMap((back) => [
    ['ink', back, TEXT] as const,
    ['muted', back, TEXT] as const,
    ['accent', back, TEXT] as const,
    ['success', back, TEXT] as const,
    ['danger', back, TEXT] as const,
    ['warning', back, TEXT] as const,
    ['edge', back, CONTROL] as const,
    ['focus', back, CONTROL] as const,
  ]),
  ['on-accent', 'accent', TEXT],
  // The accent of the test half.
  ['on-accent', 'warning', TEXT],
  ['on-danger', 'danger', TEXT],
  ['success', 'success-soft', TEXT],
  ['danger', 'danger-soft', TEXT],
  ['warning', 'warning-soft', TEXT],
];

test.each(THEMES.flatMap((theme) => PAIRS.map((pair) => [theme, ...pair] as const)))(
  'in the %s theme %s on %s has a contrast of %d or more',
  (theme, front, back, least) => {
    expect(contrast(colour(front, theme), colour(back, theme))).toBeGreaterThanOrEqual(least);
  },
);

test('every colour can be shown by an sRGB screen', () => {
  expect(tokens.size).toBe(17);
  for (const [name, themes] of tokens)
    for (const theme of THEMES)
      for (const part of linear(themes[theme])) {
        expect(part, `${name}, ${theme}`).toBeGreaterThan(-0.001);
        expect(part, `${name}, ${theme}`).toBeLessThan(1.001);
      }
});

test('black on white is 21 : 1, and a colour is what other programs make of it', () => {
  expect(contrast([0, 0, 0], [1, 1, 1])).toBeCloseTo(21);
  // The accent is the favicon's #13607e, to the nearest of 256 steps.
  const [r, g, b] = colour('accent', 'light').map((part) => Math.round(255 * gamma(part)));
  expect(Math.abs((r ?? 0) - 0x13)).toBeLessThan(6);
  expect(Math.abs((g ?? 0) - 0x60)).toBeLessThan(6);
  expect(Math.abs((b ?? 0) - 0x7e)).toBeLessThan(6);
});

function readTokens(): Map<string, Record<Theme, Rgb>> {
  const value = String.raw`oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)`;
  const line = new RegExp(String.raw`--([\w-]+): light-dark\(${value}, ${value}\);`, 'g');
  return new Map(
    [...css.matchAll(line)].map(([, name = '', ...numbers]) => {
      const [l1, c1, h1, l2, c2, h2] = numbers.map(Number) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      return [name, { light: [l1, c1, h1], dark: [l2, c2, h2] }];
    }),
  );
}

function colour(name: string, theme: Theme): Rgb {
  const themes = tokens.get(name);
  if (themes === undefined) throw new Error(`tokens.css has no --${name}.`);
  const [r, g, b] = linear(themes[theme]);
  return [r, g, b].map((part) => Math.min(1, Math.max(0, part))) as unknown as Rgb;
}

/** OKLCH to linear sRGB: Björn Ottosson's matrices, as CSS Color 4 has them. */
function linear([lightness, chroma, hue]: Rgb): Rgb {
  const angle = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function gamma(part: number): number {
  return part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055;
}

function contrast(front: Rgb, back: Rgb): number {
  const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const [light = 0, dark = 0] = [luminance(front), luminance(back)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}
