import type { Accounts } from '../../domain/accounts/accounts.ts';
import type { Registration } from '../../domain/accounts/registration.ts';
import type { Sessions } from '../../domain/accounts/sessions.ts';
import type { TwoFactor } from '../../domain/accounts/two-factor.ts';
import type { Enrolments } from '../../domain/clients/enrolment.ts';
import type { Exports } from '../../domain/clients/exports.ts';
import type { Imports } from '../../domain/clients/imports.ts';
import type { SecretExports } from '../../domain/clients/secret-exports.ts';
import type { TrustedDevices } from '../../domain/devices/trusted-devices.ts';
import type { ApiKeys } from '../../domain/keys/api-keys.ts';
import type { Bearers } from '../../domain/keys/bearers.ts';
import type { AccountQuotas } from '../../domain/limits/account-quotas.ts';
import type { DiskSpace } from '../../domain/limits/disk-space.ts';
import type { Links } from '../../domain/links/links.ts';
import type { AuditLog } from '../../domain/log/audit-log.ts';
import type { Receipts } from '../../domain/receipts/receipts.ts';
import type { ClientRecoveryCodes } from '../../domain/recovery-codes/client-recovery-codes.ts';
import type { Store } from '../../domain/store.ts';
import type { TestHalves } from '../../domain/test-mode/test-halves.ts';
import type { Clock } from '../../domain/time.ts';
import type { Webhooks } from '../../domain/webhooks/webhooks.ts';
import type { Metrics } from '../../observability/metrics/metrics.ts';
import type { LogStreamPace } from '../routes/log/log-streams.ts';
import type { Authenticate } from './authentication.ts';
import type { Limited } from './rate-limit.ts';
import type { RequestClock } from './request-clock.ts';
import type { SessionCookies } from './session-cookies.ts';

/** What `main` gives to the HTTP layer. */
export interface Services {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly registration: Registration;
  readonly sessions: Sessions;
  readonly twoFactor: TwoFactor;
  readonly apiKeys: ApiKeys;
  readonly bearers: Bearers;
  readonly enrolments: Enrolments;
  readonly imports: Imports;
  readonly exports: Exports;
  readonly secretExports: SecretExports;
  readonly clientRecoveryCodes: ClientRecoveryCodes;
  readonly trustedDevices: TrustedDevices;
  readonly receipts: Receipts;
  readonly webhooks: Webhooks;
  readonly links: Links;
  readonly quotas: AccountQuotas;
  readonly testHalves: TestHalves;
  readonly disk: DiskSpace;
  readonly auditLog: AuditLog;
  readonly clock: Clock;
}

/** All that routes can be given. A route declares what it needs of it: `RouteNeeds`. */
export interface RouteContext extends Omit<Services, 'clock'> {
  readonly clock: RequestClock;
  readonly authenticate: Authenticate;
  readonly limited: Limited;
  readonly metrics: Metrics;
  /** Whether the server is about to stop. */
  readonly stopping: () => boolean;
  readonly sessionCookies: SessionCookies;
  readonly publicUrl: string | null;
  readonly version: string;
  readonly securityContact: string | null;
  /** How often listeners of a log get what is new. */
  readonly logStreamPace: LogStreamPace;
}

/**
 * What one route needs: parts of the context, and the methods of the store that it calls.
 *
 * ```ts
 * export function getEvent(app: App, { authenticate, store }: RouteNeeds<'authenticate', 'findEvent'>): void
 * ```
 */
export type RouteNeeds<
  Part extends Exclude<keyof RouteContext, 'store'>,
  Method extends keyof Store = never,
> = Pick<RouteContext, Part> & { readonly store: Pick<Store, Method> };
