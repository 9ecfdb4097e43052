import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';

/** The Fastify server with TypeBox schemas. */
export type App = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What the HTTP layer writes to the operator's log: fields, then a sentence. */
export interface Log {
  readonly requests: boolean;
  /** Of how many calls without an error one has a line; null: none has; absent: all have. */
  readonly oneIn?: number | null;
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
