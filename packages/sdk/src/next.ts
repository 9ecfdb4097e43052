/** The second factor for route handlers of Next.js, and for anything else that takes a `Request`. */
import type { NextStep, RequireOptions, SecondFactorOptions } from './second-factor/options.ts';
import type { Reply } from './second-factor/replies.ts';
import { SecondFactor } from './second-factor/second-factor.ts';
import { jsonOf, responseOf } from './second-factor/web.ts';

export type * from './second-factor/exported-types.ts';

/**
 * Route handlers, as `export const POST = factor.challenge`, and `requireSecondFactor()`, which wraps the handlers that
 * are behind them: `export const POST = factor.requireSecondFactor({ maxAgeSeconds: 300 })(async (request) => …)`.
 */
export function secondFactor(options: SecondFactorOptions<Request>) {
  const core = new SecondFactor(options);
  const handler =
    (work: (request: Request, body: unknown) => Promise<Reply>) =>
    async (request: Request): Promise<Response> =>
      responseOf(await work(request, await jsonOf(request)));
  return {
    requireSecondFactor:
      (required?: RequireOptions) =>
      <R extends Request, Rest extends readonly unknown[]>(
        route: (request: R, ...rest: Rest) => Response | Promise<Response>,
      ) =>
      async (request: R, ...rest: Rest): Promise<Response> => {
        const answer = await core.require(request, required);
        return answer === null ? route(request, ...rest) : responseOf(answer);
      },
    page: handler((request) => core.page(request)),
    challenge: handler((request, body) => core.challenge(request, body)),
    enrol: handler((request, body) => core.enrol(request, body)),
    confirm: handler((request, body) => core.confirm(request, body)),
    recoveryCodes: handler((request, body) => core.recoveryCodes(request, body)),
    turnOff: handler((request, body) => core.turnOff(request, body)),
    /** What a log-in needs next: for the answer to a password. */
    next: (request: Request): Promise<NextStep> => core.next(request),
    /** For a log-out that goes on with the same session. */
    forget: (request: Request): Promise<void> => core.forget(request),
  };
}
