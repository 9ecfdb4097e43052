/**
 * The times of the last day's failures as the stores keep them: 48-bit big-endian milliseconds, oldest
 * first. Most clients have none, and then the column is null.
 */
const BYTES_PER_TIME = 6;

export function packTimes(times: readonly number[]): Uint8Array | null {
  if (times.length === 0) return null;
  const packed = Buffer.allocUnsafe(times.length * BYTES_PER_TIME);
  times.forEach((time, index) => {
    packed.writeUIntBE(time, index * BYTES_PER_TIME, BYTES_PER_TIME);
  });
  return packed;
}

const NONE: readonly number[] = [];

export function unpackTimes(packed: Uint8Array | null): readonly number[] {
  if (packed === null || packed.length === 0) return NONE;
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const times: number[] = [];
  for (let offset = 0; offset < bytes.length; offset += BYTES_PER_TIME) {
    times.push(bytes.readUIntBE(offset, BYTES_PER_TIME));
  }
  return times;
}
