/** Requests byte by byte to a running server, for what no HTTP client would send. */
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body as JSON; null when it is something else. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers field by field, and expect() checks each.
  readonly json: any;
  /** From the last byte that was handed to the socket to the first byte of the answer. */
  readonly ms: number;
}

/** Sends these bytes over a connection of their own and gives the one answer that came before its end. */
export function sendRaw(port: number, bytes: string | Buffer): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const pieces: Buffer[] = [];
    let sent = performance.now();
    let answered = 0;
    socket.once('connect', () => {
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
      sent = performance.now();
    });
    socket.on('data', (piece) => {
      if (pieces.length === 0) answered = performance.now();
      pieces.push(piece);
    });
    // A server that has answered may close before it has read everything.
    socket.on('error', () => {});
    socket.on('close', () => {
      const answer = parse(Buffer.concat(pieces).toString('latin1'));
      if (answer === null) reject(new Error(`no answer to ${bytes.toString('latin1').slice(0, 80)}`));
      else resolve({ ...answer, ms: answered - sent });
    });
  });
}

/** A request whose answer ends the connection; header values and body are sent as they are, byte by byte. */
export function rawRequest(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  body: string | Buffer = '',
): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...('Host' in headers ? [] : ['Host: kanda']),
    'Connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(bytes.length > 0 && !('Transfer-Encoding' in headers) ? [`Content-Length: ${bytes.length}`] : []),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}

/** Works through `items`, a few at a time: fast, and no flood. */
export async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

function parse(text: string): Omit<RawAnswer, 'ms'> | null {
  const match = /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(text);
  if (match === null) return null;
  const [, status, head = '', latin1 = ''] = match;
  const fields = head.split('\r\n').map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const body = Buffer.from(latin1, 'latin1').toString('utf8');
  return { status: Number(status), headers: Object.fromEntries(fields), body, json: parsedJson(body) };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
