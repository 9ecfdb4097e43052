/** Whether a code was accepted twice, whatever the log says. */
import type { TotpParameters } from '@kanda/otp';
import { Broken } from './broken.ts';
import type { Call, History } from './history.ts';
import { codeOf } from './oracle.ts';
import type { Schedule } from './schedule.ts';

/** From the answers alone: two callers got `valid: true` for one code of one secret. */
export function checkAcceptedOnce({ clients }: Schedule, { calls }: History): void {
  const secrets = calls.filter(({ ask }) => ask === 'enrol' || ask === 'rotate');
  const accepted = new Map<string, Call>();
  for (const call of calls) {
    if (call.outcome?.kind !== 'verdict' || !call.outcome.verdict.valid) continue;
    const parameters = clients[Number(call.clientId.split('-')[1])] as TotpParameters;
    // The code shows which step it was; a code that two steps around share is left to the oracle.
    const steps = secrets
      .filter(({ clientId }) => clientId === call.clientId)
      .flatMap((origin) => stepsAround(origin, parameters, call));
    if (steps.length !== 1) continue;
    const name = `${call.clientId} ${steps[0]}`;
    const other = accepted.get(name);
    if (other !== undefined) {
      throw new Broken(
        'a step is accepted at most once',
        `${name}: ${other.id} and ${call.id}, code ${call.code}`,
      );
    }
    accepted.set(name, call);
  }
}

function stepsAround(origin: Call, parameters: TotpParameters, call: Call): string[] {
  const now = Math.floor(call.at / 1000 / parameters.period);
  const found: string[] = [];
  for (let step = now - 5; step <= now + 5; step++) {
    if (codeOf(origin.secret, parameters, step) === call.code) found.push(`${origin.id} step ${step}`);
  }
  return found;
}
