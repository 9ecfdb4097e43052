/**
 * What a link allows and for how long: how often, with which clock, and what is remembered of a form.
 *
 * Seen to fail: with the limit before the look-up, guesses of one address shut the links of all who share it; GETs of a link
 * had no limit; a QR code ended after 15 minutes; a refusal was answered for ten minutes after its cause was gone; the
 * result of an enrolment was void after ten minutes; what links judged was in no metric; a page cancelled what was done.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  codeAt,
  expectProblem,
  HOUR,
  MINUTE,
  START,
  startAppWithAccount,
  wrongCodeAt,
} from '../support/start-app.ts';
import { actionsOf, begin, makeLink, resultOn, secretOn, submit, typeCode } from './person.ts';

const { kanda, account } = await startAppWithAccount();
let clients = 0;
const fresh = () => `user-${++clients}`;
beforeEach(() => kanda.setClock(START));
const key = await account.createKey({ scopes: ['totp:validate'] });
const redeem = (result: string) => key.call('POST', '/api/totp/links/redeem', { result });
const ask = (url: string, remoteAddress: string) => kanda.app.inject({ method: 'GET', url, remoteAddress });

describe('a link', () => {
  test('opens from an address that has used up its guesses at others', async () => {
    const remoteAddress = '203.0.113.78';
    const link = await makeLink(account, { clientId: fresh(), purpose: 'enrol' });
    for (let turn = 0; turn < 300; turn++)
      expect((await ask(`/l/guess${turn}`, remoteAddress)).statusCode).toBe(404);
    expect((await ask('/l/guess', remoteAddress)).statusCode).toBe(429);
    expect((await ask(link.path, remoteAddress)).statusCode).toBe(200);
  });

  test('is shown 600 times in 15 minutes, from whatever addresses', async () => {
    const link = await makeLink(account, { clientId: fresh(), purpose: 'enrol' });
    const other = await makeLink(account, { clientId: fresh(), purpose: 'enrol' });
    for (let turn = 0; turn < 600; turn++)
      expect((await ask(link.path, `2001:db8:${turn.toString(16)}::1`)).statusCode).toBe(200);
    expect((await ask(link.path, '192.0.2.1')).statusCode).toBe(429);
    expect((await ask(other.path, '192.0.2.1')).statusCode).toBe(200);
    kanda.advance(16 * MINUTE);
    expect((await ask(link.path, '192.0.2.1')).statusCode).toBe(200);
  });

  test('takes the code of a QR code that was shown hours ago, and its result for an hour', async () => {
    const link = await makeLink(account, { clientId: fresh(), purpose: 'enrol', ttl: 3 * 86_400 });
    const page = await begin(kanda, link.path);
    kanda.advance(5 * HOUR);
    const done = await typeCode(kanda, page);
    expect(done.statusCode, done.body).toBe(200);
    kanda.advance(59 * MINUTE);
    expect((await redeem(resultOn(done))).statusCode).toBe(200);
  });

  test('that asked for a code has a result of ten minutes, as a log-in does not wait', async () => {
    const { clientId, secret } = await account.enrol(fresh());
    const link = await makeLink(account, { clientId, purpose: 'challenge' });
    const done = await typeCode(kanda, await begin(kanda, link.path), secret);
    kanda.advance(10 * MINUTE);
    expectProblem(await redeem(resultOn(done)), 404, 'link_result_unknown');
  });

  test('judges a form anew once what it was refused for is gone', async () => {
    const { clientId, secret } = await account.enrol(fresh());
    const link = await makeLink(account, { clientId, purpose: 'challenge' });
    const page = await begin(kanda, link.path);
    await account.call('POST', `/api/totp/clients/${clientId}/disable`);
    const refused = await typeCode(kanda, page, secret);
    expect(refused.body).toContain('role="alert"');
    await account.call('POST', `/api/totp/clients/${clientId}/enable`);
    expect((await redeem(resultOn(await typeCode(kanda, page, secret)))).statusCode).toBe(200);
  });

  test('says that it was used when someone cancels on a page that was left open', async () => {
    const link = await makeLink(account, { clientId: fresh(), purpose: 'enrol' });
    const page = await begin(kanda, link.path);
    await typeCode(kanda, page);
    const cancelled = await submit(kanda, `${link.path}/cancel`);
    expect(cancelled.statusCode).toBe(410);
    expect(cancelled.body).not.toContain('Nothing was changed');
    expect(cancelled.body).toContain('This link has been used');
  });

  test('counts in the metrics what it judged as at a log-in, once for each form', async () => {
    const { clientId, secret } = await account.enrol(fresh());
    const figures = async () => {
      const { body } = await kanda.call('GET', '/metrics');
      const figureOf = (name: string, verdict: string) =>
        Number(new RegExp(`^${name}\\{[^}]*verdict="${verdict}"[^}]*\\} (\\d+)`, 'm').exec(body)?.[1]);
      return {
        valid: figureOf('kanda_verdicts_total', 'valid'),
        wrong: figureOf('kanda_verdicts_total', 'invalid_code'),
        wrongRecovery: figureOf('kanda_recovery_verdicts_total', 'invalid_code'),
      };
    };
    const before = await figures();
    const link = await makeLink(account, { clientId, purpose: 'challenge' });
    let page = await begin(kanda, link.path);
    page = await submit(kanda, actionsOf(page)[0] ?? '', { code: wrongCodeAt(secret, kanda.now()) });
    page = await submit(kanda, actionsOf(page)[0] ?? '', { recoveryCode: 'AAAA-AAAA-AAAA-AAAA' });
    kanda.advance(MINUTE);
    const [action = ''] = actionsOf(page);
    for (let turn = 0; turn < 2; turn++) await submit(kanda, action, { code: codeAt(secret, kanda.now()) });
    const after = await figures();
    expect(after.valid - before.valid).toBe(1);
    expect(after.wrong - before.wrong).toBe(1);
    expect(after.wrongRecovery - before.wrongRecovery).toBe(1);
    expect(secretOn(page)).toBe('');
  });
});
