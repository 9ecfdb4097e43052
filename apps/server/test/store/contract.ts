import { describe } from 'vitest';
import { describeAccountSecurity } from './contract/account-security.ts';
import { describeAccounts } from './contract/accounts.ts';
import { describeAuthenticators } from './contract/authenticators.ts';
import { describeClientLists } from './contract/client-lists.ts';
import { describeClients } from './contract/clients.ts';
import { describeClockAhead } from './contract/clock-ahead.ts';
import { describeClosing } from './contract/closing.ts';
import { describeDeletedSecrets } from './contract/deleted-secrets.ts';
import { describeDeviceEndings } from './contract/device-endings.ts';
import { describeDeviceRaces } from './contract/device-races.ts';
import { describeDevices } from './contract/devices.ts';
import { describeDiagnosis } from './contract/diagnosis.ts';
import { describeEventFilters } from './contract/event-filters.ts';
import { describeEvents } from './contract/events.ts';
import { describeExports } from './contract/exports.ts';
import { describeFairness } from './contract/fairness.ts';
import { describeFirstCodes } from './contract/first-codes.ts';
import { describeFollowing } from './contract/following.ts';
import { describeForeignIds } from './contract/foreign-ids.ts';
import { describeHotp } from './contract/hotp.ts';
import { describeIdempotency } from './contract/idempotency.ts';
import { describeImports } from './contract/imports.ts';
import { describeIsolation } from './contract/isolation.ts';
import { describeLimits } from './contract/limits.ts';
import { describeLockout } from './contract/lockout.ts';
import { describeLogTrees } from './contract/log-trees.ts';
import { describeMasterKeys } from './contract/master-keys.ts';
import { describePendingEnrolments } from './contract/pending-enrolments.ts';
import { describePolicy } from './contract/policy.ts';
import { describeRaces } from './contract/races.ts';
import { describeRecoveryCodes } from './contract/recovery-codes.ts';
import { describeRecoveryRaces } from './contract/recovery-races.ts';
import { describeResync } from './contract/resync.ts';
import { describeStatistics } from './contract/statistics.ts';
import { describeStrangers } from './contract/strangers.ts';
import { describeTakenOver } from './contract/taken-over.ts';
import { describeTestHalves } from './contract/test-halves.ts';
import { describeUsage } from './contract/usage.ts';
import { describeVerdicts } from './contract/verdicts.ts';
import type { MakeDatabase } from './contract/workbench.ts';

/**
 * What every store promises, as one suite: each database that Kanda runs on is put through the same one.
 * `makeDatabase` gives an empty database each time; the suite opens it, also twice at once, as two nodes would.
 */
export function describeStoreContract(name: string, makeDatabase: MakeDatabase): void {
  describe(name, () => {
    describeAccounts(makeDatabase);
    describeAccountSecurity(makeDatabase);
    describeClients(makeDatabase);
    describeClientLists(makeDatabase);
    describeForeignIds(makeDatabase);
    describeAuthenticators(makeDatabase);
    describePendingEnrolments(makeDatabase);
    describeFirstCodes(makeDatabase);
    describeDeletedSecrets(makeDatabase);
    describeImports(makeDatabase);
    describeExports(makeDatabase);
    describeHotp(makeDatabase);
    describeResync(makeDatabase);
    describeDiagnosis(makeDatabase);
    describeTakenOver(makeDatabase);
    describeVerdicts(makeDatabase);
    describeLockout(makeDatabase);
    describeClockAhead(makeDatabase);
    describePolicy(makeDatabase);
    describeMasterKeys(makeDatabase);
    describeRaces(makeDatabase);
    describeIdempotency(makeDatabase);
    describeRecoveryCodes(makeDatabase);
    describeRecoveryRaces(makeDatabase);
    describeDevices(makeDatabase);
    describeDeviceEndings(makeDatabase);
    describeDeviceRaces(makeDatabase);
    describeEvents(makeDatabase);
    describeEventFilters(makeDatabase);
    describeFollowing(makeDatabase);
    describeStatistics(makeDatabase);
    describeIsolation(makeDatabase);
    describeFairness(makeDatabase);
    describeLogTrees(makeDatabase);
    describeLimits(makeDatabase);
    describeStrangers(makeDatabase);
    describeTestHalves(makeDatabase);
    describeUsage(makeDatabase);
    describeClosing(makeDatabase);
  });
}
