import { ConnectionFailed, KandaError } from './errors.ts';
import { delayMs } from './retries.ts';
import type { Call, Transport } from './transport.ts';
import type { LoggedEvent } from './types.ts';
import { pause } from './waiting.ts';

/** Kanda writes at least a comment every 15 seconds; a connection that is silent for longer is dead, milliseconds. */
const SILENT_MS = 45_000;
/** Before a stream is opened again that Kanda ended because there are too many, milliseconds. */
const CROWDED_MS = 10_000;

/** One block of server-sent events (HTML standard §9.2). */
interface Block {
  readonly id: number | null;
  readonly event: string;
  readonly data: string;
}

/**
 * The events after this number, as they are written. A connection that ends is opened again after the last event that
 * came, so none is lost and none comes twice.
 * @throws what a call throws, once the stream cannot be opened again; the reason of the signal
 */
export async function* followLog(
  transport: Transport,
  call: (after: number) => Call,
  start: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<LoggedEvent, void, undefined> {
  let after = start;
  for (let failed = 1; ; failed++) {
    const response = await transport.stream(call(after), signal === undefined ? {} : { signal });
    let waitMs = delayMs(failed, null, Math.random());
    try {
      for await (const { id, event, data } of blocksOf(response, signal)) {
        if (event === 'end') waitMs = data.includes('"rate_limited"') ? CROWDED_MS : waitMs;
        else if (data !== '') yield JSON.parse(data) as LoggedEvent;
        after = id ?? after;
        failed = 0;
      }
    } catch (error) {
      if (!(error instanceof KandaError)) throw error;
    }
    const aborted = await pause(waitMs, signal);
    if (aborted !== null) throw aborted.error;
  }
}

/** @throws ConnectionFailed when the connection breaks or is silent; the reason of the signal */
async function* blocksOf(response: Response, signal: AbortSignal | undefined): AsyncGenerator<Block> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const part = await readOrFail(reader, signal);
      if (part === null) return;
      text += decoder.decode(part, { stream: true });
      const blocks = text.split('\n\n');
      // What comes after the last empty line is the beginning of the next block.
      text = blocks.pop() ?? '';
      yield* blocks.map(parseBlock);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** The next bytes; null at the end. */
async function readOrFail(reader: Reader, signal: AbortSignal | undefined): Promise<Uint8Array | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The stream is silent.')), SILENT_MS);
  });
  try {
    const { done, value } = await Promise.race([reader.read(), silence]);
    return done ? null : value;
  } catch (error) {
    signal?.throwIfAborted();
    throw new ConnectionFailed('The stream broke.', { sent: true, cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function parseBlock(block: string): Block {
  const fields = block.split('\n').map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
  });
  const field = (name: string) => fields.find(([known]) => known === name)?.[1];
  const id = field('id');
  return {
    id: id === undefined ? null : Number(id),
    event: field('event') ?? 'message',
    data: fields.flatMap(([field, value]) => (field === 'data' ? [value] : [])).join('\n'),
  };
}
