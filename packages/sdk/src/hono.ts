/** The second factor for Hono 4, wherever that runs. */
import type { NextStep, RequireOptions, SecondFactorOptions } from './second-factor/options.ts';
import type { Reply } from './second-factor/replies.ts';
import { SecondFactor } from './second-factor/second-factor.ts';
import { jsonOf, responseOf } from './second-factor/web.ts';

export type * from './second-factor/exported-types.ts';

/** What is used of a Hono context. */
interface HonoContext {
  readonly req: { readonly raw: Request };
}

/** Handlers for `app.post(path, handler)`, and `requireSecondFactor()` as a middleware of the routes behind them. */
export function secondFactor<Context extends HonoContext>(options: SecondFactorOptions<Context>) {
  const core = new SecondFactor(options);
  const handler =
    (work: (context: Context, body: unknown) => Promise<Reply>) =>
    async (context: Context): Promise<Response> =>
      responseOf(await work(context, await jsonOf(context.req.raw)));
  return {
    requireSecondFactor:
      (required?: RequireOptions) =>
      async (context: Context, next: () => Promise<void>): Promise<Response | undefined> => {
        const answer = await core.require(context, required);
        if (answer !== null) return responseOf(answer);
        await next();
        return undefined;
      },
    page: handler((context) => core.page(context)),
    challenge: handler((context, body) => core.challenge(context, body)),
    enrol: handler((context, body) => core.enrol(context, body)),
    confirm: handler((context, body) => core.confirm(context, body)),
    recoveryCodes: handler((context, body) => core.recoveryCodes(context, body)),
    turnOff: handler((context, body) => core.turnOff(context, body)),
    /** What a log-in needs next: for the answer to a password. */
    next: (context: Context): Promise<NextStep> => core.next(context),
    /** For a log-out that goes on with the same session. */
    forget: (context: Context): Promise<void> => core.forget(context),
  };
}
