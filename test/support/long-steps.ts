/** Codes of long steps, so that a test hardly ever meets the end of one, and is repeated when it does. */
import { codeOf } from './caller.ts';

/** Seconds of a step. */
export const LONG_PERIOD = 300;

let users = 0;

/** Runs an attempt on a new user, and again when it failed as a step ended meanwhile: its codes were then others. */
export async function withinOneStep(attempt: (clientId: string) => Promise<void>): Promise<void> {
  for (;;) {
    const step = currentStep();
    try {
      await attempt(`user-${++users}`);
      return;
    } catch (error) {
      if (currentStep() === step) throw error;
    }
  }
}

/** What an app with this secret shows now, or the given number of steps from now. */
export function codeAt({ secret }: { readonly secret: string }, steps = 0): string {
  return codeOf({ secret, period: LONG_PERIOD }, steps);
}

function currentStep(): number {
  return Math.floor(Date.now() / (LONG_PERIOD * 1_000));
}
