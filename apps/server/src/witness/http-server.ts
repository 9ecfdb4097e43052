import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Witness } from './witness.ts';

/** A checkpoint with many signatures and the longest proof is a fraction of it. */
const MAX_BODY_BYTES = 64 * 1024;
const REQUEST_WITHIN_MS = 10_000;
const MAX_CONNECTIONS = 256;

const NEWEST = /^\/([0-9a-f]{64})\/checkpoint$/;

/** Serves a witness: `POST /add-checkpoint` and `GET /<origin hash>/checkpoint` (C2SP tlog-witness). */
export function witnessServer(witness: Witness, onFailure: (error: unknown) => void): Server {
  const server = createServer(
    {
      requestTimeout: REQUEST_WITHIN_MS,
      headersTimeout: REQUEST_WITHIN_MS,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      respond(witness, request, response).catch((error) => {
        // No one waits for an answer where the caller has hung up.
        if (request.destroyed) return;
        onFailure(error);
        send(response, 500, 'the witness could not do this; its own log says why\n');
      });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

async function respond(witness: Witness, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const newest = NEWEST.exec(path)?.[1];
  if (path !== '/add-checkpoint' && newest === undefined) {
    send(response, 404, 'there are POST /add-checkpoint and GET /<SHA-256 of the origin>/checkpoint\n');
    return;
  }
  const method = newest === undefined ? 'POST' : 'GET';
  if (request.method !== method) {
    response.setHeader('allow', method);
    send(response, 405, `${path} takes ${method}\n`);
    return;
  }
  if (newest !== undefined) {
    const note = witness.newest(newest);
    if (note === null) send(response, 404, 'no checkpoint of this log was cosigned here\n');
    else send(response, 200, note);
    return;
  }
  const body = await bodyOf(request);
  if (body === null) {
    response.setHeader('connection', 'close');
    send(response, 413, `a request has ${MAX_BODY_BYTES} bytes at most\n`);
    return;
  }
  const answer = witness.addCheckpoint(body);
  send(response, answer.status, answer.body, answer.type);
}

/** null: it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(body);
}
