import { createInterface } from 'node:readline/promises';
import { WebhookAddresses } from '../../background/webhooks/addresses.ts';
import { openExisting } from '../../compose/existing-installation.ts';
import type { Installation } from '../../compose/installation.ts';
import type { Config } from '../../config/schema.ts';
import { formatCount } from '../lib/format.ts';
import type { Environment } from '../lib/settings.ts';
import { messageOf } from '../lib/tell-error.ts';
import { terminalText } from '../lib/terminal-text.ts';
import { assertOfServer, isStoreThere, openOrMake, shownStore } from '../store/new-store.ts';
import { type DesiredFile, readDesired } from './desired.ts';
import { type Findings, type Present, planOf, type Step } from './plan.ts';

type Given = Omit<Present, 'installation'>;

export interface ApplyOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/**
 * Makes the store as the file says: shows what differs, asks, and does it. What the file does not name stays as it is.
 * Each step is whole or not done; after an interruption the same command goes on.
 */
export async function applyFile(
  config: Config,
  path: string,
  options: ApplyOptions,
  env: Environment,
): Promise<void> {
  const file = readDesired(path);
  assertOfServer(config);
  const addresses = new WebhookAddresses(config.webhookAllow);
  const given: Given = { env, acceptUrl: (url) => addresses.accept(url) };
  const findings = await compared(config, file, given);
  if (findings.faults.length > 0) throw new Error(`Nothing was changed.\n${findings.faults.join('\n')}`);
  tell(config, file, findings, options);
  if (options.dryRun === true || findings.steps.length === 0) return;
  if (options.yes !== true) await askFor(findings.steps);
  const installation = await openOrMake(config);
  try {
    // Compared again: while someone thought about it, another may have done it.
    const { steps, faults } = await planOf(file, { ...given, installation });
    if (faults.length > 0) throw new Error(`Nothing was changed.\n${faults.join('\n')}`);
    for (const step of steps) await make(step, installation);
  } finally {
    await installation.close();
  }
  console.error('Done.');
}

async function compared(config: Config, file: DesiredFile, given: Given): Promise<Findings> {
  if (!(await isStoreThere(config))) return planOf(file, { ...given, installation: null });
  const installation = await openExisting(config);
  try {
    return await planOf(file, { ...given, installation });
  } finally {
    await installation.close();
  }
}

async function make(step: Step, installation: Installation): Promise<void> {
  try {
    await step.run(installation);
  } catch (cause) {
    throw new Error(
      `${step.text}: ${messageOf(cause)}\nWhat was listed before it is done. Fix this, and apply the file again.`,
      { cause },
    );
  }
  console.error(terminalText(`done: ${step.text}`));
}

function tell(
  config: Config,
  { path }: DesiredFile,
  { steps, unchanged }: Findings,
  options: ApplyOptions,
): void {
  if (options.json === true) {
    const shown = steps.map(({ action, what, account, text }) => ({ action, what, account, text }));
    console.log(JSON.stringify({ changes: shown, unchanged }, null, 2));
    return;
  }
  const same = `${formatCount(unchanged, 'thing')} already as ${path} says`;
  if (steps.length === 0) {
    console.log(terminalText(`${shownStore(config)}: ${same}. Nothing to do.`));
    return;
  }
  const lines = steps.map(({ action, text }) => `  ${action === 'create' ? '+' : '~'} ${text}`);
  console.log(terminalText([`${shownStore(config)}: ${same}. To be done:`, ...lines].join('\n')));
}

async function askFor(steps: readonly Step[]): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new Error(
      'There is no terminal to ask whether you mean it. Nothing was changed. Add --yes, or --dry-run to see the plan alone.',
    );
  }
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed = await ask.question(`Make ${formatCount(steps.length, 'change')}? Type yes: `);
    if (typed.trim().toLowerCase() !== 'yes') throw new Error('Nothing was changed.');
  } finally {
    ask.close();
  }
}
