import { crc32, deflateSync } from 'node:zlib';
import encodeQR from 'qr';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const PIXELS_PER_MODULE = 4;

/** A QR code as a PNG picture, made by what draws the server's own. */
export function qrPng(text: string): Buffer {
  const modules = encodeQR(text, 'raw', { ecc: 'low', border: 4 });
  const size = modules.length * PIXELS_PER_MODULE;
  const rows = Array.from({ length: size }, (_, y) => {
    const row = modules[Math.floor(y / PIXELS_PER_MODULE)] ?? [];
    const grey = Array.from({ length: size }, (__, x) => (row[Math.floor(x / PIXELS_PER_MODULE)] ? 0 : 255));
    return Buffer.from([0, ...grey]);
  });
  return png(size, size, Buffer.concat(rows));
}

/** A white picture without a code. Of a large one only the size is written, as in a picture that is made to do harm. */
export function blankPng(width: number, height: number): Buffer {
  const isSmall = width * height < 1_000_000;
  const row = Buffer.from([0, ...Array.from({ length: isSmall ? width : 0 }, () => 255)]);
  return png(width, height, Buffer.concat(Array.from({ length: isSmall ? height : 1 }, () => row)));
}

/** 8 bits of grey a pixel (PNG specification, third edition, §11.2). */
function png(width: number, height: number, rows: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(8, 8);
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([SIGNATURE, ...parts]);
}

function chunk(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
