import { type JsonSchema, typeInWords } from '../openapi.ts';

export interface Field {
  readonly name: string;
  readonly note: string | null;
  readonly type: string;
  readonly text: string | undefined;
}

/** Patterns longer than this say less to a person than the description does. */
const MAX_SHOWN_PATTERN = 40;

/** What a value may be, what it is when it is left out, and its form where that is short. */
export function describedType(schema: JsonSchema): string {
  const { default: fallback, pattern } = schema;
  return [
    typeInWords(schema),
    ...(fallback === undefined ? [] : [`default ${JSON.stringify(fallback)}`]),
    ...(pattern === undefined || pattern.length > MAX_SHOWN_PATTERN ? [] : [pattern]),
  ].join(', ');
}

/**
 * The fields of an object, those of objects within it by their path: `data[].id`.
 * @param answered in an answer, where a field that may be missing is not one that may be left out
 */
export function fieldsOf(schema: JsonSchema, answered: boolean, prefix = ''): Field[] {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) {
    const all = choices.flatMap((one) => fieldsOf(one, answered, prefix));
    return all.filter(({ name }, index) => all.findIndex((one) => one.name === name) === index);
  }
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const field = {
      name: `${prefix}${name}`,
      note: required.has(name) ? (answered ? null : 'required') : answered ? 'may be absent' : 'optional',
      type: describedType(property),
      text: property.description,
    };
    const inner = property.type === 'array' ? (property.items ?? {}) : property;
    const mark = property.type === 'array' ? '[].' : '.';
    return [field, ...fieldsOf(inner, answered, `${prefix}${name}${mark}`)];
  });
}

/** Fields one below the other: a table of them would not fit a phone. */
export function Fields({ fields }: { fields: readonly Field[] }) {
  return (
    <dl className="fields">
      {fields.map(({ name, note, type, text }) => (
        <div key={name}>
          <dt>
            <code>{name}</code>
            <span className="type">{type}</span>
            {note !== null && <span className="note">{note}</span>}
          </dt>
          {text !== undefined && <dd>{text}</dd>}
        </div>
      ))}
    </dl>
  );
}
