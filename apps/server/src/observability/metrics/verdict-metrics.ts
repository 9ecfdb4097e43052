import type { DeviceVerdict } from '../../domain/devices/ports.ts';
import type { RecoveryCodeVerdict } from '../../domain/recovery-codes/ports.ts';
import type { RefusalReason, Verdict } from '../../domain/verdicts/decide.ts';
import { labelsOf, type Metric } from './exposition.ts';

interface Verdicts extends Record<RefusalReason, number> {
  valid: number;
}

/** What was judged, by verdict. */
export interface VerdictCounts {
  readonly metrics: readonly Metric[];
  readonly countVerdict: (verdict: Verdict) => void;
  readonly countRecoveryVerdict: (verdict: RecoveryCodeVerdict) => void;
  readonly countDeviceVerdict: (verdict: DeviceVerdict) => void;
}

export function countVerdicts(): VerdictCounts {
  const codes: Verdicts = {
    valid: 0,
    invalid_code: 0,
    code_already_used: 0,
    locked: 0,
    disabled: 0,
    pending: 0,
  };
  const recoveryCodes = { valid: 0, invalid_code: 0, locked: 0, disabled: 0, pending: 0 };
  const devices = { valid: 0, device_unknown: 0, disabled: 0, pending: 0 };
  return {
    metrics: [
      byVerdict('kanda_verdicts_total', 'Codes judged, by verdict.', codes),
      byVerdict(
        'kanda_recovery_verdicts_total',
        'Recovery codes of clients judged, by verdict.',
        recoveryCodes,
      ),
      byVerdict('kanda_device_verdicts_total', 'Tokens of trusted devices judged, by verdict.', devices),
    ],
    countVerdict(verdict) {
      codes[verdict.valid ? 'valid' : verdict.reason]++;
    },
    countDeviceVerdict(verdict) {
      devices[verdict.valid ? 'valid' : verdict.reason]++;
    },
    countRecoveryVerdict(verdict) {
      recoveryCodes[verdict.valid ? 'valid' : verdict.reason]++;
    },
  };
}

/** Read when it is asked for. */
function byVerdict(name: string, help: string, counts: object): Metric {
  return {
    type: 'counter',
    name,
    help,
    samples: () =>
      Object.entries(counts).map(([verdict, value]) => ({
        labels: labelsOf({ verdict }),
        value: Number(value),
      })),
  };
}
