/** Holds answers against the OpenAPI document that the routes themselves give. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { LightMyRequestResponse } from 'fastify';
import { withClosedLists, withoutReferences } from '../../../../web/src/api/references.ts';
import { describeApi } from '../../../src/http/server/describe-api.ts';

interface Operation {
  readonly operationId: string;
  readonly security?: readonly { readonly bearer?: readonly string[] }[];
  readonly responses: Record<string, { content?: Record<string, unknown> }>;
  readonly 'x-error-codes': { readonly own: readonly string[]; readonly general: readonly string[] };
}

export interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<'schemas' | 'parameters' | 'headers' | 'responses', Record<string, unknown>>;
}

/** The document itself. */
export const document = await describeApi();
/** Without references, and with the words of this version alone: what an answer says has to be among them. */
export const openApi = withoutReferences(withClosedLists(document)) as OpenApi;

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const ajv = new Ajv2020({ strict: false, formats: { 'date-time': RFC_3339 } });
ajv.addSchema(openApi, 'openapi');
const validators = new Map<string, ValidateFunction>();

/** Every operation as `POST /api/keys/{id}`, with its documented statuses. */
export const operations = Object.entries(openApi.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    name: `${method.toUpperCase()} ${path}`,
    /** Those that are named; besides, any call may fail in a way that no one foresaw. */
    statuses: Object.keys(operation.responses)
      .filter((status) => status !== 'default')
      .map(Number),
    shape: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
  })),
);

/** Throws when the status or the code is not documented for the route, or the body is not of the documented schema. */
export function assertAsDocumented(method: string, url: string, answer: LightMyRequestResponse): void {
  const [path = ''] = url.split('?', 1);
  const asked = method === 'HEAD' ? 'GET' : method;
  // A path that is written out hides those with a parameter.
  const writtenOut = operations.filter((one) => one.path === path);
  const fitting = writtenOut.length > 0 ? writtenOut : operations.filter((one) => one.shape.test(path));
  const operation = fitting.find((one) => one.method === asked);
  const status = String(answer.statusCode);
  const type = String(answer.headers['content-type'] ?? '').split(';', 1)[0] ?? '';

  if (operation === undefined) {
    // Where a browser looks for a page that is not there, it is shown one.
    if (answer.statusCode >= 400 && method !== 'HEAD' && type !== 'text/html')
      assertMatches('#/components/schemas/Problem', answer, `${method} ${url}`);
    return;
  }
  const responses = openApi.paths[operation.path]?.[asked.toLowerCase()]?.responses ?? {};
  const response = status in responses || status !== '500' ? status : 'default';
  const documented = responses[response];
  if (documented === undefined)
    throw new Error(`${operation.name} answered ${status}, which is not documented`);
  if (method === 'HEAD' || answer.statusCode === 204) {
    if (answer.body !== '') throw new Error(`${operation.name} answered ${status} with a body`);
    return;
  }
  const contents = Object.keys(documented.content ?? {});
  if (!contents.includes(type)) {
    throw new Error(`${operation.name} answered ${status} as ${type}; documented: ${contents.join(', ')}`);
  }
  if (!['application/json', 'application/problem+json'].includes(type)) return;
  if (answer.statusCode >= 400) assertKnownCode(operation, answer);
  const pointer = [
    'paths',
    operation.path,
    asked.toLowerCase(),
    'responses',
    response,
    'content',
    type,
    'schema',
  ]
    .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  assertMatches(`#/${pointer}`, answer, operation.name);
}

/** The page of an operation lists every code with which it refuses. */
function assertKnownCode(
  { name, path, method }: (typeof operations)[number],
  answer: LightMyRequestResponse,
) {
  const { own, general } = openApi.paths[path]?.[method.toLowerCase()]?.['x-error-codes'] ?? {
    own: [],
    general: [],
  };
  const { code } = answer.json<{ code: string }>();
  if (own.includes(code) || general.includes(code)) return;
  throw new Error(`${name} answered with the code ${code}, which x-error-codes does not list for it`);
}

function assertMatches(pointer: string, answer: LightMyRequestResponse, name: string): void {
  let validate = validators.get(pointer);
  if (validate === undefined) {
    validate = ajv.compile({ $ref: `openapi${pointer}` });
    validators.set(pointer, validate);
  }
  if (validate(answer.json())) return;
  throw new Error(
    `${name} answered ${answer.statusCode} with another body than documented: ${ajv.errorsText(validate.errors)}\n${answer.body}`,
  );
}
