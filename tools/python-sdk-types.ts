/** Schemas of openapi.json as types of Python: dataclasses for answers, dictionaries for what is nested in a body. */

export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
}

export interface Field {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
  readonly nullable: boolean;
}

/** Of answers: what must not print. */
const SECRETS = new Set(['secret', 'otpauthUrl', 'qrDataUrl', 'codes', 'deviceToken']);
/** What the objects within a body or an answer are called: by their field, unless it is here. */
function className(name: string, { properties = {} }: Schema): string {
  if (Object.keys(properties).join() === 'from,to') return 'Range';
  return CLASS_NAMES[name] ?? `${name[0]?.toUpperCase()}${name.slice(1)}`;
}
/** A dictionary that is sent and a dataclass that is answered are two classes, also where openapi.json has one schema. */
function answerClassName(name: string, schema: Schema): string {
  return name === 'action' ? 'ApprovedAction' : className(name, schema);
}
const CLASS_NAMES: Readonly<Record<string, string>> = {
  records: 'ImportRecord',
  defaults: 'Policy',
  action: 'ReceiptAction',
};
/** Lists of words that are too long to write at each place. */
const LONG = 12;
const KEYWORDS = new Set(['from', 'import', 'in', 'is', 'not', 'pass', 'class', 'def', 'global']);

/** `clientId` is `client_id`; a word of the language gets an underscore. */
export function pythonName(name: string): string {
  const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return KEYWORDS.has(snake) ? `${snake}_` : snake;
}

export function fieldsOf(schema: Schema | null): Field[] {
  return Object.entries(schema?.properties ?? {}).map(([name, field]) => ({
    name,
    schema: field,
    required: schema?.required?.includes(name) ?? false,
    nullable: isNullable(field),
  }));
}

function isNullable({ type, anyOf = [] }: Schema): boolean {
  return type === 'null' || (Array.isArray(type) && type.includes('null')) || anyOf.some(isNullable);
}

interface Place {
  readonly name: string;
  /** Taken by a call, and not answered. */
  readonly input: boolean;
  /** Before the names of types that are declared in `types.py`. */
  readonly prefix?: string;
}

export function pythonType(schema: Schema, place: Place): string {
  const { prefix = '' } = place;
  if (schema.anyOf !== undefined) {
    return schema.anyOf.map((one) => pythonType(one, place)).join(' | ');
  }
  if (schema.const !== undefined) return `Literal[${literal(schema.const)}]`;
  if (schema.enum !== undefined) {
    return schema.enum.length > LONG && place.name === 'event'
      ? `${prefix}${eventType(schema)}`
      : `Literal[${schema.enum.map(literal).join(', ')}]`;
  }
  switch (schema.type) {
    case 'string':
      return 'str';
    case 'integer':
      return 'int';
    case 'boolean':
      return 'bool';
    case 'null':
      return 'None';
    case 'array':
      return `${place.input ? 'Sequence' : 'list'}[${pythonType(schema.items ?? {}, place)}]`;
    case 'object':
      return schema.properties === undefined
        ? 'dict[str, object]'
        : `${prefix}${(place.input ? className : answerClassName)(place.name, schema)}`;
    default:
      return 'object';
  }
}

/** The events that a search can name, or those that an answer can have: one more. */
const eventType = ({ enum: words = [] }: Schema) =>
  words.includes('unknown') ? 'LoggedEventName' : 'EventName';

const literal = (value: unknown): string =>
  value === true ? 'True' : value === false ? 'False' : JSON.stringify(value);

/** A dictionary type for each object within a body, by its Python names. */
export function inputClasses(bodies: readonly (Schema | null)[]): string[] {
  const classes = new Map<string, string>();
  for (const { name, schema } of bodies.flatMap((body) => fieldsOf(body))) {
    const object = objectIn(schema);
    if (object === undefined) continue;
    const title = className(name, object);
    classes.set(title, inputClass(title, object));
  }
  return [...classes.values()];
}

/** The object that a field is, or a list of which. */
function objectIn(schema: Schema): Schema | undefined {
  const object = schema.type === 'array' ? schema.items : schema;
  return object?.properties === undefined ? undefined : object;
}

