import { withClosedLists, withoutReferences } from '../src/api/references.ts';
import type { Repository } from './repository.ts';

/** A JSON Schema as far as openapi.json uses it. */
export interface JsonSchema {
  /** Several for what may also be null. */
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly additionalProperties?: boolean | JsonSchema;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required?: boolean;
  readonly description?: string;
  readonly example?: unknown;
  readonly schema: JsonSchema;
}

interface Media {
  readonly schema?: JsonSchema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
type Content = Readonly<Record<string, Media>>;

export interface Header {
  readonly description: string;
  readonly example?: unknown;
}

export interface Answer {
  readonly status: string;
  readonly description: string;
  readonly content: Content;
  readonly headers: Readonly<Record<string, Header>>;
}

/** The codes with which a call refuses: those that follow from what it does, and those of any call asked in this way. */
export interface ErrorCodes {
  readonly own: readonly string[];
  readonly general: readonly string[];
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string | null;
  readonly tag: string;
  /** What the bearer needs: scopes, `login`, or null for none. */
  readonly bearer: { readonly kind: string; readonly scopes: readonly string[] } | null;
  /** Scopes any of which is enough. */
  readonly scopes: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly body: JsonSchema | null;
  /** A body that the call takes, where the document gives one: what is required is not always in the schema. */
  readonly bodyExample: unknown;
  /** Whether the body has to be there. */
  readonly bodyRequired: boolean;
  readonly answers: readonly Answer[];
  readonly errorCodes: ErrorCodes;
  /** In words. */
  readonly limits: readonly string[];
  /** For how long the answer to an Idempotency-Key is kept; null: the call takes none. */
  readonly answerKeptSeconds: number | null;
}

export interface Api {
  readonly version: string;
  readonly license: string;
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly operations: readonly Operation[];
}

interface Document {
  readonly info: { readonly version: string; readonly license: { readonly identifier: string } };
  readonly tags: Api['tags'];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Entry>>>>;
}

interface Entry {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Content; readonly headers?: Answer['headers'] }
    >
  >;
  readonly 'x-error-codes': ErrorCodes;
  readonly 'x-limits'?: readonly string[];
  readonly 'x-answer-kept-seconds'?: number;
}

/** openapi.json, in the document's order. */
export function readApi(repository: Repository): Api {
  const document: Document = withoutReferences(withClosedLists(JSON.parse(repository.read('openapi.json'))));
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, entry]) => operation(method, path, entry)),
  );
  return {
    version: document.info.version,
    license: document.info.license.identifier,
    tags: document.tags,
    operations,
  };
}

function operation(method: string, path: string, entry: Entry): Operation {
  const security = Object.entries(entry.security?.[0] ?? {})[0];
  const body = entry.requestBody?.content['application/json'];
  return {
    id: entry.operationId,
    method: method.toUpperCase(),
    path,
    summary: entry.summary,
    description: entry.description ?? null,
    tag: entry.tags?.[0] ?? '',
    bearer: security === undefined ? null : { kind: security[0], scopes: security[1] },
    scopes: (entry.security ?? []).flatMap(({ bearer = [] }) => bearer),
    parameters: entry.parameters ?? [],
    body: body?.schema ?? null,
    bodyExample: body?.example,
    bodyRequired: entry.requestBody?.required === true,
    answers: Object.entries(entry.responses).map(([status, { description, content = {}, headers = {} }]) => ({
      status,
      description,
      content,
      headers,
    })),
    errorCodes: entry['x-error-codes'],
    limits: entry['x-limits'] ?? [],
    answerKeptSeconds: entry['x-answer-kept-seconds'] ?? null,
  };
}

/** What the bearer must be, in words. */
export function bearerInWords({ bearer, scopes }: Operation): string {
  if (bearer === null) return 'no bearer';
  if (bearer.kind === 'login') return 'a log-in';
  return scopes.length === 0 ? 'any bearer' : scopes.join(' or ');
}

/** Where the page of an operation is served. */
export function operationUrl({ id }: Pick<Operation, 'id'>): string {
  return `/docs/reference/api/${id}`;
}

/** The first words of the summary, which name the operation; no two have the same. */
export function titleOf({ summary }: Pick<Operation, 'summary'>): string {
  return summary.split(/[.:;,]/)[0] ?? summary;
}

/** The answer to a call that does what it was asked; of several, the last made something. */
export function successesOf({ answers }: Operation): readonly Answer[] {
  return answers.filter(({ status }) => status < '300');
}

/** The type of a value that is there. */
function typeOf({ type }: JsonSchema): string | undefined {
  return typeof type === 'object' ? type.find((one) => one !== 'null') : type;
}

/** A value that the schema takes, as its examples say. @param all also what may be left out */
export function exampleOf(schema: JsonSchema, all = false): unknown {
  const known = schema.examples?.[0] ?? schema.const ?? schema.default ?? schema.enum?.[0];
  if (known !== undefined) return known;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return exampleOf(choices[0] ?? {}, all);
  switch (typeOf(schema)) {
    case 'object': {
      const entries = Object.entries(schema.properties ?? {}).filter(
        ([name]) => all || (schema.required ?? []).includes(name),
      );
      return Object.fromEntries(entries.map(([name, value]) => [name, exampleOf(value, all)]));
    }
    case 'array':
      return schema.items === undefined ? [] : Array(schema.minItems ?? 1).fill(exampleOf(schema.items, all));
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return schema.format === 'date-time' ? '2026-01-31T09:30:00.000Z' : '…';
  }
}

/** What a value may be, short: `string`, `integer, 1–200`, `"png" or "svg"`. */
export function typeInWords(schema: JsonSchema): string {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map(typeInWords).join(' or ');
  if (schema.enum !== undefined && schema.enum.length <= 8)
    return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === 'array') return `list of ${typeInWords(schema.items ?? {})}`;
  const bounds =
    range(schema.minimum, schema.maximum) ?? range(schema.minLength, schema.maxLength, ' characters');
  const kind = schema.format === 'date-time' ? 'time' : (typeOf(schema) ?? 'any');
  return bounds === null ? kind : `${kind}, ${bounds}`;
}

function range(from: number | undefined, to: number | undefined, unit = ''): string | null {
  if (from === undefined && to === undefined) return null;
  if (from === undefined) return `up to ${to}${unit}`;
  return to === undefined ? `from ${from}${unit}` : `${from}–${to}${unit}`;
}
