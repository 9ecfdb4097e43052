import { assertDiskRoom } from '../../../domain/limits/disk-space.ts';
import { registerLimits } from '../../../domain/limits/limits.ts';
import { Secret } from '../../../domain/secret.ts';
import { answers } from '../../server/answers.ts';
import { addressOf, changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body, Email, NewPassword } from '../schemas.ts';
import { RegisteredView } from './schemas.ts';

export function registerAccount(
  app: App,
  {
    accounts,
    clock,
    disk,
    limited,
    registration,
  }: RouteNeeds<'accounts' | 'clock' | 'disk' | 'limited' | 'registration'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/auth/register',
    schema: {
      operationId: 'registerAccount',
      summary: 'Create an account',
      description:
        'Open to anybody while KANDA_REGISTRATION allows it. Log in with POST /api/auth/login next.',
      tags: ['Accounts'],
      body: body({ email: Email, password: NewPassword }),
      response: answers({ 201: RegisteredView }, [400, 403, 409, 413, 415, 429, 503, 507]),
    },
    async handler(request, reply) {
      // Before anything is counted: a refusal for these reasons uses up none of the caller's sign-ups.
      await registration.assertOpen();
      assertDiskRoom(disk);
      const { email, password } = request.body;
      const account = await limited(reply, registerLimits(addressOf(request)), 'every call', () =>
        accounts.register({ email, password: new Secret(password) }, changeOf(request, clock)),
      );
      return reply.code(201).send({ userId: account.publicId, email: account.email });
    },
  });
}
