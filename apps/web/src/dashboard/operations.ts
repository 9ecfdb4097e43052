import { withoutReferences } from '../api/references.ts';
import { t } from '../texts/playground.ts';

/** One call of the API, as openapi.json describes it, with something to begin from. */
export interface Operation {
  id: string;
  method: string;
  path: string;
  summary: string;
  tag: string;
  pathParameters: readonly { name: string; example: string }[];
  queryParameters: readonly { name: string; description: string }[];
  /** JSON text; null when the call takes no body. */
  body: string | null;
}

interface Schema {
  type?: string;
  enum?: unknown[];
  default?: unknown;
  examples?: unknown[];
  minimum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
}

interface Described {
  operationId?: string;
  summary?: string;
  tags?: string[];
  parameters?: { in: string; name: string; description?: string; schema?: Schema }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
}

export interface OpenApi {
  paths: Record<string, Record<string, Described>>;
}

/** A stream has no end to wait for, and an encrypted file is nothing to look at. */
const LEFT_OUT: ReadonlySet<string> = new Set(['/api/logs/stream', '/api/totp/export']);
const METHODS = ['get', 'post', 'put', 'delete'];

/** Asks the server which calls it has. */
export async function readOperations() {
  const response = await fetch('/openapi.json');
  if (!response.ok) return { error: await response.json().catch(() => null), response };
  return { data: operationsOf((await response.json()) as OpenApi), response };
}

export function operationsOf(document: OpenApi): Operation[] {
  const { paths } = withoutReferences(document);
  return Object.entries(paths).flatMap(([path, methods]) =>
    LEFT_OUT.has(path)
      ? []
      : Object.entries(methods)
          .filter(([method]) => METHODS.includes(method))
          .map(([method, described]) => operationOf(path, method, described)),
  );
}

function operationOf(path: string, method: string, described: Described): Operation {
  const { operationId, summary, tags, parameters = [], requestBody } = described;
  const schema = requestBody?.content?.['application/json']?.schema;
  return {
    id: operationId ?? `${method} ${path}`,
    method: method.toUpperCase(),
    path,
    summary: summary ?? '',
    tag: tags?.[0] ?? t.other,
    pathParameters: parameters
      .filter((parameter) => parameter.in === 'path')
      .map(({ name, schema: of }) => ({ name, example: String(of?.examples?.[0] ?? 'user-123') })),
    queryParameters: parameters
      .filter((parameter) => parameter.in === 'query')
      .map(({ name, description = '' }) => ({ name, description })),
    body: schema === undefined ? null : JSON.stringify(exampleOf(schema, 'body'), null, 2),
  };
}

/** What must be there, with the examples of the contract. */
function exampleOf(schema: Schema, name: string): unknown {
  if (schema.examples !== undefined) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.enum !== undefined) return schema.enum[0];
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((field) => [field, exampleOf(schema.properties?.[field] ?? {}, field)]),
      );
    case 'array':
      return [];
    case 'integer':
    case 'number':
      return schema.minimum ?? 0;
    case 'boolean':
      return false;
    default:
      return name === 'token' ? '123456' : '';
  }
}
