import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestAccount, type TestApp } from '../support/start-app.ts';

interface Line {
  readonly id: number;
  readonly createdAt: string;
}

/**
 * An event whose time was altered behind the store, in the middle of others. Seen to fail without `namedTime`
 * (domain/time.ts): 500 for the list, the event, the export and the stream; on SQLite without `allRows`
 * (store/sqlite/large-numbers.ts): 503 for each, where the number was too large for JavaScript.
 *
 * @param alter runs a statement behind the store
 */
export function describeAlteredTimes(alter: (kanda: TestApp, sql: string) => void | Promise<void>): void {
  let kanda: TestApp;
  let account: TestAccount;
  let webhook: string;

  beforeAll(async () => {
    kanda = await startApp();
    account = await kanda.signUp();
    await account.enrol('alice');
    await account.enrol('bob');
    const made = await account.call('POST', '/api/webhooks', { url: 'https://app.example.com/kanda' });
    webhook = made.json().id;
  });
  afterAll(() => kanda.close());

  describe.each([
    ['years after any calendar', '9e15', '9999-12-31T23:59:59.999Z'],
    ['that no number of JavaScript has', '9223372036854775807', '9999-12-31T23:59:59.999Z'],
    ['before any', '-9e15', '0000-01-01T00:00:00.000Z'],
    ['in the year 10000', String(Date.parse('+010000-01-01T00:00:00Z')), '9999-12-31T23:59:59.999Z'],
  ])('%s', (_when, at, shown) => {
    const ALTERED = 3;
    beforeAll(() => alter(kanda, `update event set at = ${at} where id = ${ALTERED}`));

    test('is shown with the nearest time that has a name, and all others as they are', async () => {
      const list = await account.call('GET', '/api/logs');
      expect(list.statusCode).toBe(200);
      const data: Line[] = list.json().data;
      expect(data.map(({ id }) => id)).toEqual([5, 4, 3, 2, 1]);
      expect(data.find(({ id }) => id === ALTERED)?.createdAt).toBe(shown);
      expect((await account.call('GET', `/api/logs/${ALTERED}`)).json()).toMatchObject({ createdAt: shown });
    });

    test.each(['csv', 'ndjson'])('is in an export as %s', async (format) => {
      const { statusCode, body } = await account.call('GET', `/api/logs?format=${format}`);
      expect(statusCode).toBe(200);
      expect(body).toContain(shown);
      expect(body.trim().split('\n')).toHaveLength(format === 'csv' ? 6 : 5);
    });

    test('is not sent again by a webhook, which says why', async () => {
      const answer = await account.call('POST', `/api/webhooks/${webhook}/resend`, { sequence: ALTERED });
      expect(answer.json()).toMatchObject({ status: 404, code: 'event_not_found' });
      expect(answer.json().detail).toContain('kanda audit verify');
    });

    test.each(['/api/stats', '/api/keys', '/api/totp/clients'])('leaves %s as it is', async (url) => {
      expect((await account.call('GET', url)).statusCode).toBeLessThan(500);
    });
  });
}
