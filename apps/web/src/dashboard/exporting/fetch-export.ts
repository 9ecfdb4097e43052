import { readKandaLine, writeOathCsv, writeOtpauth } from '@kanda/formats';
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { t } from '../../texts/exporting.ts';
import type { AskedExport, ExportFormat, Message, Received } from './messages.ts';

type Tell = (message: Message) => void;

const cutOff = () => t.broke;
const TELL_EVERY_MS = 200;

/**
 * Fetches an export and makes the file of it. The server gives it in Kanda's format, encrypted. Where it is to have
 * another format, or no encryption, it is encrypted to a key that is made here for the purpose, and read here.
 */
export async function fetchExport(asked: AskedExport, tell: Tell): Promise<void> {
  const seal = asked.recipient === null ? null : sealTo(asked.recipient);
  if (seal === undefined) return tell({ kind: 'recipient' });
  const isReadHere = asked.recipient === null || asked.format !== 'kanda';
  const identity = isReadHere ? await generateX25519Identity() : null;
  const to = identity === null ? (asked.recipient ?? '') : await identityToRecipient(identity);
  const answer = await fetch(`/api/totp/export?${new URLSearchParams({ recipient: to })}`, {
    headers: asked.headers,
  }).catch(() => null);
  if (answer === null) return tell({ kind: 'failed', words: t.unreachable });
  if (!answer.ok || answer.body === null) {
    const retryAfter = answer.headers.get('retry-after');
    const refused = { status: answer.status, retryAfter, body: await answer.text().catch(() => '') };
    return tell({ kind: 'refused', refused });
  }
  const count = new Count(identity !== null, tell);
  try {
    let file: ReadableStream<BufferSource> = answer.body.pipeThrough(count.bytes());
    if (identity !== null) {
      const lines = (await opened(file as ReadableStream<Uint8Array>, identity))
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(rewritten(asked.format, count))
        .pipeThrough(new TextEncoderStream());
      file = (seal === null ? lines : await seal(lines)) as ReadableStream<BufferSource>;
    }
    const whole = await new Response(file).blob();
    tell({ kind: 'done', file: whole, received: count.received });
  } catch (error) {
    tell({ kind: 'failed', words: error instanceof Unreadable ? error.message : cutOff() });
  }
}

/** undefined: the text is no recipient's public key. */
function sealTo(recipient: string) {
  const encrypter = new Encrypter();
  try {
    encrypter.addRecipient(recipient);
  } catch {
    return undefined;
  }
  return (lines: ReadableStream<Uint8Array>) => encrypter.encrypt(lines);
}

function opened(file: ReadableStream<Uint8Array>, identity: string) {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return decrypter.decrypt(file) as Promise<ReadableStream<BufferSource>>;
}

class Unreadable extends Error {}

/** Lines of Kanda's format, whose ends may be anywhere in the pieces that come, in another format. */
function rewritten(format: ExportFormat, count: Count): TransformStream<string, string> {
  let rest = '';
  return new TransformStream({
    transform(text, controller) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        controller.enqueue(written(line, format));
        count.add();
      }
    },
    flush(controller) {
      if (rest !== '') controller.error(new Unreadable(t.lastLine));
    },
  });
}

function written(line: string, format: ExportFormat): string {
  const read = readKandaLine(line);
  if (!('record' in read)) {
    throw new Unreadable(t.otherVersion);
  }
  if (format === 'otpauth') return writeOtpauth(read.record);
  if (format === 'oath-csv') return [...writeOathCsv([read.record])].join('');
  // As it came: what a newer server wrote beside what is read here stays in it.
  return `${line}\n`;
}

/** Says how far it is, several times a second. */
class Count {
  readonly #tell: Tell;
  #bytes = 0;
  #secrets: number | null;
  #told = 0;

  constructor(seesSecrets: boolean, tell: Tell) {
    this.#secrets = seesSecrets ? 0 : null;
    this.#tell = tell;
  }

  get received(): Received {
    return { bytes: this.#bytes, secrets: this.#secrets };
  }

  add(): void {
    this.#secrets = (this.#secrets ?? 0) + 1;
  }

  bytes(): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
    return new TransformStream({
      transform: (piece, controller) => {
        this.#bytes += piece.length;
        controller.enqueue(piece);
        const now = performance.now();
        if (now - this.#told < TELL_EVERY_MS) return;
        this.#told = now;
        this.#tell({ kind: 'received', received: this.received });
      },
    });
  }
}
