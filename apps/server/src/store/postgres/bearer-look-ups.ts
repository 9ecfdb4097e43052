import type { SessionCredential } from '../../domain/accounts/security-ports.ts';
import type { ApiKeyCredential } from '../../domain/keys/api-key.ts';
import type { Store } from '../../domain/store.ts';
import { findSessions, type SessionName } from '../operations/accounts/sessions.ts';
import { findApiKeys } from '../operations/keys/api-keys.ts';
import type { Executor } from '../operations-store.ts';
import { Coalescer } from '../scheduling/coalescer.ts';

/** Look-ups that one statement answers. */
const MAX_AT_ONCE = 256;

/**
 * Whether bearers stand: every call waits for it, and anybody may ask with a bearer that he made up. So look-ups are
 * gathered, and have slots that no other read takes.
 */
export function bearerLookUps(read: Executor['read']): Pick<Store, 'findApiKey' | 'findSession'> {
  const keys = new Coalescer<string, ApiKeyCredential | null>(MAX_AT_ONCE, (take) =>
    read((db) => findApiKeys(db, take()), 'api keys'),
  );
  const sessions = new Coalescer<SessionName, SessionCredential | null>(MAX_AT_ONCE, (take) =>
    read((db) => findSessions(db, take()), 'sessions'),
  );
  return {
    findApiKey: (id) => keys.ask(id, id),
    findSession: (accountPublicId, id, now) => sessions.ask(id, { accountPublicId, id, now }),
  };
}
