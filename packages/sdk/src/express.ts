/** The second factor for Express 4 and 5. `express.json()` must run before the handlers. */
import type { NextStep, RequireOptions, SecondFactorOptions } from './second-factor/options.ts';
import type { Reply } from './second-factor/replies.ts';
import { SecondFactor } from './second-factor/second-factor.ts';

export type * from './second-factor/exported-types.ts';

/** What is used of an Express request. */
interface ExpressRequest {
  readonly body?: unknown;
}

/** What is used of an Express response. */
interface ExpressResponse {
  status(code: number): unknown;
  set(name: string, value: string): unknown;
  json(body: unknown): unknown;
}

type Handler<Request> = (
  request: Request,
  response: ExpressResponse,
  next: (error?: unknown) => void,
) => Promise<void>;

/** Handlers for `router.post(path, handler)`, and `requireSecondFactor()` for the routes behind them. */
export function secondFactor<Request extends ExpressRequest>(options: SecondFactorOptions<Request>) {
  const core = new SecondFactor(options);
  const handler =
    (work: (request: Request) => Promise<Reply | null>): Handler<Request> =>
    async (request, response, next) => {
      let answer: Reply | null;
      try {
        answer = await work(request);
      } catch (error) {
        return next(error);
      }
      if (answer === null) return next();
      for (const [name, value] of Object.entries(answer.headers)) response.set(name, value);
      response.status(answer.status);
      response.json(answer.body);
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
