import type { Account } from '../../domain/accounts/account.ts';
import { namedTime } from '../../domain/time.ts';

/** An account as `--json` prints it. */
export function shownAccount({ publicId, email, createdAt, disabledAt, operator }: Account) {
  return {
    userId: publicId,
    email,
    status: disabledAt === undefined ? ('active' as const) : ('disabled' as const),
    operator: operator === true,
    createdAt: new Date(namedTime(createdAt)).toISOString(),
  };
}
