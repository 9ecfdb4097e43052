/** One serializer for each distinct schema, and the right one. */
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { sharedSerializers } from '../../../src/http/server/serializers.ts';

test('routes with equal schemas answer alike, and others by their own', async () => {
  const app = fastify({ schemaController: sharedSerializers });
  const answerOf = (...fields: string[]) => ({
    response: {
      200: { type: 'object', properties: Object.fromEntries(fields.map((field) => [field, {}])) },
    },
  });
  const handler = async () => ({ a: 1, b: 2 });
  app.get('/one', { schema: answerOf('a'), handler });
  app.get('/two', { schema: answerOf('a'), handler });
  app.get('/three', { schema: answerOf('a', 'b'), handler });
  const bodies = await Promise.all(
    ['/one', '/two', '/three'].map(async (url) => (await app.inject({ method: 'GET', url })).body),
  );
  expect(bodies).toEqual(['{"a":1}', '{"a":1}', '{"a":1,"b":2}']);
  await app.close();
});
