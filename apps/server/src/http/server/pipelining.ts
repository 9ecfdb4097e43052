import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Many times what clients that pipeline send ahead; most send nothing before they have the answer. */
export const MAX_WAITING = 256;

/** What requests that wait may take together, in the whole process. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Node's objects for a request that has been parsed, as measured on a heap of thousands, rounded up. */
const BYTES_PER_REQUEST = 4 * 1024;
/** How much of a body Node reads ahead when no handler reads it. */
const MAX_BODY_AHEAD = 64 * 1024;

const TURNS = Symbol('turns');

type ServedSocket = Socket & { [TURNS]?: Turns };

/** A request that was parsed while the one before it on its connection is being answered. */
interface Waiting {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly handle: RequestListener;
  readonly bytes: number;
}

/**
 * One answer at a time on each connection. Node parses what was pipelined as soon as it has come and would begin with
 * all of it at once: one connection would be hundreds of requests under way, and their answers would be kept for a
 * reader who never reads. Here a request is begun when the answer before it has left for the kernel.
 *
 * A connection on which more than `MAX_WAITING` requests wait is closed; so is the one with the most that waits when
 * all of it together takes more than `maxBytes`.
 */
export class AnswersInTurn {
  readonly #maxBytes: number;
  /** The connections on which something waits. */
  readonly #crowded = new Set<Turns>();
  #bytes = 0;

  constructor(maxBytes = MAX_WAITING_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** An estimate of what waiting requests take. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  /** A listener that calls `handle` when the request's turn has come. */
  listener(handle: RequestListener): RequestListener {
    return (request, response) => {
      const socket: ServedSocket = request.socket;
      socket[TURNS] ??= new Turns(socket, this.#onChange);
      const turns = socket[TURNS];
      if (!turns.isAnswering) turns.begin(request, response, handle);
      else this.#wait(turns, { request, response, handle, bytes: bytesOf(request) });
    };
  }

  #wait(turns: Turns, waiting: Waiting): void {
    turns.push(waiting);
    if (turns.length > MAX_WAITING) turns.close();
    if (this.#bytes > this.#maxBytes) this.#closeLargest();
  }

  readonly #onChange = (turns: Turns, bytes: number): void => {
    this.#bytes += bytes;
    if (turns.length > 0) this.#crowded.add(turns);
    else this.#crowded.delete(turns);
  };

  /** Until a quarter of the room is free again: they are looked through once for thousands of requests. */
  #closeLargest(): void {
    const bySize = [...this.#crowded].sort((one, other) => other.bytes - one.bytes);
    for (const turns of bySize) {
      if (this.#bytes <= this.#maxBytes * 0.75) return;
      turns.close();
    }
  }
}

/** The order of answers on one connection. */
class Turns {
  readonly #socket: Socket;
  readonly #onChange: (turns: Turns, bytes: number) => void;
  #waiting: Waiting[] = [];
  #current: ServerResponse | null = null;
  bytes = 0;
  isAnswering = false;

  constructor(socket: Socket, onChange: (turns: Turns, bytes: number) => void) {
    this.#socket = socket;
    this.#onChange = onChange;
  }

  /** Whether bytes of an answer may have left that is not whole yet. */
  get hasPartOfAnswer(): boolean {
    return this.isAnswering && this.#current?.headersSent === true;
  }

  get length(): number {
    return this.#waiting.length;
  }

  begin(request: IncomingMessage, response: ServerResponse, handle: RequestListener): void {
    this.isAnswering = true;
    this.#current = response;
    // After the last byte has left for the kernel, or when the connection has ended.
    response.once('close', this.#next);
    handle(request, response);
  }

  push(waiting: Waiting): void {
    // Node parses on to the end of what has come, also when the connection has been closed.
    if (this.#socket.destroyed) return;
    this.#waiting.push(waiting);
    this.#count(waiting.bytes);
  }

  /** Ends the connection with all that waits on it. */
  close(): void {
    this.#socket.destroy();
    this.#waiting = [];
    this.#count(-this.bytes);
  }

  readonly #next = (): void => {
    this.isAnswering = false;
    // A connection at rest keeps nothing of its last answer.
    this.#current = null;
    // After an answer with "Connection: close" nothing further is answered, nor done (RFC 9112 §9.6).
    if (!this.#socket.writable) this.close();
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#count(-next.bytes);
    this.begin(next.request, next.response, next.handle);
  };

  #count(bytes: number): void {
    this.bytes += bytes;
    this.#onChange(this, bytes);
  }
}

/**
 * Whether an answer is on its way on this connection, which nothing may be written into. A request whose body is still
 * being read has none yet: what is wrong with that body can be said.
 */
export function isAnswering(socket: Socket): boolean {
  return (socket as ServedSocket)[TURNS]?.hasPartOfAnswer === true;
}

function bytesOf({ rawHeaders, headers, url }: IncomingMessage): number {
  const head = rawHeaders.reduce((sum, part) => sum + part.length, url?.length ?? 0);
  const announced =
    headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : MAX_BODY_AHEAD;
  return BYTES_PER_REQUEST + head + Math.min(announced, MAX_BODY_AHEAD);
}
