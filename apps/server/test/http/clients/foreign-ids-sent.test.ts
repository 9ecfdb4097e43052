/** Ids that no client may have, as they are refused in every place of a request; and imports of those that it may. */
import { expect, test } from 'vitest';
import { FOREIGN_IDS } from '../../../../../test/support/foreign-ids.ts';
import { expectProblem, startAppWithAccount } from '../support/start-app.ts';

const { kanda, account } = await startAppWithAccount();

test('a refusal names the character and its place, in a body, a path, a query and an import', async () => {
  const message = 'must not have an invisible character: character 3 is U+200B';
  const clientId = 'ab\u200bc';
  const encoded = encodeURIComponent(clientId);
  const body = { clientId, label: 'Alice', issuer: 'MyApp' };
  const answers = [
    expectProblem(await account.call('POST', '/api/totp/register', body), 400, 'body_invalid'),
    expectProblem(await account.call('GET', `/api/totp/clients/${encoded}`), 400, 'params_invalid'),
    expectProblem(await account.call('GET', `/api/logs?clientId=${encoded}`), 400, 'query_invalid'),
    expectProblem(await account.call('GET', `/api/logs/stream?clientId=${encoded}`), 400, 'query_invalid'),
  ];
  for (const { errors } of answers) expect(errors).toEqual([{ path: '/clientId', message }]);
  const record = { clientId, issuer: 'MyApp', secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' };
  const imported = await account.call('POST', '/api/totp/import', { records: [record] });
  expect(imported.json().results).toEqual([
    { clientId, result: 'refused', field: 'clientId', detail: `The clientId ${message}.` },
  ]);
});

test('an import takes each id, and again finds it there', async () => {
  const other = await kanda.signUp();
  const records = FOREIGN_IDS.map((clientId) => ({
    clientId,
    label: 'Alice',
    issuer: 'MyApp',
    secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
  }));
  const results = async (sent: readonly { clientId: string }[]) =>
    (await other.call('POST', '/api/totp/import', { records: sent }))
      .json<{ results: { clientId: string; result: string }[] }>()
      .results.map(({ clientId, result }) => [clientId, result]);
  expect(await results(records)).toEqual(FOREIGN_IDS.map((id) => [id, 'enrolled']));
  expect(await results(records)).toEqual(FOREIGN_IDS.map((id) => [id, 'unchanged']));
  const decomposed = records.map((record) => ({ ...record, clientId: record.clientId.normalize('NFD') }));
  expect(await results(decomposed)).toEqual(FOREIGN_IDS.map((id) => [id, 'unchanged']));
});
