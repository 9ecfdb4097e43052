/**
 * The configuration files that operators are given, in `deploy/ha`, fitted to a trial: ports of 127.0.0.1 in place of
 * hosts, a temporary folder in place of the system's, and not one line that is not theirs.
 */
import { readFileSync } from 'node:fs';

export type HaFile = 'etcd.env' | 'patroni.yml' | 'haproxy.cfg' | 'kanda.env' | 'database.sql';

/** Where the hosts of `deploy/ha` are. */
export const HOSTS = ['192.0.2.11', '192.0.2.12', '192.0.2.13'] as const;

export function readHaFile(name: HaFile): string {
  return readFileSync(new URL(`../../deploy/ha/${name}`, import.meta.url), 'utf8');
}

/**
 * The file with each key of `replacements` replaced by its value, everywhere.
 * @throws when the file does not hold one of them: it has changed, and the trial would not run what it says
 */
export function fitted(name: HaFile, replacements: Readonly<Record<string, string>>): string {
  let text = readHaFile(name);
  for (const [from, to] of Object.entries(replacements)) {
    if (!text.includes(from)) throw new Error(`deploy/ha/${name} does not hold ${from}`);
    text = text.replaceAll(from, to);
  }
  const left = text.split('\n').find((line) => /@[A-Z]+@|192\.0\.2\./.test(line) && !/^\s*#/.test(line));
  if (left !== undefined) throw new Error(`deploy/ha/${name}: nothing is in for the host in: ${left}`);
  return text;
}

/** The variables of a file in the form of systemd's `EnvironmentFile`. */
export function variablesOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
