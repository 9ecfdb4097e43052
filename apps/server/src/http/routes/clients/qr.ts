import { crc32, deflateSync } from 'node:zlib';
import encodeQR from 'qr';
import { Fault } from '../../../domain/errors.ts';
import type { Secret } from '../../../domain/secret.ts';

/** ISO/IEC 18004 §9.1 asks for a quiet zone of four modules. */
const QUIET_ZONE = 4;
/** Wide enough that a phone at arm's length resolves each module on an ordinary screen. */
const TARGET_PIXELS = 300;
const MIN_PIXELS_PER_MODULE = 4;
/** Above this, phones begin to fail: a version has 17 + 4 × version modules. */
const HIGHEST_VERSION = 20;
/** What that version holds at the level "medium" in bytes (ISO/IEC 18004 table 7). The URL's lower case leaves no denser mode. */
const MAX_URL_BYTES = 666;

type Matrix = readonly (readonly boolean[])[];

/** Throws `label_too_long` when the QR code of this URL is larger than a phone can scan. */
export function assertScannable(otpauthUrl: Secret<string>): void {
  if (Buffer.byteLength(otpauthUrl.reveal()) > MAX_URL_BYTES) throw tooLong();
}

/** The URL as a PNG data URL: black on white, one bit a pixel, with its quiet zone. */
export function qrPngDataUrl(otpauthUrl: Secret<string>): string {
  return `data:image/png;base64,${encodePng(toMatrix(otpauthUrl)).toString('base64')}`;
}

/** The URL as an SVG data URL. */
export function qrSvgDataUrl(otpauthUrl: Secret<string>): string {
  const matrix = toMatrix(otpauthUrl);
  const size = matrix.length;
  const runs = matrix.flatMap((row, y) =>
    darkRuns(row).map(([x, width]) => `M${x} ${y}h${width}v1h-${width}z`),
  );
  const pixels = size * pixelsPerModule(size);
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" width="${pixels}" height="${pixels}" ` +
    `shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${runs.join('')}"/></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}

function toMatrix(otpauthUrl: Secret<string>): Matrix {
  let matrix: Matrix;
  try {
    matrix = encodeQR(otpauthUrl.reveal(), 'raw', { ecc: 'medium', border: QUIET_ZONE });
  } catch (cause) {
    throw tooLong(cause);
  }
  if (matrix.length - 2 * QUIET_ZONE > 17 + 4 * HIGHEST_VERSION) throw tooLong();
  return matrix;
}

function tooLong(cause?: unknown): Fault {
  const message = 'is too long together with the other one for a QR code that phones can scan';
  return new Fault(
    'label_too_long',
    `Label and issuer are too long: the QR code could not be scanned. Shorten them.`,
    {
      errors: [
        { path: '/label', message },
        { path: '/issuer', message },
      ],
      cause,
    },
  );
}

function pixelsPerModule(modules: number): number {
  return Math.max(MIN_PIXELS_PER_MODULE, Math.ceil(TARGET_PIXELS / modules));
}

/** The dark stretches of a row, as start and length. */
function darkRuns(row: readonly boolean[]): [number, number][] {
  const runs: [number, number][] = [];
  row.forEach((dark, x) => {
    const last = runs.at(-1);
    if (!dark) return;
    if (last !== undefined && last[0] + last[1] === x) last[1]++;
    else runs.push([x, 1]);
  });
  return runs;
}

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const FILTER_NONE = 0;
const FILTER_UP = 2;

/**
 * A greyscale PNG of one bit a pixel (W3C PNG §11.2.1: colour type 0, bit depth 1). The rows of a module
 * are equal, so all but the first are "as above": zeros, which compress to almost nothing.
 */
function encodePng(matrix: Matrix): Buffer {
  const scale = pixelsPerModule(matrix.length);
  const pixels = matrix.length * scale;
  const stride = 1 + Math.ceil(pixels / 8);
  const raw = Buffer.alloc(stride * pixels);
  matrix.forEach((row, y) => {
    const first = y * scale * stride;
    raw[first] = FILTER_NONE;
    row.forEach((dark, x) => {
      if (dark) return;
      for (let pixel = x * scale; pixel < (x + 1) * scale; pixel++) {
        const byte = first + 1 + (pixel >> 3);
        raw[byte] = (raw[byte] as number) | (0x80 >> (pixel & 7));
      }
    });
    for (let repeat = 1; repeat < scale; repeat++) raw[first + repeat * stride] = FILTER_UP;
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(pixels, 0);
  header.writeUInt32BE(pixels, 4);
  header[8] = 1; // bit depth; colour type, compression, filter and interlace stay 0
  return Buffer.concat([
    PNG_SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(raw, { level: 1, windowBits: 12, memLevel: 4 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const framed = Buffer.alloc(content.length + 12);
  framed.writeUInt32BE(content.length, 0);
  framed.write(type, 4, 'latin1');
  content.copy(framed, 8);
  framed.writeUInt32BE(crc32(framed.subarray(4, content.length + 8)), content.length + 8);
  return framed;
}
