/** The write-ahead log as SQLite writes it (its file format, §4): which of its frames belong together. */

export const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** What of a frame's header its checksum covers. */
const CHECKED_HEADER_BYTES = 8;
/** Read and written at a time: about a megabyte, which is checked in less than a millisecond. */
export const FRAMES_A_PIECE = 256;

const MAGIC_LITTLE_ENDIAN = 0x377f0682;
const MAGIC_BIG_ENDIAN = 0x377f0683;

/**
 * Follows a log from frame to frame. Each carries the salt of the log's header and a checksum of all that is
 * before it, so the first that does not is what an older log has left, or the place of a write that is lost.
 */
export class LogFrames {
  readonly frameBytes: number;
  readonly #littleEndian: boolean;
  readonly #salt: Buffer;
  #sum: readonly [number, number];
  #frames = 0;
  #broken = false;

  private constructor(header: Buffer) {
    this.#littleEndian = header.readUInt32BE(0) === MAGIC_LITTLE_ENDIAN;
    this.frameBytes = FRAME_HEADER_BYTES + header.readUInt32BE(8);
    this.#salt = Buffer.from(header.subarray(16, 24));
    this.#sum = this.#sumOf(header.subarray(0, 24), [0, 0]);
  }

  /** Null when this is not a whole header, as in a log that is empty. */
  static of(header: Buffer): LogFrames | null {
    if (header.length < LOG_HEADER_BYTES) return null;
    const magic = header.readUInt32BE(0);
    if (magic !== MAGIC_LITTLE_ENDIAN && magic !== MAGIC_BIG_ENDIAN) return null;
    const log = new LogFrames(header);
    return log.#isSum(header, 24) ? log : null;
  }

  /** How many frames in a row belong to this log, as far as it was followed. */
  get frames(): number {
    return this.#frames;
  }

  /** Goes on with the bytes that follow; gives how many of them are whole frames of this log. */
  follow(bytes: Buffer): number {
    let place = 0;
    while (!this.#broken && place + this.frameBytes <= bytes.length) {
      const frame = bytes.subarray(place, place + this.frameBytes);
      const sum = this.#sumOf(
        frame.subarray(FRAME_HEADER_BYTES),
        this.#sumOf(frame.subarray(0, CHECKED_HEADER_BYTES), this.#sum),
      );
      const before = this.#sum;
      this.#sum = sum;
      if (!frame.subarray(8, 16).equals(this.#salt) || !this.#isSum(frame, 16)) {
        this.#sum = before;
        this.#broken = true;
        break;
      }
      this.#frames += 1;
      place += this.frameBytes;
    }
    return place;
  }

  #isSum(bytes: Buffer, at: number): boolean {
    return bytes.readUInt32BE(at) === this.#sum[0] && bytes.readUInt32BE(at + 4) === this.#sum[1];
  }

  #sumOf(bytes: Buffer, [first, second]: readonly [number, number]): readonly [number, number] {
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let [one, two] = [first | 0, second | 0];
    for (let place = 0; place < bytes.length; place += 8) {
      one = (one + words.getInt32(place, this.#littleEndian) + two) | 0;
      two = (two + words.getInt32(place + 4, this.#littleEndian) + one) | 0;
    }
    return [one >>> 0, two >>> 0];
  }
}
