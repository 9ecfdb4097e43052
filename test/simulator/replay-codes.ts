/** Whether the answer to a code, and its line in the log, are what the oracle comes to. */
import { Broken } from './broken.ts';
import { browserOf } from './browsers.ts';
import type { Call, LogLine, Outcome } from './history.ts';
import type { OracleClient } from './oracle.ts';
import type { OracleAccount } from './oracle-account.ts';
import { judgeConfirmation } from './oracle-confirm.ts';
import { diagnose } from './oracle-diagnosis.ts';
import { judgeResync } from './oracle-resync.ts';

/** @returns the events that must follow; null: the call brings no code */
export function replayCode(call: Call, line: LogLine, account: OracleAccount): readonly string[] | null {
  const client = account.find(call.clientId, line.at);
  switch (call.ask) {
    case 'validate':
      return replayAttempt(call, line, client);
    case 'trust':
      return replayTrust(call, line, client);
    case 'use device':
      return replayUse(call, line, client);
    case 'confirm':
      return replayConfirmation(call, line, account);
    case 'recover':
      return replayRecovery(call, line, client);
    case 'resync':
      return replayResync(call, line, client);
    case 'diagnose':
      return replayDiagnosis(call, line, client);
    default:
      return null;
  }
}

function replayConfirmation(call: Call, line: LogLine, account: OracleAccount): readonly string[] {
  const client = account.find(call.clientId, line.at);
  if (client === undefined) {
    checkChange(call, line, 'client_not_found', { kind: 'refused', code: 'client_not_found' });
    return [];
  }
  const { reason, told, followers } = judgeConfirmation(client, call.code, line.at);
  checkVerdict(call, line, reason);
  checkChange(
    call,
    line,
    reason,
    told === null ? { kind: 'refused', code: String(reason) } : { kind: 'confirmation', confirmation: told },
  );
  if (client.authenticators.length === 0) account.clients.delete(call.clientId);
  return followers;
}

function replayResync(call: Call, line: LogLine, client: OracleClient | undefined): readonly string[] {
  if (client === undefined) {
    checkChange(call, line, 'client_not_found', { kind: 'refused', code: 'client_not_found' });
    return [];
  }
  const { outcome, reason, told, followers } = judgeResync(
    client,
    call.target,
    [call.code, call.second],
    line.at,
  );
  if (line.outcome === 'success' && outcome === 'failure') {
    throw new Broken('nothing is accepted that must not be', `${JSON.stringify(line)} of ${tell(call)}`);
  }
  const expected: Outcome =
    told === null ? { kind: 'refused', code: String(reason) } : { kind: 'resync', resync: told };
  checkChange(call, line, reason, expected);
  if (line.outcome !== outcome) throw new Broken('no failure is lost', tell(call));
  return followers;
}

function replayRecovery(call: Call, line: LogLine, client: OracleClient | undefined): readonly string[] {
  if (client === undefined) {
    checkChange(call, line, 'client_not_found', { kind: 'refused', code: 'client_not_found' });
    return [];
  }
  const { reason, told } = client.recovery.use(call.clientId, call.paper, client, line.at);
  checkVerdict(call, line, reason);
  checkChange(call, line, reason, { kind: 'recovery', recovery: told });
  return [];
}

function replayAttempt(call: Call, line: LogLine, client: OracleClient | undefined): readonly string[] {
  const judged = client?.judge(call.code, line.at);
  checkVerdict(call, line, judged === undefined ? 'client_not_found' : judged.reason);
  if (call.outcome?.kind === 'verdict') {
    const told = JSON.stringify(judged?.told);
    if (JSON.stringify(call.outcome.verdict) !== told) {
      throw new Broken('the caller learns what was decided', `${told} expected: ${tell(call)}`);
    }
  } else if (
    call.outcome?.kind === 'refused' &&
    (client !== undefined || call.outcome.code !== 'client_not_found')
  ) {
    throw new Broken('the caller learns what was decided', tell(call));
  }
  return judged?.followers ?? [];
}

/** A login that trusts its browser; where none may be trusted, it is refused before its code is looked at. */
function replayTrust(call: Call, line: LogLine, client: OracleClient | undefined): readonly string[] {
  if (client !== undefined && !client.policy.trustedDevices) {
    checkChange(call, line, 'trusted_devices_off', { kind: 'refused', code: 'trusted_devices_off' });
    return [];
  }
  const followers = replayAttempt(call, line, client);
  if (client === undefined) return followers;
  client.dropExpired(line.at);
  if (line.outcome !== 'success') return followers;
  client.devices.trust(browserOf(call.id), line.at);
  return ['client.device_trusted'];
}

function replayUse(call: Call, line: LogLine, client: OracleClient | undefined): readonly string[] {
  if (client === undefined) {
    checkChange(call, line, 'client_not_found', { kind: 'refused', code: 'client_not_found' });
    return [];
  }
  const { reason, told } = client.devices.use(call.target, call.uses, client, line.at);
  if (line.outcome === 'success' && reason !== null) {
    throw new Broken('nothing is accepted that must not be', `${JSON.stringify(line)} of ${tell(call)}`);
  }
  checkChange(call, line, reason ?? `dev_${call.target}`, { kind: 'device', device: told });
  return [];
}

function replayDiagnosis(call: Call, line: LogLine, client: OracleClient | undefined): readonly string[] {
  if (client === undefined) {
    checkChange(call, line, 'client_not_found', { kind: 'refused', code: 'client_not_found' });
    return [];
  }
  const { told, maybePrevious, followers } = diagnose(client, call.code, line.at);
  const isPrevious = maybePrevious && line.reason === 'previous_secret';
  const finding = isPrevious ? { finding: 'previous_secret' } : told;
  checkChange(call, line, finding.finding, { kind: 'finding', finding });
  return followers;
}

export function checkChange(call: Call, line: LogLine, reason: string | null, expected: Outcome): void {
  const answered = ['done', 'refused', 'confirmation', 'resync', 'recovery', 'finding', 'device'].includes(
    call.outcome?.kind ?? '',
  );
  if (line.reason === reason && (!answered || JSON.stringify(call.outcome) === JSON.stringify(expected)))
    return;
  throw new Broken(
    'a change is made or refused as the log has it',
    `${JSON.stringify(line)} of ${tell(call)}, expected ${JSON.stringify(expected)}`,
  );
}

/** @param reason what the log must say; null: accepted */
function checkVerdict(call: Call, line: LogLine, reason: string | null): void {
  const outcome = reason === null ? 'success' : 'failure';
  if (line.reason === reason && line.outcome === outcome) return;
  const rule =
    line.outcome === 'success'
      ? 'nothing is accepted that must not be'
      : reason === null
        ? 'a right code is accepted'
        : 'no failure is lost';
  const [is, ought] = [`${line.outcome} ${line.reason}`, `${outcome} ${reason}`];
  throw new Broken(rule, `the log says ${is}, the model ${ought}: ${tell(call)}`);
}

export function tell({ id, node, clientId, ask, code, outcome }: Call): string {
  return `${id} (${ask} ${clientId}${code === '' ? '' : ` ${code}`} at node ${node}: ${JSON.stringify(outcome)})`;
}
