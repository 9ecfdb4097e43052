/**
 * Puts under a name of its own what openapi.json would repeat: schemas with a title, parameters that several calls take,
 * and refusals. Generators make one type of each.
 */
import { REFUSALS, SUCCESS_HEADERS } from './openapi-refusals.ts';

type Node = Record<string, unknown>;

interface Parameter extends Node {
  readonly name: string;
  readonly in: string;
}
interface Answer extends Node {
  readonly content?: Record<string, unknown>;
}
interface Operation extends Node {
  parameters?: (Parameter | { readonly $ref: string })[];
  responses: Record<string, Answer | { readonly $ref: string }>;
}

export interface Description {
  readonly paths?: object;
  components?: object;
}

/** What is no schema but a value, in which `title` is a word like any other. */
const VALUES = new Set(['example', 'examples', 'const', 'enum', 'x-extensible-enum']);

/**
 * The document with its parts named. Throws when two schemas that differ have one title: a reader would get one for the
 * other.
 */
export function withComponents<D extends Description>(document: D): D {
  const named = new NamedSchemas((document.components as Node | undefined)?.schemas as Node | undefined);
  const paths = named.lift(document.paths ?? {}) as Record<string, Record<string, Operation>>;
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const parameters = liftParameters(operations);
  const { responses, headers } = liftAnswers(operations);
  const components = { ...document.components, schemas: named.all(), parameters, headers, responses };
  return { ...document, paths, components } as D;
}

class NamedSchemas {
  readonly #schemas = new Map<string, Node>();

  /** @param schemas those that have a name already */
  constructor(schemas: Node = {}) {
    for (const [name, schema] of Object.entries(schemas)) this.#schemas.set(name, this.lift(schema) as Node);
  }

  all(): Node {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The node with a reference in place of each schema that has a title, those within it included. */
  lift(node: unknown): unknown {
    if (Array.isArray(node)) return node.map((one) => this.lift(one));
    if (typeof node !== 'object' || node === null) return node;
    const lifted = Object.fromEntries(
      Object.entries(node).map(([key, value]) => [key, VALUES.has(key) ? value : this.lift(value)]),
    );
    if ('schema' in node) return withExamples(lifted, (node as Node).schema as Node);
    const whole = 'discriminator' in lifted ? told(lifted, node as Node) : lifted;
    const { title, examples: _, ...schema } = whole;
    return typeof title === 'string' ? this.#named(title, schema) : whole;
  }

  #named(title: string, schema: Node): Node {
    const known = this.#schemas.get(title);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new Error(`Two schemas of openapi.json that differ have the title ${title}.`);
    }
    this.#schemas.set(title, schema);
    return { $ref: `#/components/schemas/${title}` };
  }
}

/** What has a body, with the examples of its schema: they are shown where it is answered. */
function withExamples(content: Node, { title, examples }: Node): Node {
  if (typeof title !== 'string' || !Array.isArray(examples) || examples.length === 0) return content;
  if (examples.length === 1) return { ...content, example: examples[0] };
  const numbered = examples.map((value, place) => [`example${place + 1}`, { value }]);
  return { ...content, examples: Object.fromEntries(numbered) };
}

/** A union one field of which says which of its schemas is meant. */
function told({ anyOf, discriminator, ...rest }: Node, before: Node): Node {
  const { propertyName } = discriminator as { propertyName: string };
  const references = anyOf as { $ref: string }[];
  const schemas = before.anyOf as { properties: Record<string, { const?: string; enum?: string[] }> }[];
  const mapping = Object.fromEntries(
    schemas.map(({ properties: { [propertyName]: tag } }, index) => [
      tag?.const ?? tag?.enum?.[0],
      references[index]?.$ref,
    ]),
  );
  return { ...rest, oneOf: references, discriminator: { propertyName, mapping } };
}

/** Names the parameters that more than one call takes, and refers to them. */
function liftParameters(operations: readonly Operation[]): Node {
  const all = operations.flatMap(({ parameters = [] }) => parameters as Parameter[]);
  const texts = all.map((one) => JSON.stringify(one));
  const components = new Map<string, string>();
  const nameFor = (parameter: Parameter, text: string): string | null => {
    const short = pascal(parameter.name);
    // Not what a schema may be called: some generators make one type of the two.
    const names = [`${short}Parameter`, `${short}In${pascal(parameter.in)}Parameter`];
    return names.find((name) => (components.get(name) ?? text) === text) ?? null;
  };
  const lifted = (parameter: Parameter) => {
    const text = JSON.stringify(parameter);
    if (texts.indexOf(text) === texts.lastIndexOf(text)) return parameter;
    const name = nameFor(parameter, text);
    if (name === null) return parameter;
    components.set(name, text);
    return { $ref: `#/components/parameters/${name}` };
  };
  for (const operation of operations) {
    if (operation.parameters !== undefined)
      operation.parameters = (operation.parameters as Parameter[]).map(lifted);
  }
  return Object.fromEntries([...components].map(([name, text]) => [name, JSON.parse(text)]));
}

/** Refers to refusals by their status, and says which headers a success has. */
function liftAnswers(operations: readonly Operation[]): { responses: Node; headers: Node } {
  const responses: Node = {};
  for (const { parameters = [], responses: own } of operations) {
    const takes = (name: string) =>
      parameters.some((one) => '$ref' in one && String(one.$ref).endsWith(`/${name}Parameter`));
    const headers = Object.fromEntries(
      Object.keys(SUCCESS_HEADERS)
        .filter((name) => takes(pascal(SUCCESS_HEADERS[name]?.with ?? '')))
        .map((name) => [name, { $ref: `#/components/headers/${pascal(name)}Header` }]),
    );
    for (const [status, answer] of Object.entries(own)) {
      const refusal = REFUSALS[status];
      if (refusal !== undefined) {
        responses[refusal.name] = refusal.answer;
        own[status] = { $ref: `#/components/responses/${refusal.name}` };
      } else if (Object.keys(headers).length > 0) {
        own[status] = { ...answer, headers: { ...((answer as Answer).headers as Node), ...headers } };
      }
    }
  }
  const headers = Object.entries(SUCCESS_HEADERS).map(([name, { header }]) => [
    `${pascal(name)}Header`,
    header,
  ]);
  return { responses, headers: Object.fromEntries(headers) };
}

/** `Idempotency-Key` is IdempotencyKey. */
function pascal(name: string): string {
  return name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
