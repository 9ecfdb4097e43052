/**
 * Connections that the database does not give.
 *
 * Seen to fail without the guard (store/postgres/connections.ts): a caller that found all connections in use tried for one
 * more until his time was over, in place of waiting for one; after that every call failed with the message that the database is down.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import { Connections, DEFAULT_LIMITS } from '../../../src/store/postgres/connections.ts';
import { parseDatabaseUrl } from '../../../src/store/postgres/database-url.ts';

describe.skipIf(embeddedPostgres() === null)(
  'where the database gives one connection, and ten are asked for',
  () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await PostgresServer.start();
      await server.query('create role app login connection limit 1');
    });
    afterAll(() => server.stop());

    async function open(connectTimeoutMs: number): Promise<Connections> {
      const url = server.url('postgres').replace('kanda@', 'app@');
      const limits = { ...DEFAULT_LIMITS, poolSize: 10, connectTimeoutMs };
      const connections = await Connections.open(parseDatabaseUrl(url), limits);
      onTestFinished(() => connections.close());
      return connections;
    }

    test('callers wait for the one that stands', async () => {
      const connections = await open(60_000);
      const held = await connections.acquire();
      const others = Array.from({ length: 5 }, () => connections.acquire());
      while (connections.figures().waiting < others.length) await sleep(5);
      await held.release();
      // In which order they are served is not said: each gives it back at once.
      await Promise.all(others.map(async (other) => (await other).release()));
      expect(connections.figures()).toMatchObject({ size: 1, idle: 1, waiting: 0 });
    });

    test('who has waited too long learns why there is none, and the next one is served', async () => {
      const connections = await open(2_000);
      const held = await connections.acquire();
      await expect(connections.acquire()).rejects.toThrow('too many connections for role "app"');
      await held.release();
      await (await connections.acquire()).release();
    });
  },
);
