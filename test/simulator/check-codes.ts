/** Whether a code was accepted twice, whatever the log says. */
import type { TotpParameters } from '@kanda/otp';
import { Broken } from './broken.ts';
import type { Call, History } from './history.ts';
import { codeOf } from './oracle-authenticator.ts';
import { bringsSecret, type Schedule } from './schedule.ts';

/** How far from now an accepted code may be, in steps. */
const STEPS = 5;
/** The same where clocks are followed. */
const FOLLOWED_STEPS = 22;
/** How many presses of a token are looked through: hardly any has more. */
const PRESSES = 150;

/** From the answers alone: two callers got `valid: true` for one code of one secret. */
export function checkAcceptedOnce(schedule: Schedule, { calls, backups }: History): void {
  const accepted = new Map<string, Call[]>();
  for (const call of calls) {
    for (const code of acceptedCodes(call)) {
      const name = `${call.clientId} ${code}`;
      accepted.set(name, [...(accepted.get(name) ?? []), call]);
    }
  }
  // One step has one code: what was accepted once by its text is of no other.
  for (const [name, those] of accepted) {
    if (those.length > 1) checkSteps(schedule, { calls, backups }, name, those);
  }
}

/** @param accepted the calls in which the code was accepted, more than one */
function checkSteps(
  { clients, policy }: Schedule,
  { calls, backups }: Pick<History, 'calls' | 'backups'>,
  name: string,
  accepted: readonly Call[],
): void {
  const [clientId = '', code = ''] = name.split(' ');
  const parameters = clients[Number(clientId.split('-')[1])] as TotpParameters;
  const follows = policy.followDrift || calls.some((call) => call.policy?.followDrift === true);
  const reach = follows ? FOLLOWED_STEPS : STEPS;
  const own = calls.filter(({ ask, clientId: client }) => client === clientId && bringsSecret(ask));
  // The same secret brought twice is one secret, whatever became of the client meanwhile.
  const secrets = [...new Set(own.map(({ secret }) => secret))];
  const firsts = new Map<string, Call>();
  for (const call of accepted) {
    // The code shows which step it was; a code that two steps around share is left to the oracle.
    const steps = secrets.flatMap((secret) => stepsAround(secret, parameters, code, call.at, reach));
    if (steps.length !== 1) continue;
    // A restore skips counters, and cannot know how many were used since the backup was made.
    const era = parameters.period === 0 ? backups.filter(({ restored }) => restored < call.begun).length : 0;
    const step = `${steps[0]} ${era}`;
    const other = firsts.get(step);
    if (other !== undefined) {
      const detail = `${clientId} ${steps[0]}: ${other.id} and ${call.id}, code ${code}`;
      throw new Broken('a step is accepted at most once', detail);
    }
    firsts.set(step, call);
  }
}

/** Of a validation, a first code or a proof, or two by which an authenticator was found again. */
function acceptedCodes({ ask, outcome, code, second }: Call): readonly string[] {
  if (ask === 'rotate proved') return outcome?.kind === 'done' && code !== '' ? [code] : [];
  if (outcome?.kind === 'resync') return outcome.resync.resynced ? [code, second] : [];
  if (outcome?.kind === 'confirmation') return outcome.confirmation.confirmed ? [code] : [];
  return outcome?.kind === 'verdict' && outcome.verdict.valid ? [code] : [];
}

function stepsAround(
  secret: Buffer,
  parameters: TotpParameters,
  code: string,
  at: number,
  reach: number,
): string[] {
  const { period } = parameters;
  const [from, to] =
    period === 0 ? [0, PRESSES] : [-reach, reach].map((steps) => Math.floor(at / 1000 / period) + steps);
  const found: string[] = [];
  for (let step = from as number; step <= (to as number); step++) {
    if (codeOf(secret, parameters, step) === code) found.push(`${secret.toString('hex')} step ${step}`);
  }
  return found;
}

/** From the answers alone: two callers got `valid: true` for one recovery code, with no restore between them. */
export function checkRecoveredOnce({ calls, backups }: History): void {
  const accepted = new Map<string, Call>();
  for (const call of calls) {
    const { ask, outcome, clientId, paper } = call;
    const isProof = ask === 'rotate proved' && paper !== '' && outcome?.kind === 'done';
    if (!isProof && (outcome?.kind !== 'recovery' || !outcome.recovery.valid)) continue;
    const name = `${clientId} ${paper} ${backups.filter(({ restored }) => restored < call.begun).length}`;
    const other = accepted.get(name);
    if (other !== undefined) {
      throw new Broken('a recovery code is accepted at most once', `${name}: ${other.id} and ${call.id}`);
    }
    accepted.set(name, call);
  }
}
