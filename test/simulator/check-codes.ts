/** Whether a code was accepted twice, whatever the log says. */
import type { TotpParameters } from '@kanda/otp';
import { Broken } from './broken.ts';
import type { Call, History } from './history.ts';
import { codeOf } from './oracle-authenticator.ts';
import { bringsSecret, type Schedule } from './schedule.ts';

/** From the answers alone: two callers got `valid: true` for one code of one secret. */
export function checkAcceptedOnce({ clients }: Schedule, { calls }: History): void {
  const accepted = new Map<string, Call>();
  for (const call of calls) {
    if (!isAccepted(call)) continue;
    const parameters = clients[Number(call.clientId.split('-')[1])] as TotpParameters;
    // The code shows which step it was; a code that two steps around share is left to the oracle.
    const own = calls.filter(({ ask, clientId }) => clientId === call.clientId && bringsSecret(ask));
    // The same secret brought twice is one secret, whatever became of the client meanwhile.
    const steps = [...new Set(own.map(({ secret }) => secret))].flatMap((secret) =>
      stepsAround(secret, parameters, call),
    );
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

/** Of a validation or of a first code. */
function isAccepted({ outcome }: Call): boolean {
  if (outcome?.kind === 'confirmation') return outcome.confirmation.confirmed;
  return outcome?.kind === 'verdict' && outcome.verdict.valid;
}

function stepsAround(secret: Buffer, parameters: TotpParameters, call: Call): string[] {
  const now = Math.floor(call.at / 1000 / parameters.period);
  const found: string[] = [];
  for (let step = now - 5; step <= now + 5; step++) {
    if (codeOf(secret, parameters, step) === call.code) found.push(`${secret.toString('hex')} step ${step}`);
  }
  return found;
}
