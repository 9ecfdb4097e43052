import { Fragment } from 'react';
import { exampleBody, exampleCall, examplePath, LANGUAGES } from './api-examples.ts';
import type { Highlight } from './highlight.ts';
import type { Heading } from './markdown.ts';
import { codeBlock, slug } from './markdown.ts';
import {
  type Answer,
  type Api,
  bearerInWords,
  type JsonSchema,
  type Operation,
  typeInWords,
} from './openapi.ts';
import { Html } from './shell.tsx';

/** The headings of the reference: the groups, and under each its calls. */
export function apiHeadings(api: Api): Heading[] {
  return api.tags.flatMap(({ name }) => [
    { depth: 2, id: slug(name), text: name },
    ...callsOf(api, name).map(({ id, summary }) => ({
      depth: 3,
      id,
      text: summary.split(/[.:;,]/)[0] ?? summary,
    })),
  ]);
}

/** Every call with what it takes, what it answers, and how it looks in each language. */
export function ApiReference({ api, highlight }: { api: Api; highlight: Highlight }) {
  return (
    <>
      <p className="lead">
        {api.operations.length} calls, made of <a href="/openapi.json">openapi.json</a>. What all of them have
        in common (bearers, lists, errors, limits) is in <a href="/docs/reference/http-api">HTTP API</a>.
      </p>
      <LanguageChoice />
      {api.tags.map(({ name, description }) => (
        <section key={name}>
          <h2 id={slug(name)}>
            {name}
            <Anchor id={slug(name)} text={name} />
          </h2>
          <p>{description}.</p>
          {callsOf(api, name).map((operation) => (
            <Call key={operation.id} operation={operation} highlight={highlight} />
          ))}
        </section>
      ))}
    </>
  );
}

/** One choice for all snippets of the page. It works by style alone; a script remembers it. */
export function LanguageChoice({
  languages = LANGUAGES,
}: {
  languages?: readonly { readonly id: string; readonly name: string }[];
}) {
  return (
    <fieldset className="languages">
      <legend>Examples in</legend>
      {languages.map(({ id, name }, index) => (
        <label key={id}>
          <input type="radio" name="lang" value={id} defaultChecked={index === 0} />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

function callsOf(api: Api, tag: string): Operation[] {
  return api.operations.filter((operation) => operation.tag === tag);
}

function Anchor({ id, text }: { id: string; text: string }) {
  return (
    <a className="anchor" href={`#${id}`} aria-label={`Link to “${text}”`}>
      #
    </a>
  );
}

function Call({ operation, highlight }: { operation: Operation; highlight: Highlight }) {
  const { id, method, path, summary, description, parameters, body } = operation;
  const [answer] = operation.answers;
  const refusals = operation.answers.filter(({ status }) => Number(status) >= 400);
  return (
    <section className="call" aria-labelledby={id}>
      <h3 id={id}>
        {summary}
        <Anchor id={id} text={summary} />
      </h3>
      <p className="endpoint">
        <code>
          <b className={`method ${method.toLowerCase()}`}>{method}</b> {path}
        </code>
        <span>
          {operation.bearer === null ? (
            'No bearer'
          ) : (
            <>
              Bearer: <code>{bearerInWords(operation)}</code>
            </>
          )}
        </span>
      </p>
      {description !== null && <p>{description}</p>}
      {LANGUAGES.map(({ id: language, fence, name }) => (
        <Html
          key={language}
          className={`in-language ${language}`}
          html={codeBlock(exampleCall(operation, language), fence, highlight, name)}
        />
      ))}
      {parameters.length > 0 && (
        <Fields
          title="Parameters"
          fields={parameters.map(({ name, required, description, schema, ...rest }) => ({
            name,
            note: required ? rest.in : `${rest.in}, optional`,
            type: typeInWords(schema),
            text: description ?? schema.description,
          }))}
        />
      )}
      {body !== null && <Fields title="Body" fields={fieldsOf(body)} />}
      {answer !== undefined && <Success answer={answer} />}
      {refusals.length > 0 && (
        <p className="refusals">
          Refused with{' '}
          {refusals.map(({ status, description: reason }, index) => (
            <Fragment key={status}>
              {index > 0 && ', '}
              <abbr title={reason}>{status}</abbr>
            </Fragment>
          ))}
          : <a href="/docs/errors">what each error means</a>.
        </p>
      )}
      <div
        data-call={JSON.stringify({
          method,
          path: examplePath(operation),
          body: exampleBody(operation),
          bearer: operation.bearer !== null,
        })}
        hidden
      />
    </section>
  );
}

function Success({ answer }: { answer: Answer }) {
  const schema = answer.content['application/json']?.schema;
  const others = Object.keys(answer.content).filter((type) => type !== 'application/json');
  const title = `Answer ${answer.status}`;
  if (schema === undefined) {
    return (
      <p>
        {title}: {others.length > 0 ? others.join(', ') : 'nothing more to say'}.
      </p>
    );
  }
  return (
    <Fields
      title={others.length > 0 ? `${title}, or ${others.join(', ')}` : title}
      fields={fieldsOf(schema)}
    />
  );
}

interface Field {
  readonly name: string;
  readonly note: string | null;
  readonly type: string;
  readonly text: string | undefined;
}

/** The fields of an object, those of objects within it by their path: `data[].id`. */
function fieldsOf(schema: JsonSchema, prefix = ''): Field[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const field = {
      name: `${prefix}${name}`,
      note: required.has(name) ? null : 'optional',
      type: typeInWords(property),
      text: property.description,
    };
    const inner = property.type === 'array' ? (property.items ?? {}) : property;
    const mark = property.type === 'array' ? '[].' : '.';
    return [field, ...fieldsOf(inner, `${prefix}${name}${mark}`)];
  });
}

function Fields({ title, fields }: { title: string; fields: readonly Field[] }) {
  return (
    <>
      <h4>{title}</h4>
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
    </>
  );
}
