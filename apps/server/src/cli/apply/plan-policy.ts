import { isDeepStrictEqual } from 'node:util';
import type { Installation } from '../../compose/installation.ts';
import { DEFAULT_POLICY } from '../../domain/verdicts/policy.ts';
import { policyView, readNewPolicy } from '../../http/routes/verdicts/policy-settings.ts';
import { messageOf } from '../lib/tell-error.ts';
import type { DesiredAccount } from './desired.ts';
import { changeBy, type Halves, liveHalf } from './halves.ts';
import type { Findings } from './plan.ts';

/** The whole policy, as `PUT /api/policy` takes it: what the file leaves out is the default. */
export async function planPolicy(
  { policy: wanted }: DesiredAccount,
  { email, live }: Halves,
  installation: Installation | null,
): Promise<Findings> {
  if (wanted === undefined) return { steps: [], unchanged: 0, faults: [] };
  let settings: ReturnType<typeof readNewPolicy>;
  try {
    settings = readNewPolicy(wanted);
  } catch (error) {
    return { steps: [], unchanged: 0, faults: [`the policy of ${email}: ${messageOf(error)}`] };
  }
  const stored =
    live === null || installation === null ? DEFAULT_POLICY : await installation.store.findPolicy(live.id);
  const before: Record<string, unknown> = { ...policyView(stored).policy };
  const after: Record<string, unknown> = { ...policyView({ ...DEFAULT_POLICY, ...settings }).policy };
  if (isDeepStrictEqual(before, after)) return { steps: [], unchanged: 1, faults: [] };
  const changes = Object.keys(after)
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name} ${before[name]} → ${after[name]}`);
  return {
    steps: [
      {
        action: 'change',
        what: 'policy',
        account: email,
        text: `policy of ${email}: ${changes.join(', ')}`,
        async run(opened) {
          const account = await liveHalf(opened, email);
          await opened.store.setPolicy(account.id, settings, changeBy(opened, account));
        },
      },
    ],
    unchanged: 0,
    faults: [],
  };
}
