/**
 * SIGKILL after the first code on the page of a link was committed, and before its answer has arrived. The person sends
 * the form again, and must not read that the code is wrong: the page has the recovery codes and a result that counts once.
 *
 * Seen to fail without the kept answer (`idempotency` in domain/links/links.ts): the page said that the link was used.
 */
import { afterAll, expect, test } from 'vitest';
import { Caller, codeOf, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { lateAnswers } from '../support/late-answers.ts';

const ORIGIN = 'https://app.example.com';
/** Longer than a kill takes: the answer does not arrive. */
const ANSWER_MS = 5_000;

afterAll(endAll);

const actionOn = (page: string) =>
  /<form[^>]* action="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';

async function submit(base: string, action: string, fields: Record<string, string>): Promise<string> {
  const answer = await fetch(new URL(action, base), { method: 'POST', body: new URLSearchParams(fields) });
  return answer.text();
}

test('the form that lost its answer is sent again, and has it', async () => {
  let server = await KandaProcess.start();
  const { token } = await openAccount(server.url);
  const owner = new Caller(server.url).withBearer(token);
  await owner.call('PUT', '/api/hosted-pages', { name: 'MyApp', returnOrigins: [ORIGIN] });
  const asked = { clientId: 'ada', purpose: 'enrol', returnUrl: `${ORIGIN}/back` };
  const { json: link } = await owner.post('/api/totp/links', asked);
  const page = await submit(link.url, actionOn(await (await fetch(link.url)).text()), {});
  const secret = (/class="key"[^>]*>([^<]+)</.exec(page)?.[1] ?? '').replaceAll(' ', '');
  const form = { code: codeOf({ secret, period: 30 }) };

  const killed = Promise.withResolvers<void>();
  const way = await lateAnswers(server.url, ANSWER_MS, () => {
    server.kill().then(() => killed.resolve(), killed.reject);
  });
  const lost = submit(way.url, actionOn(page), form).then(
    () => 'answered',
    () => 'lost',
  );
  await killed.promise;
  way.close();
  expect(await lost).toBe('lost');

  server = await server.again();
  const done = await submit(server.url, actionOn(page), form);
  expect(done.match(/<li>[0-9A-Z-]{19}/g)).toHaveLength(10);
  const href = /<a class="button" href="([^"]+)"/.exec(done)?.[1] ?? '';
  const result = new URL(href).searchParams.get('result');
  const reader = new Caller(server.url).withBearer(token);
  expect(await reader.post('/api/totp/links/redeem', { result })).toMatchObject({
    status: 200,
    json: { redeemed: true, clientId: 'ada', linkId: link.id },
  });
  expect(await reader.post('/api/totp/links/redeem', { result })).toMatchObject({ status: 409 });
  const confirmed = (await reader.events()).filter(({ event }) => event === 'authenticator.confirmed');
  expect(confirmed).toHaveLength(1);
});
