/**
 * The images that deploy/ names are exact ones (docs/decisions/0040-units-and-images.md). No registry is asked, so whether a
 * digest is that of its tag is not known here.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** A name, a tag with a version of two numbers or more, and perhaps a digest. */
const EXACT = /^[a-z0-9][a-z0-9./_-]*:v?\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$/;

/** `FROM node:24.1.0 AS build` and `image: kanda:0.1.0`, without what Helm puts together from values. */
function imagesIn(text: string): string[] {
  const named = text.matchAll(/^(?:FROM|\s*(?:- )?image:)[ \t]+(?:--\S+ )*["']?([^\s"']+)/gm);
  return [...named].map(([, image = '']) => image).filter((image) => !image.startsWith('{{'));
}

test('every image is named with an exact tag, and a digest is one', () => {
  const files = globSync('deploy/**/{*Dockerfile,*.yaml,*.yml}', { cwd: ROOT });
  const images = files.flatMap((path) => imagesIn(readFileSync(join(ROOT, path), 'utf8')));
  expect(images.length).toBeGreaterThanOrEqual(4);
  expect(images.filter((image) => !EXACT.test(image))).toEqual([]);
  const byTagAlone = [...new Set(images)].filter((image) => !image.includes('@'));
  if (byTagAlone.length > 0)
    console.warn(`NOT PINNED by digest, as no registry could be asked: ${byTagAlone.join(', ')}`);
});

test('an image without a tag, of a moving tag, or with half a digest is found', () => {
  const text = `FROM --platform=linux/amd64 node AS build\n    image: "postgres:latest"\n- image: redis:7.2@sha256:abc\n  image: {{ x }}\n`;
  const images = imagesIn(text);
  expect(images).toEqual(['node', 'postgres:latest', 'redis:7.2@sha256:abc']);
  expect(images.filter((image) => EXACT.test(image))).toEqual([]);
});
