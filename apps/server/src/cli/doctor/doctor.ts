import { existsSync } from 'node:fs';
import { backupEveryMs, lastBackupAt } from '../../background/last-backup.ts';
import { refuseRootIn } from '../../compose/foreign-folder.ts';
import { storePlace } from '../../compose/store-place.ts';
import { ConfigError, loadConfig } from '../../config/load.ts';
import { type Config, SETTINGS } from '../../config/schema.ts';
import { backupFindings } from '../../domain/operator/server-findings.ts';
import { publicUrlFinding } from '../../domain/operator/server-status.ts';
import { LogReader } from '../../store/sqlite/log-reader.ts';
import { type Environment, readSettings } from '../lib/settings.ts';
import { checkClock } from './clock.ts';
import { checkDatabase } from './database.ts';
import { checkDisk } from './disk.ts';
import { checkEvents } from './events.ts';
import { canBeUsed, checkFiles } from './files.ts';
import { type Finding, fine, look, problem } from './finding.ts';
import { checkLinks } from './links.ts';
import { checkListener } from './listener.ts';
import { checkSeen } from './seen.ts';
import { checkSigned, type StoredCheckpoint } from './signed.ts';
import { checkStore } from './store.ts';
import { checkSecrets } from './weak-secrets.ts';

export interface DoctorOptions {
  readonly env: Environment;
  readonly flags: Environment;
  readonly version: string;
  readonly json: boolean;
}

const MARKS = { fine: '✓', look: '!', problem: '✗' } as const;

/** Looks at everything that a server needs and prints what it found. Sets the exit status to 1 when it found a problem. */
export async function diagnose({ env, flags, version, json }: DoctorOptions): Promise<void> {
  const { config, finding } = checkSettings(env, flags);
  // It changes nothing, and still opens files there.
  refuseRootIn(config);
  const findings = [
    fine('Version', `Kanda ${version}, Node ${process.versions.node}, SQLite ${process.versions.sqlite}`),
    ...finding,
    publicUrlFinding(config.publicUrl, true),
    ...checkWebhooks(config),
    ...(config.databaseUrl === null
      ? await checkEmbedded(config)
      : await checkPostgres(config, config.databaseUrl.reveal())),
    ...(await checkListener(config)),
  ];
  const problems = findings.filter(({ level }) => level === 'problem').length;
  const toLookAt = findings.filter(({ level }) => level === 'look').length;
  if (json) {
    console.log(JSON.stringify({ ok: problems === 0, checks: findings }, null, 2));
  } else {
    console.log(formatFindings(findings));
    console.log(`\n${summary(problems, toLookAt)}`);
  }
  if (problems > 0) process.exitCode = 1;
}

/** The settings without what is wrong in them, so that the other checks can go on. */
function checkSettings(env: Environment, flags: Environment): { config: Config; finding: Finding[] } {
  try {
    return { config: readSettings(env, flags), finding: [fine('Settings', 'as they should be')] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const wrong = new Set(error.faults.map(({ name }) => name));
    const wrongFlags = new Set(SETTINGS.filter(({ name }) => wrong.has(name)).map(({ flag }) => flag));
    const config = loadConfig(
      Object.fromEntries(Object.entries(env).filter(([name]) => !wrong.has(name))),
      Object.fromEntries(Object.entries(flags).filter(([flag]) => !wrongFlags.has(flag))),
    );
    const finding = error.faults.map(({ message }) =>
      problem('Settings', message, 'Set it right, or unset it. The checks below do without it.'),
    );
    return { config, finding };
  }
}

function checkWebhooks({ webhooks }: Config): Finding[] {
  if (webhooks === 'on') return [];
  return [
    look(
      'Webhooks',
      'none are sent (KANDA_WEBHOOKS=off)',
      'Right for a copy. Unset it on the server of your users.',
    ),
  ];
}

async function checkEmbedded(config: Config): Promise<Finding[]> {
  const place = storePlace(config);
  if (existsSync(place.dataDir) && !canBeUsed(place.dataDir)) {
    return [...checkFiles(place), ...checkClock(Date.now(), null)];
  }
  const { findings, facts } = checkStore(config, place);
  return [
    ...checkFiles(place),
    ...findings,
    ...(await checkEvents(place, facts)),
    ...(await checkSeen(config, facts)),
    ...(await checkSigned(config, facts === null ? [] : storedCheckpoints(place.database))),
    ...checkSecrets(facts),
    ...checkLinks(config, facts),
    ...checkDisk(place, config.diskReserve),
    ...checkBackups(place.dataDir),
    ...checkClock(Date.now(), facts),
  ];
}

async function checkPostgres(config: Config, url: string): Promise<Finding[]> {
  const { findings, facts, checkpoints } = await checkDatabase(config, url);
  return [
    ...findings,
    ...(await checkSeen(config, facts)),
    ...(await checkSigned(config, checkpoints)),
    ...checkSecrets(facts),
    ...checkLinks(config, facts),
    ...checkClock(Date.now(), facts),
  ];
}

function checkBackups(dataDir: string): Finding[] {
  const known = { lastAt: lastBackupAt(dataDir) ?? 0, everyMs: backupEveryMs(dataDir) };
  return backupFindings(known, Date.now());
}

/** None where the store is of a version without trees. */
function storedCheckpoints(database: string): readonly StoredCheckpoint[] {
  let reader: LogReader;
  try {
    reader = new LogReader(database);
  } catch {
    // What cannot be read is a finding of its own.
    return [];
  }
  try {
    return reader.logs();
  } finally {
    reader.close();
  }
}

function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.map(({ check, level, found, remedy }) => {
    const line = `${MARKS[level]} ${check.padEnd(width)}  ${found}`;
    return remedy === undefined ? line : `${line}\n${' '.repeat(width + 4)}→ ${remedy}`;
  });
  return lines.join('\n');
}

function summary(problems: number, toLookAt: number): string {
  if (problems + toLookAt === 0) return 'All is well.';
  const parts = [
    problems > 0 ? `${problems} to problem (✗)` : '',
    toLookAt > 0 ? `${toLookAt} to look at (!)` : '',
  ];
  return `${parts.filter((part) => part !== '').join(', ')}.`;
}
