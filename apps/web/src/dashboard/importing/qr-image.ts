import { decodeQR } from 'qr/decode.js';
import { t } from '../../texts/importing.ts';
import { Unreadable } from './unreadable.ts';

/** A picture is scaled down to this before it is searched: modules of a code that fills it are still several pixels. */
const LONGEST_SIDE = 2_000;
/** What a browser would need 256 MB for. No phone takes larger ones, and no screen shows them. */
const MAX_PIXELS = 64_000_000;

const KINDS: readonly (readonly number[])[] = [
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x47, 0x49, 0x46, 0x38],
  [0x52, 0x49, 0x46, 0x46],
];

/** Whether the file begins as PNG, JPEG, GIF or WebP do, whatever its name says. */
export async function isPicture(file: Blob): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return KINDS.some((kind) => kind.every((byte, at) => start[at] === byte));
}

/** The text of the QR code in a picture. @throws {Unreadable} when there is none, or the picture is none */
export async function textInPicture(file: File): Promise<string> {
  await assertBearable(file);
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Unreadable(t.damagedPicture(file.name));
  });
  try {
    const { width, height } = bitmap;
    if (width * height > MAX_PIXELS) throw tooLarge(file.name);
    // Small ones are searched as they are; large photographs are also tried at half their size, which blurs noise.
    for (const longest of [LONGEST_SIDE, LONGEST_SIDE / 2]) {
      const text = textIn(pixels(bitmap, Math.min(1, longest / Math.max(width, height))));
      if (text !== null) return text;
    }
  } finally {
    bitmap.close();
  }
  throw new Unreadable(t.noQrFound(file.name));
}

function pixels(bitmap: ImageBitmap, scale: number): ImageData {
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Unreadable(t.noRoom);
  // What is transparent counts as paper.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

function textIn(image: ImageData): string | null {
  try {
    return decodeQR(image).trim();
  } catch {
    return null;
  }
}

/** A PNG of a few kilobytes can hold gigapixels. Its size is read before a browser makes room for it. */
async function assertBearable(file: File): Promise<void> {
  const header = new DataView(await file.slice(0, 24).arrayBuffer());
  if (header.byteLength < 24 || header.getUint32(0) !== 0x89504e47) return;
  if (header.getUint32(16) * header.getUint32(20) > MAX_PIXELS) throw tooLarge(file.name);
}

function tooLarge(name: string): Unreadable {
  return new Unreadable(t.tooManyPixels(name, MAX_PIXELS / 1_000_000));
}
