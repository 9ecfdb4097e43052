import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Fault } from '../domain/errors.ts';
import { PROBLEM_TYPE, problemOf } from './problems.ts';

/**
 * Answers what is not HTTP, so that nothing of it reaches a route: the parser gives up, and all there is to
 * speak to is the socket, which is closed afterwards.
 *
 * @param docs where the error pages stand
 */
export function createRefuseBroken(docs: string, nextRequestId: () => string) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const fault =
      error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new Fault('request_timeout', 'The request did not arrive in time.')
        : new Fault('request_malformed', 'This is not an HTTP request, or its headers are too large.');
    const problem = problemOf(fault, nextRequestId(), docs);
    const body = JSON.stringify(problem);
    socket.write(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
        `content-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
        `cache-control: no-store\r\nconnection: close\r\n\r\n${body}`,
    );
    socket.destroySoon();
  };
}
