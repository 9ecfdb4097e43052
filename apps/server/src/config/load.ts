/** Reads the settings from the environment and the flags, which `main.ts` hands in, or says everything that is wrong with them. */
import { Secret } from '../domain/secret.ts';
import { type Config, SCHEMA, SETTINGS } from './schema.ts';
import { BadValue, type Setting } from './setting.ts';

export interface ConfigFault {
  /** The setting, such as `KANDA_PORT`. */
  readonly name: string;
  /** What is wrong and what to write instead; never a secret. */
  readonly message: string;
}

/** Everything that is wrong with the settings, not only the first thing. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map((fault) => `  - ${fault.message}`);
    super(`Kanda cannot start with these settings:\n${lines.join('\n')}`);
    this.faults = faults;
  }
}

/**
 * Reads the settings. A flag wins over its variable; an empty text counts as absent.
 *
 * @param env environment variables; unknown names are refused only when they begin with `KANDA_`
 * @param flags texts by flag name without dashes, such as `{ 'data-dir': '/var/lib/kanda' }`
 * @throws {ConfigError} with all faults
 */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string | undefined>>,
): Config {
  const faults: ConfigFault[] = [...unknownVariables(env), ...unknownFlags(flags)];
  const values: Record<string, unknown> = {};

  for (const [key, setting] of Object.entries<Setting<unknown>>(SCHEMA)) {
    const text =
      (setting.flag === null ? '' : flags[setting.flag]?.trim()) || env[setting.name]?.trim() || '';
    try {
      values[key] = text === '' ? setting.absent() : setting.parse(text);
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      faults.push(fault(setting, `${error.message}. Example: ${setting.name}=${setting.example}`));
    }
  }

  if (values.masterKey instanceof Secret && typeof values.masterKeyFile === 'string') {
    faults.push(fault(SCHEMA.masterKeyFile, 'is set together with KANDA_MASTER_KEY. Keep one of the two.'));
  }
  if (typeof values.masterKeyCommand === 'string') {
    for (const other of ['masterKey', 'masterKeyFile'] as const) {
      if (values[other] === null) continue;
      const { name } = SCHEMA[other];
      faults.push(fault(SCHEMA.masterKeyCommand, `is set together with ${name}. Keep one of the two.`));
    }
  }
  if (values.databaseUrl instanceof Secret && typeof values.databaseUrlFile === 'string') {
    faults.push(
      fault(SCHEMA.databaseUrlFile, 'is set together with KANDA_DATABASE_URL. Keep one of the two.'),
    );
  }
  const { checkpointSink, checkpointSinkHeaders } = values;
  const isFile = typeof checkpointSink === 'string' && !/^https?:/i.test(checkpointSink);
  if (checkpointSinkHeaders instanceof Secret && isFile) {
    faults.push(
      fault(
        SCHEMA.checkpointSinkHeaders,
        'is set, and KANDA_CHECKPOINT_SINK is a file, which takes no headers. Remove one of the two.',
      ),
    );
  }
  faults.push(...syslogFaults(values as Partial<Config>));
  if (faults.length > 0) throw new ConfigError(faults);
  return values as Config;
}

// ---- faults -------------------------------------------------------------------------------------------

function syslogFaults(values: Partial<Config>): ConfigFault[] {
  const { syslog, syslogCertificate, syslogKey } = values;
  if (syslog === null || syslog === undefined) return [];
  if (!syslog.tls) {
    // One who sets an authority believes that it is checked.
    const tlsOnly = (['syslogCa', 'syslogCertificate', 'syslogKey'] as const).filter(
      (key) => typeof values[key] === 'string',
    );
    const message =
      'is set, and KANDA_SYSLOG begins with tcp://, which sends without TLS. Use tls://, or remove it.';
    return tlsOnly.map((key) => fault(SCHEMA[key], message));
  }
  if ((syslogCertificate === null) === (syslogKey === null)) return [];
  const [alone, other] =
    syslogKey === null
      ? [SCHEMA.syslogCertificate, SCHEMA.syslogKey]
      : [SCHEMA.syslogKey, SCHEMA.syslogCertificate];
  return [fault(alone, `is set without ${other.name}. Set both, or neither.`)];
}

function unknownVariables(env: Readonly<Record<string, string | undefined>>): ConfigFault[] {
  const known = SETTINGS.map((setting) => setting.name);
  return Object.keys(env)
    .filter((name) => name.startsWith('KANDA_') && env[name] !== undefined && !known.includes(name))
    .map((name) => ({ name, message: `${name} is not a setting of Kanda. ${hintFor(name, known)}` }));
}

function unknownFlags(flags: Readonly<Record<string, string | undefined>>): ConfigFault[] {
  const known = SETTINGS.flatMap((setting) => setting.flag ?? []);
  return Object.keys(flags)
    .filter((flag) => flags[flag] !== undefined && !known.includes(flag))
    .map((flag) => ({
      name: `--${flag}`,
      message:
        flag === 'master-key'
          ? '--master-key does not exist, since command lines are visible to all. Set KANDA_MASTER_KEY or --master-key-file.'
          : `--${flag} is not a flag of kanda serve. ${hintFor(flag, known, '--')}`,
    }));
}

function hintFor(name: string, known: readonly string[], prefix = ''): string {
  if (/^KANDA_(SERVICE_|PORT_\d)/.test(name)) {
    return 'Kubernetes sets it in the pods beside a Service named "kanda": put `enableServiceLinks: false` into the pod\'s spec.';
  }
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  if (nearest !== undefined && nearest.distance <= 4) return `Did you mean ${prefix}${nearest.candidate}?`;
  return `It knows ${known.map((candidate) => `${prefix}${candidate}`).join(', ')}.`;
}

function fault(setting: Setting<unknown>, message: string): ConfigFault {
  const flag = setting.flag === null ? '' : ` (--${setting.flag})`;
  return { name: setting.name, message: `${setting.name}${flag} ${message}` };
}

/** How many characters must be added, taken out or replaced to turn `a` into `b` (Levenshtein). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, character] of [...a].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...b].entries()) {
      const replaced = (previous[column] ?? 0) + (character === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
