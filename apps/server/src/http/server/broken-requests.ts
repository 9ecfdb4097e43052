import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Fault } from '../../domain/errors.ts';
import { isAnswering } from './pipelining.ts';
import { PROBLEM_TYPE, problemOf } from './problems.ts';

/**
 * Answers what is not valid HTTP. The parser has given up, so no route sees it: the answer goes straight to the
 * socket, which is closed afterwards.
 *
 * @param docs URL of the error pages
 */
export function createRefuseBroken(docs: string, nextRequestId: () => string) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    // What is written now would be read as a part of an answer that is under way.
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
      socket.destroy();
      return;
    }
    const problem = problemOf(faultOf(error.code), nextRequestId(), docs);
    const body = JSON.stringify(problem);
    socket.write(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
        `content-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
        `cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n${body}`,
    );
    socket.destroySoon();
  };
}

/** Answers a request that expects something else than 100-continue (RFC 9110 §10.1.1), which Node keeps from routes. */
export function createRefuseExpectation(docs: string, nextRequestId: () => string) {
  return (_request: IncomingMessage, response: ServerResponse): void => {
    const fault = new Fault('request_malformed', 'Expect can only be 100-continue.');
    const problem = problemOf(fault, nextRequestId(), docs);
    const body = JSON.stringify(problem);
    response
      .writeHead(problem.status, {
        'content-type': PROBLEM_TYPE,
        'content-length': Buffer.byteLength(body),
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        connection: 'close',
      })
      .end(body);
  };
}

function faultOf(code: string | undefined): Fault {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Fault('request_timeout', 'The request did not arrive in time.');
    case 'HPE_HEADER_OVERFLOW':
      return new Fault(
        'headers_too_large',
        'The request line and the headers may have 16 KiB together at most.',
      );
    default:
      return new Fault('request_malformed', 'This is not an HTTP request.');
  }
}
