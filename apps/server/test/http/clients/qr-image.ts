/** Reads the QR images of answers, apart from the code that draws them. */
import { inflateSync } from 'node:zlib';
import decodeQr from 'qr/decode.js';

/** Rows of pixels; true is dark. */
export type Bitmap = readonly (readonly boolean[])[];

/** The bytes of a data URL of this type. */
export function bytesOf(dataUrl: string | null, type: string): Buffer {
  const start = `data:${type};base64,`;
  if (!dataUrl?.startsWith(start)) throw new Error(`not a data URL of ${type}`);
  return Buffer.from(dataUrl.slice(start.length), 'base64');
}

/** A greyscale PNG of one bit a pixel whose rows are unfiltered or as above (W3C PNG §9.2). */
export function readPng(png: Buffer): Bitmap {
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
    chunks.set(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const header = chunks.get('IHDR') ?? Buffer.alloc(13);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const raw = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0));
  const stride = 1 + Math.ceil(width / 8);
  const rows: boolean[][] = [];
  let above = Buffer.alloc(stride - 1);
  for (let y = 0; y < height; y++) {
    const line = Buffer.from(raw.subarray(y * stride + 1, (y + 1) * stride));
    if (raw[y * stride] === 2) {
      for (const [index, byte] of above.entries()) line[index] = ((line[index] ?? 0) + byte) & 255;
    } else if (raw[y * stride] !== 0) throw new Error('a filter that this reader does not know');
    above = line;
    rows.push(Array.from({ length: width }, (_, x) => (((line[x >> 3] ?? 0) >> (7 - (x & 7))) & 1) === 0));
  }
  return rows;
}

/** An SVG whose dark modules are runs `M<x> <y>h<width>v1h-<width>z`, at its own width in pixels. */
export function readSvg(svg: string): Bitmap {
  const [, modules, pixels] = /viewBox="0 0 (\d+) \1" width="(\d+)" height="\2"/.exec(svg)?.map(Number) ?? [];
  if (modules === undefined || pixels === undefined) throw new Error('not an SVG as expected');
  const dark = Array.from({ length: modules }, () => new Array<boolean>(modules).fill(false));
  for (const [, x, y, width] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    dark[Number(y)]?.fill(true, Number(x), Number(x) + Number(width));
  }
  const scale = pixels / modules;
  const nearest = (at: number) => Math.floor(at / scale);
  return Array.from({ length: pixels }, (_, y) =>
    Array.from({ length: pixels }, (_, x) => dark[nearest(y)]?.[nearest(x)] === true),
  );
}

/** What a scanner reads. */
export function scan(bitmap: Bitmap): string {
  const size = bitmap.length;
  const data = new Uint8Array(size * size * 4).fill(255);
  for (const [y, row] of bitmap.entries()) {
    for (const [x, dark] of row.entries()) if (dark) data.fill(0, (y * size + x) * 4, (y * size + x) * 4 + 3);
  }
  return decodeQr({ width: size, height: size, data }, { timeLimit: 10_000 });
}

/** The bitmap as a file that every image program reads (Netpbm's plain PBM). */
export function toPbm(bitmap: Bitmap): Buffer {
  const rows = bitmap.map((row) => row.map(Number).join(' '));
  return Buffer.from(`P1\n${bitmap.length} ${bitmap.length}\n${rows.join('\n')}\n`);
}

/** How many light pixels stand around the code on each side: left, top, right, bottom. */
export function margins(bitmap: Bitmap): [number, number, number, number] {
  const rows = bitmap.map((row) => row.includes(true));
  const columns = bitmap.map((_, x) => bitmap.some((row) => row[x] === true));
  const after = (dark: boolean[]) => dark.length - 1 - dark.lastIndexOf(true);
  return [columns.indexOf(true), rows.indexOf(true), after(columns), after(rows)];
}

/** Pixels of a module: the top left finder pattern is seven modules wide (ISO/IEC 18004 §6.3.3). */
export function moduleWidth(bitmap: Bitmap): number {
  const [left, top] = margins(bitmap);
  const row = bitmap[top] ?? [];
  return (row.indexOf(false, left) - left) / 7;
}
