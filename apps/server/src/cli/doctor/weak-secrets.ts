import type { StoreFacts } from '../../store/sqlite/examine.ts';
import { formatCount } from '../lib/format.ts';
import { type Finding, look } from './finding.ts';

/** Whether any secret is shorter than RFC 4226 asks for; nothing when none is. */
export function checkSecrets(facts: Pick<StoreFacts, 'weakSecrets'> | null): Finding[] {
  const count = facts?.weakSecrets ?? 0;
  if (count === 0) return [];
  return [
    look(
      'Weak secrets',
      `${formatCount(count, 'secret')} of fewer than the 128 bits that RFC 4226 asks for`,
      'GET /api/totp/clients?weak=true lists their clients. POST /api/totp/rotate/<clientId> with {"confirm": true} replaces one without locking its user out.',
    ),
  ];
}