function inputClass(title: string, schema: Schema): string {
  const [required, optional] = [true, false].map((which) =>
    fieldsOf(schema)
      .filter((field) => field.required === which)
      .map(({ name, schema: type }) => `    ${pythonName(name)}: ${pythonType(type, { name, input: true })}`),
  ) as [string[], string[]];
  const base = required.length === 0 ? 'TypedDict' : `_${title}Required`;
  const before =
    required.length === 0 ? '' : `class _${title}Required(TypedDict):\n${required.join('\n')}\n\n\n`;
  return `${before}class ${title}(${base}, total=False):\n    """${docOf(schema, title)}"""\n\n${optional.join('\n')}\n`;
}

const INPUT_DOCS: Readonly<Record<string, string>> = {
  Policy: 'The rules about codes; openapi.json has what each field means.',
  Range: 'The least and the greatest value that a setting may have.',
  Allowed: 'What the settings of the policy may be.',
  Proof: 'What the user shows, which Kanda checks before it rotates.',
  TrustDevice: 'Asks for a token with which this browser is trusted.',
  ImportRecord:
    'One user of another program. Names as in a file of records, such as `clientId`, are understood, too.',
};
const docOf = ({ description }: Schema, title: string): string =>
  INPUT_DOCS[title] ?? `${description ?? `${title}.`}`;

export interface Answer {
  readonly answer?: string;
  readonly about?: string;
  readonly deciding?: readonly [name: string, type: string];
  readonly schema: Schema | null;
}

/** A frozen dataclass for each kind of answer, and the words of events. */
export function answerClasses(answers: readonly Answer[]): string[] {
  const classes = new Map<string, string>();
  const events = new Map<string, string>();
  for (const { answer, about, deciding, schema } of answers) {
    if (answer === undefined || schema === null) continue;
    for (const field of fieldsOf(schema)) {
      const { enum: words } = field.schema;
      if (field.name !== 'event' || words === undefined) continue;
      events.set('LoggedEventName', eventAlias('LoggedEventName', words));
      events.set(
        'EventName',
        eventAlias(
          'EventName',
          words.filter((word) => word !== 'unknown'),
        ),
      );
    }
    for (const [name, text] of nestedClasses(schema)) classes.set(name, text);
    if (about !== undefined) classes.set(answer, answerClass(answer, about, deciding, schema));
  }
  return [...events.values(), ...classes.values()];
}

/** The classes of the objects within an answer, those within these first. */
function nestedClasses(schema: Schema): [name: string, text: string][] {
  return fieldsOf(schema).flatMap((field) => {
    const object = objectIn(field.schema);
    if (object === undefined) return [];
    const name = answerClassName(field.name, object);
    return [...nestedClasses(object), [name, answerClass(name, docOf(object, name), undefined, object)]];
  });
}

function eventAlias(name: string, words: readonly unknown[]): string {
  return `${name} = Literal[\n${words.map((word) => `    ${literal(word)},`).join('\n')}\n]\n`;
}

function answerClass(name: string, about: string, deciding: Answer['deciding'], schema: Schema): string {
  const fields = fieldsOf(schema);
  const secrets = fields.filter((field) => SECRETS.has(field.name)).map((field) => pythonName(field.name));
  const lines = [
    ...fields.filter((field) => field.required),
    ...fields.filter((field) => !field.required),
  ].map((field) => {
    const plain = pythonType(field.schema, { name: field.name, input: false });
    const type = SECRETS.has(field.name) ? redacted(plain) : plain;
    const optional = field.required ? '' : `${field.nullable ? '' : ' | None'} = None`;
    return `    ${pythonName(field.name)}: ${type}${optional}`;
  });
  const listed = secrets.map((secret) => `"${secret}"`).join(', ');
  const kept = `    _SECRETS: ClassVar[tuple[str, ...]] = (${listed}${secrets.length === 1 ? ',' : ''})\n\n`;
  const nested = fields.flatMap(({ name: field, schema: type }) =>
    objectIn(type) === undefined
      ? []
      : [`"${pythonName(field)}": ${answerClassName(field, objectIn(type) ?? type)}`],
  );
  const within =
    nested.length === 0 ? '' : `    _NESTED: ClassVar[dict[str, type[object]]] = {${nested.join(', ')}}\n\n`;
  const truth =
    deciding?.[1] === 'bool'
      ? `\n    def __bool__(self) -> bool:\n        return self.${deciding[0]} is True\n`
      : '';
  return `@dataclass(frozen=True)
class ${name}:
    """${about}"""

${secrets.length > 0 ? kept : ''}${within}${lines.join('\n')}
${truth}`;
}

function redacted(type: string): string {
  return type.endsWith(' | None') ? `Secret[${type.slice(0, -' | None'.length)}] | None` : `Secret[${type}]`;
}
