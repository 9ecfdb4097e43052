import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';

/** Where a database is and who asks, from its URL. */
export interface DatabaseAddress {
  /** A host name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string;
  readonly tls: TlsMode;
  readonly applicationName: string;
}

/**
 * `prefer`: TLS when the server has it, and its certificate is not looked at; keeps out who only listens.
 * With options: TLS or nothing.
 */
export type TlsMode = 'off' | 'prefer' | ConnectionOptions;

/** What is wrong with a database URL, as the end of a sentence; never with its password. */
export class DatabaseUrlError extends Error {
  override readonly name = 'DatabaseUrlError';
}

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'];
const PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'host', 'application_name'];

/**
 * Reads a `postgres://` URL as libpq does, as far as Kanda knows it: user, password, host, port and database,
 * and the parameters `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `host` (a folder with a socket) and
 * `application_name`. Reads the files of certificates that it names.
 *
 * @throws {DatabaseUrlError} for what it does not know: a misspelt `sslmode` must not become no TLS
 */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  const url = new URL(text);
  const parameters = url.searchParams;
  for (const name of parameters.keys()) {
    if (!PARAMETERS.includes(name)) {
      throw new DatabaseUrlError(
        `has the parameter ${JSON.stringify(name)}; Kanda knows ${PARAMETERS.join(', ')}`,
      );
    }
  }
  const host = parameters.get('host') ?? (decode(url.hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost');
  const port = url.port === '' ? 5432 : Number(url.port);
  const database = decode(url.pathname.slice(1));
  if (database === '') throw new DatabaseUrlError('names no database: end it with /kanda');
  return {
    host,
    port,
    user: decode(url.username) || undefined,
    password: decode(url.password) || undefined,
    database,
    tls: tlsMode(host, parameters),
    applicationName: parameters.get('application_name') ?? 'kanda',
  };
}

/** Host, port and database of a URL, for people. */
export function shownAddress(text: string): string {
  const { hostname, port, pathname, searchParams } = new URL(text);
  return `${searchParams.get('host') ?? (hostname || 'localhost')}:${port || 5432}${pathname}`;
}

function tlsMode(host: string, parameters: URLSearchParams): TlsMode {
  const mode = parameters.get('sslmode') ?? 'prefer';
  if (!SSL_MODES.includes(mode)) {
    throw new DatabaseUrlError(`has sslmode=${mode}; Kanda knows ${SSL_MODES.join(', ')}`);
  }
  const root = parameters.get('sslrootcert');
  // A socket in the file system: no one can be in between.
  if (mode === 'disable' || host.startsWith('/')) return 'off';
  if (mode === 'prefer') return 'prefer';
  const options: ConnectionOptions = {
    ...clientPem('cert', parameters.get('sslcert')),
    ...clientPem('key', parameters.get('sslkey')),
    ...(root === null || root === 'system' ? {} : { ca: readPem('sslrootcert', root) }),
  };
  // As in libpq, a root certificate makes `require` look at the chain.
  if (mode === 'require' && root === null) return { ...options, rejectUnauthorized: false };
  if (mode === 'verify-full') return options;
  return { ...options, checkServerIdentity: () => undefined };
}

/** The client's own certificate or key. */
function clientPem(name: 'cert' | 'key', path: string | null): ConnectionOptions {
  return path === null ? {} : { [name]: readPem(`ssl${name}`, path) };
}

function readPem(parameter: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new DatabaseUrlError(`has ${parameter}=${path}, which cannot be read: ${(error as Error).message}`);
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new DatabaseUrlError('holds a % that is not followed by two hexadecimal digits');
  }
}

/** Whether what goes to this host stays on this machine. */
export function isLocal({ host }: DatabaseAddress): boolean {
  return (
    host.startsWith('/') ||
    host === 'localhost' ||
    host === '::1' ||
    (isIP(host) === 4 && host.startsWith('127.'))
  );
}
