import type { Sessions } from '../domain/account-security/sessions.ts';
import type { TwoFactor } from '../domain/account-security/two-factor.ts';
import type { Accounts } from '../domain/accounts.ts';
import type { ApiKeys } from '../domain/api-keys.ts';
import type { AuditLog } from '../domain/audit/audit-log.ts';
import type { Bearers } from '../domain/bearers.ts';
import type { Enrolments } from '../domain/enrolment.ts';
import type { Clock, Store } from '../domain/ports.ts';
import type { Authenticate } from './authentication.ts';
import type { LogStreamPace } from './log-streams.ts';
import type { Metrics } from './metrics.ts';
import type { Limited } from './rate-limit.ts';
import type { SessionCookies } from './session-cookies.ts';

/** What `main` gives to the HTTP layer. */
export interface Services {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly twoFactor: TwoFactor;
  readonly apiKeys: ApiKeys;
  readonly bearers: Bearers;
  readonly enrolments: Enrolments;
  readonly auditLog: AuditLog;
  readonly clock: Clock;
}

/** What a route is given. */
export interface RouteContext extends Services {
  readonly authenticate: Authenticate;
  readonly limited: Limited;
  readonly metrics: Metrics;
  readonly registrationOpen: boolean;
  /** Whether the server is about to stop. */
  readonly stopping: () => boolean;
  readonly sessionCookies: SessionCookies;
  readonly publicUrl: string | null;
  readonly version: string;
  readonly securityContact: string | null;
  /** How often whoever listens to a log is told what is new. */
  readonly logStreamPace: LogStreamPace;
}
