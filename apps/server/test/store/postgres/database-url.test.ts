import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import { DEFAULT_LIMITS } from '../../../src/store/postgres/connections.ts';
import { isLocal, parseDatabaseUrl, shownAddress } from '../../../src/store/postgres/database-url.ts';
import { examineDatabase } from '../../../src/store/postgres/examine.ts';

describe('a database URL', () => {
  test('is read with user, password, host, port and database, percent-encoded where it has to be', () => {
    expect(parseDatabaseUrl('postgres://ka%40nda:p%2Fw@db.example.com:6432/my%20db?sslmode=disable')).toEqual(
      {
        host: 'db.example.com',
        port: 6432,
        user: 'ka@nda',
        password: 'p/w',
        database: 'my db',
        tls: 'off',
        applicationName: 'kanda',
      },
    );
  });

  test('may lead to a socket, where no one is in between', () => {
    const address = parseDatabaseUrl(
      'postgres://kanda@localhost/kanda?host=/var/run/postgresql&sslmode=verify-full',
    );
    expect(address).toMatchObject({ host: '/var/run/postgresql', tls: 'off' });
    expect(isLocal(address)).toBe(true);
  });

  test.each([
    ['postgres://h/d?sslmode=verify_full', 'sslmode=verify_full'],
    ['postgres://h/d?ssl=true', 'the parameter "ssl"'],
    ['postgres://h/', 'names no database'],
    ['postgres://h/d?sslmode=verify-ca&sslrootcert=/nowhere/ca.pem', 'cannot be read'],
  ])('%s is refused: a slip must not become no TLS', (url, message) => {
    expect(() => parseDatabaseUrl(url)).toThrow(message);
  });

  test('is shown without user and password', () => {
    expect(shownAddress('postgres://kanda:secret@db:5433/kanda')).toBe('db:5433/kanda');
  });
});

describe.skipIf(embeddedPostgres() === null)('a server with TLS', () => {
  let server: PostgresServer;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kanda-tls-'));
    for (const name of ['server', 'other']) makeCertificate(folder, name);
    server = await PostgresServer.start({ certificate: { folder, name: 'server' } });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const connect = async (parameters: string) => {
    const url = new URL(server.url('postgres'));
    url.search = parameters;
    // The certificate is for this name.
    url.hostname = 'localhost';
    return (await examineDatabase(url.href, { ...DEFAULT_LIMITS, connectTimeoutMs: 2_000 })).safety.tls;
  };

  test.each([
    ['sslmode=disable', false],
    ['', true],
    ['sslmode=prefer', true],
    ['sslmode=require', true],
    ['sslmode=require&sslrootcert=SERVER', true],
    ['sslmode=verify-ca&sslrootcert=SERVER', true],
    ['sslmode=verify-full&sslrootcert=SERVER', true],
  ])('with %j the connection is encrypted: %s', async (parameters, encrypted) => {
    expect(await connect(parameters.replace('SERVER', join(folder, 'server.crt')))).toBe(encrypted);
  });

  test.each([
    ['sslmode=verify-full', 'an authority that no one knows'],
    ['sslmode=verify-ca', 'an authority that no one knows'],
    ['sslmode=require&sslrootcert=OTHER', 'another authority than the one that was named'],
    ['sslmode=verify-full&sslrootcert=OTHER', 'another authority than the one that was named'],
  ])('%s refuses %s', async (parameters) => {
    await expect(connect(parameters.replace('OTHER', join(folder, 'other.crt')))).rejects.toThrow(
      /certificate/i,
    );
  });

  test('verify-full refuses a certificate for another name, which verify-ca does not look at', async () => {
    const to = (mode: string) => {
      const url = new URL(server.url('postgres'));
      url.search = `sslmode=${mode}&sslrootcert=${join(folder, 'server.crt')}`;
      return examineDatabase(url.href, DEFAULT_LIMITS);
    };
    await expect(to('verify-full')).rejects.toThrow(/altname|IP|match/i);
    expect((await to('verify-ca')).safety.tls).toBe(true);
  });

  test('without TLS at the server: prefer goes on without, require does not', async () => {
    const plain = await PostgresServer.start();
    try {
      const to = (mode: string) => plain.url('postgres').replace('sslmode=disable', `sslmode=${mode}`);
      expect((await examineDatabase(to('prefer'), DEFAULT_LIMITS)).safety.tls).toBe(false);
      await expect(examineDatabase(to('require'), DEFAULT_LIMITS)).rejects.toThrow('does not support SSL');
    } finally {
      await plain.stop();
    }
  });
});

function makeCertificate(folder: string, name: string): void {
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
      '-keyout',
      join(folder, `${name}.key`),
      '-out',
      join(folder, `${name}.crt`),
    ],
    { stdio: 'ignore' },
  );
}
