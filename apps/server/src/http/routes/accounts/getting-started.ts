import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { GettingStarted } from '../../../domain/accounts/getting-started.ts';
import { answers } from '../../server/answers.ts';
import { principalOf, requireLogin } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { ownChangeOf } from '../../server/origin.ts';
import type { RouteContext, RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { named, nullable } from '../schemas.ts';

const STEPS = { apiKey: true, user: true, codeAccepted: true, appConnected: false };
const MASTER_KEY = '5a0c9c2b7d1f4e8f';

const StepsView = Type.Object(
  {
    apiKey: Type.Boolean({ description: 'There is an API key that has not expired.' }),
    user: Type.Boolean({ description: 'Among the 1,000 oldest users is one whose enrolment is confirmed.' }),
    codeAccepted: Type.Boolean({
      description:
        'A code was accepted in one of the newest 10,000 hours of the log, or ever from one of the 1,000 oldest users.',
    }),
    appConnected: Type.Boolean({
      description:
        'Among the newest 10,000 events is an accepted code that came with an API key, and not from the dashboard.',
    }),
  },
  named('FirstSteps', 'How far one half of the account has come.', STEPS),
);

const InstallationView = Type.Object(
  {
    masterKeyId: Type.String({
      description: 'The public id of the current master key.',
      examples: [MASTER_KEY],
    }),
    masterKeySaved: Type.Boolean({
      description: 'You have said that this master key has a copy. The server cannot see that.',
    }),
    registrationClosed: Type.Boolean({ description: 'No one can sign up.' }),
    https: Type.Boolean({
      description: 'This request came over HTTPS, or the public URL of the server begins with it.',
    }),
  },
  named('InstallationSteps', 'What an operator of the installation has to look after.', {
    masterKeyId: MASTER_KEY,
    masterKeySaved: false,
    registrationClosed: true,
    https: true,
  }),
);

const View = Type.Object(
  {
    live: StepsView,
    test: nullable(StepsView),
    twoFactor: Type.Boolean({ description: 'Login to this account requires a code.' }),
    installation: nullable(InstallationView),
    dismissed: Type.Boolean({ description: 'The dashboard does not show the list.' }),
  },
  named('GettingStarted', 'What was done, and what is left to do, before users sign in with it.', {
    live: STEPS,
    test: null,
    twoFactor: true,
    installation: null,
    dismissed: false,
  }),
);

const ABOUT =
  'Each fact is what the server finds. installation is null except for an account with the operator mark: the first account, unless it signed up with KANDA_REGISTRATION=open, or one that was given it with kanda account operator. test is null while there is no test half.';

const NewState = Type.Object(
  {
    dismissed: Type.Optional(Type.Boolean({ description: 'Whether the dashboard hides the list.' })),
    masterKeySaved: Type.Optional(
      nullable(
        Type.String({
          pattern: '^[0-9a-f]{16}$',
          description: 'The id of the master key that you have a copy of; null: of none.',
          examples: [MASTER_KEY],
        }),
      ),
    ),
  },
  { additionalProperties: false, minProperties: 1, examples: [{ dismissed: true }] },
);

type Needs = 'authenticate' | 'clock' | 'publicUrl' | 'registration';

export function getGettingStarted(app: App, context: RouteNeeds<Needs, 'findGettingStarted'>): void {
  const { authenticate, clock, store } = context;
  app.route({
    method: 'GET',
    url: '/api/auth/getting-started',
    onRequest: [authenticate(null), requireLogin],
    schema: {
      operationId: 'getGettingStarted',
      summary: 'Get what is done and what is left on the way to production',
      description: ABOUT,
      tags: ['Accounts'],
      security: [{ login: [] }],
      response: answers({ 200: View }, [401, 403, 503]),
    },
    async handler(request) {
      const { account } = principalOf(request);
      const view = await viewFor(request, context);
      return view(await store.findGettingStarted(account.id, clock(request)));
    },
  });
}

export function changeGettingStarted(app: App, context: RouteNeeds<Needs, 'changeGettingStarted'>): void {
  const { authenticate, clock, store } = context;
  app.route({
    method: 'PATCH',
    url: '/api/auth/getting-started',
    onRequest: [authenticate(null), requireLogin],
    schema: {
      operationId: 'changeGettingStarted',
      summary: 'Dismiss the list, bring it back, or say which master key has a copy',
      description: ABOUT,
      tags: ['Accounts'],
      security: [{ login: [] }],
      body: NewState,
      response: answers({ 200: View }, [400, 401, 403, 413, 415, 503]),
    },
    async handler(request) {
      const view = await viewFor(request, context);
      const { body } = await once(
        request,
        ownChangeOf(request, clock),
        (change) => store.changeGettingStarted(request.body, change),
        (found) => ({ status: 200, body: view(found) }),
      );
      return body;
    },
  });
}

/** Adds to what the store knows what only this process knows. Not within the transaction, which must not wait for it. */
async function viewFor(
  request: FastifyRequest,
  { publicUrl, registration }: Pick<RouteContext, 'publicUrl' | 'registration'>,
): Promise<(found: GettingStarted) => Static<typeof View>> {
  const registrationClosed = !(await registration.isOpen());
  const https = request.protocol === 'https' || publicUrl?.startsWith('https:') === true;
  return ({ owner, ...found }) => ({
    ...found,
    installation: owner === null ? null : { ...owner, registrationClosed, https },
  });
}
