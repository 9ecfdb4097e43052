import { connect, type Socket } from 'node:net';

export interface Calls {
  readonly connections: number;
  /** How many calls to make in all. */
  readonly total: number;
  /** The bearer; any text where none is looked at. */
  readonly token: string;
  /** The body of the `index`-th call. */
  readonly bodyOf: (index: number) => string;
}

export interface Answers {
  /** Answers that were not 200. */
  readonly errors: number;
  /** Of the rest those that let the user in. */
  readonly valid: number;
  readonly p99Ms: number;
}

const HEAD_END = '\r\n\r\n';
const OK = 'HTTP/1.1 200 ';

/**
 * Makes a given number of calls of `POST /api/totp/validate`, each connection one after the other. wrk counts seconds, and
 * the shortest is a second long: for two servers that are compared on a busy machine that is too long a turn.
 */
export async function callTimes(url: string, calls: Calls): Promise<Answers> {
  const { hostname, port } = new URL(url);
  const head = `POST /api/totp/validate HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${calls.token}\r\ncontent-type: application/json\r\n`;
  let next = 0;
  let errors = 0;
  let valid = 0;
  const times: number[] = [];
  const caller = (socket: Socket) =>
    new Promise<void>((resolve, reject) => {
      let received = '';
      let sentAt = 0;
      const call = () => {
        if (next >= calls.total) {
          socket.end();
          resolve();
          return;
        }
        const body = calls.bodyOf(next++);
        sentAt = performance.now();
        socket.write(`${head}content-length: ${Buffer.byteLength(body)}${HEAD_END}${body}`);
      };
      socket.setEncoding('latin1').on('data', (piece: string) => {
        received += piece;
        const length = wholeLength(received);
        if (length === null) return;
        times.push(performance.now() - sentAt);
        if (!received.startsWith(OK)) errors++;
        else if (received.includes('"valid":true')) valid++;
        received = received.slice(length);
        call();
      });
      socket.on('error', reject).on('close', () => reject(new Error(`${url} closed a connection`)));
      call();
    });
  await Promise.all(Array.from({ length: calls.connections }, () => caller(connect(Number(port), hostname))));
  times.sort((one, other) => one - other);
  return { errors, valid, p99Ms: times[Math.floor(times.length * 0.99)] ?? Number.NaN };
}

/** How long the first answer is; null: it has not come whole. */
function wholeLength(received: string): number | null {
  const end = received.indexOf(HEAD_END);
  if (end < 0) return null;
  const length = /content-length: (\d+)/i.exec(received.slice(0, end))?.[1];
  if (length === undefined) throw new Error('an answer without Content-Length');
  const whole = end + HEAD_END.length + Number(length);
  return received.length < whole ? null : whole;
}
