/** The users of the trials with connections that are cut. */
import { encodeBase32 } from '@kanda/otp';
import type { Caller } from '../support/caller.ts';

export interface CutUser {
  readonly clientId: string;
  readonly secret: string;
}

/** This number of users, each with a secret of its own. */
export function cutUsers(count: number): CutUser[] {
  return Array.from({ length: count }, (_, index) => ({
    clientId: `user-${index}`,
    secret: encodeBase32(Buffer.alloc(20, `${index}`.padStart(20, 'secret '))),
  }));
}

/** Enrols them, fifty at a time. @throws unless that succeeds */
export async function importUsers(owner: Caller, users: readonly CutUser[]): Promise<void> {
  for (let at = 0; at < users.length; at += 50) {
    const records = users
      .slice(at, at + 50)
      .map((user) => ({ ...user, label: user.clientId, issuer: 'MyApp' }));
    const { status, text } = await owner.post('/api/totp/import', { records });
    if (status !== 200) throw new Error(text);
  }
}

/** What the log has of validations. */
export async function verdictsOf(
  owner: Caller,
): Promise<{ accepted: number; usersOfThese: number; refused: number }> {
  const validated = (await owner.events()).filter(({ event }) => event === 'totp.validated');
  const accepted = validated.filter(({ outcome }) => outcome === 'success');
  return {
    accepted: accepted.length,
    usersOfThese: new Set(accepted.map(({ clientId }) => clientId)).size,
    refused: validated.length - accepted.length,
  };
}
