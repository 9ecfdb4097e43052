import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import type { FastifyServerOptions } from 'fastify';

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>;
type BuildSerializer = NonNullable<NonNullable<SchemaController['compilersFactory']>['buildSerializer']>;

const selectSerializer = SerializerSelector();

/**
 * Compiles each distinct schema once. Fastify compiles one for each status of each route: some 400, most of them the
 * same problem document, which took a third of a second of each start.
 */
export const sharedSerializers: SchemaController = {
  compilersFactory: {
    buildSerializer: ((externalSchemas, options) => {
      const compile = selectSerializer(externalSchemas, options);
      const compiled = new Map<string, ReturnType<typeof compile>>();
      return (route) => {
        const text = JSON.stringify(route.schema);
        const known = compiled.get(text) ?? compile(route);
        compiled.set(text, known);
        return known;
      };
    }) as BuildSerializer,
  },
};
