/** The second factor for Fastify 4 and 5. */
import type { NextStep, RequireOptions, SecondFactorOptions } from './second-factor/options.ts';
import type { Reply } from './second-factor/replies.ts';
import { SecondFactor } from './second-factor/second-factor.ts';

export type * from './second-factor/exported-types.ts';

/** What is used of a Fastify request. */
interface FastifyRequest {
  readonly body: unknown;
}

/** What is used of a Fastify reply. */
interface FastifyReply {
  code(status: number): unknown;
  headers(values: Record<string, string>): unknown;
  send(body: unknown): unknown;
}

/** Handlers for `app.post(path, handler)`, and `requireSecondFactor()` as a `preHandler` of the routes behind them. */
export function secondFactor<Request extends FastifyRequest>(options: SecondFactorOptions<Request>) {
  const core = new SecondFactor(options);
  const handler =
    (work: (request: Request) => Promise<Reply | null>) =>
    async (request: Request, reply: FastifyReply): Promise<unknown> => {
      const answer = await work(request);
      if (answer === null) return undefined;
      reply.headers({ ...answer.headers });
      reply.code(answer.status);
      reply.send(answer.body);
      return reply;
    };
  return {
    requireSecondFactor: (required?: RequireOptions) => handler((request) => core.require(request, required)),
    page: handler((request) => core.page(request)),
    challenge: handler((request) => core.challenge(request, request.body)),
    enrol: handler((request) => core.enrol(request, request.body)),
    confirm: handler((request) => core.confirm(request, request.body)),
    recoveryCodes: handler((request) => core.recoveryCodes(request, request.body)),
    turnOff: handler((request) => core.turnOff(request, request.body)),
    /** What a log-in needs next: for the answer to a password. */
    next: (request: Request): Promise<NextStep> => core.next(request),
    /** For a log-out that goes on with the same session. */
    forget: (request: Request): Promise<void> => core.forget(request),
  };
}
