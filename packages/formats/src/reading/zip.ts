/** One file of a ZIP archive. Enough for exports of password managers: no encryption, no ZIP64, no several disks. */

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
const MAX_COMMENT = 65_535;

/**
 * The content of the file with this name, or a sentence that says why there is none.
 *
 * @param maxBytes what it may be when it is inflated; more is refused while it is inflated, whatever the archive says
 */
export async function unzipOne(
  archive: Uint8Array,
  name: string,
  maxBytes: number,
): Promise<Uint8Array | string> {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = endOfDirectory(view);
  if (end === null) return 'The file is not a ZIP archive, or it is cut off.';
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0 && at + 46 <= archive.length; left--) {
    if (view.getUint32(at, true) !== CENTRAL) return 'The directory of the archive is damaged.';
    const nameLength = view.getUint16(at + 28, true);
    const found = new TextDecoder().decode(archive.subarray(at + 46, at + 46 + nameLength));
    if (found === name) return contentAt(archive, view, at, maxBytes);
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return `The archive has no ${name}.`;
}

function endOfDirectory(view: DataView): number | null {
  const first = Math.max(0, view.byteLength - 22 - MAX_COMMENT);
  for (let at = view.byteLength - 22; at >= first; at--) if (view.getUint32(at, true) === END) return at;
  return null;
}

async function contentAt(archive: Uint8Array, view: DataView, entry: number, maxBytes: number) {
  if ((view.getUint16(entry + 8, true) & 1) !== 0) return 'The archive is encrypted.';
  const method = view.getUint16(entry + 10, true);
  const packed = view.getUint32(entry + 20, true);
  const local = view.getUint32(entry + 42, true);
  if (local + 30 > archive.length || view.getUint32(local, true) !== LOCAL) return 'The archive is damaged.';
  const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (from + packed > archive.length) return 'The archive is cut off.';
  const content = archive.subarray(from, from + packed);
  if (method === STORED) return content.length > maxBytes ? tooLarge(maxBytes) : content;
  if (method === DEFLATED) return inflated(content, maxBytes);
  return 'The archive is packed in a way that is not read.';
}

function tooLarge(maxBytes: number): string {
  return `The archive holds more than ${maxBytes / 1_048_576} MiB.`;
}

async function inflated(packed: Uint8Array, maxBytes: number): Promise<Uint8Array | string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    const stream = new Blob([new Uint8Array(packed)])
      .stream()
      .pipeThrough(new DecompressionStream('deflate-raw'));
    // Not every browser can iterate a stream.
    const reader = stream.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      length += part.value.length;
      if (length > maxBytes) {
        await reader.cancel();
        return tooLarge(maxBytes);
      }
      parts.push(part.value);
    }
  } catch {
    return 'The archive is damaged.';
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
