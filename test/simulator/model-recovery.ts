/** What the model store makes of recovery codes. */
import { judgeRecoveryCode, refusedUnseen } from '../../apps/server/src/domain/recovery-codes/judge-code.ts';
import { afterSuccess, NO_FAILURES } from '../../apps/server/src/domain/verdicts/lockout.ts';
import type { Outcome, RecoveryState, Request } from './history.ts';
import { append, confirmedOf, type Row } from './model-image.ts';
import type { Work } from './model-work.ts';
import { macOf, nameOfMac, sheetOf } from './sheets.ts';

/** Those that a call makes, in the place of all others. */
export function newCodes({ id, clientId }: Request, { generation }: RecoveryState): RecoveryState {
  const codes = sheetOf(id).map((code) => nameOfMac(macOf(clientId, code)));
  return { codes: codes.sort(), generation: generation + 1, failures: [] };
}

/** @param client without what has expired */
export function recover({ request, row, draft, has }: Work, client: Row): Outcome {
  const { clientId, paper, at } = request;
  const { codes, failures: before } = client.recovery;
  const state = {
    disabled: client.disabled && has['recovery-disabled'],
    pending: confirmedOf(client).length === 0,
    failures: before,
  };
  const name = nameOfMac(macOf(clientId, paper));
  const isTaken = refusedUnseen(state, at) === null && codes.includes(name);
  const { verdict, failures } = judgeRecoveryCode(state, isTaken, at);
  const left = verdict.valid && has['recovery-use'] ? codes.filter((code) => code !== name) : codes;
  const counted = has['recovery-failures'] || verdict.valid ? failures : before;
  const recovery = { ...client.recovery, codes: left, failures: counted };
  const won = has['recovery-day'] ? afterSuccess(client.lockout, at) : NO_FAILURES;
  const lockout = verdict.valid ? won : client.lockout;
  const devices = verdict.valid && has['devices-end'] ? [] : client.devices;
  draft.rows.set(clientId, { ...(row ?? client), recovery, devices, lockout });
  append(draft, request, 'client.recovery_code_used', at, verdict.valid ? null : verdict.reason);
  if (!verdict.valid) return { kind: 'recovery', recovery: verdict };
  return { kind: 'recovery', recovery: { valid: true, remaining: left.length } };
}
