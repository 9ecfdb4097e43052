import type { Highlight } from '../highlight.ts';
import { codeBlock } from '../markdown.ts';
import { type Answer, type Api, exampleOf, type Header, type Operation, successesOf } from '../openapi.ts';
import { Html } from '../shell.tsx';
import { Fields, fieldsOf } from './fields.tsx';
import { Prose, Titled } from './parts.tsx';
import type { Problem } from './problems.ts';

export interface AnswerProps {
  readonly operation: Operation;
  readonly api: Api;
  readonly highlight: Highlight;
}

/** What a call answers that does what it was asked: each status with its headers, fields and an example of each kind. */
export function Successes({ operation, api, highlight }: AnswerProps) {
  const answers = successesOf(operation);
  return answers.map((answer, index) => {
    const { status, description, content, headers } = answer;
    const schema = content['application/json']?.schema;
    const others = Object.keys(content).filter((type) => type !== 'application/json');
    const isRepeated = answers.slice(0, index).some((earlier) => isSame(earlier, answer));
    return (
      <section key={status} aria-labelledby={`answer-${status}`}>
        <Titled id={`answer-${status}`} level={3}>
          {status}
        </Titled>
        <p>
          <Prose text={description === 'OK' ? 'Success.' : description} api={api} />
          {Object.keys(content).length === 0 && ' No body.'}
          {others.length > 0 && ` As ${others.join(' or ')}${schema === undefined ? '' : ' on request'}.`}
          {isRepeated && ' The fields are the same.'}
        </p>
        <Headers headers={headers} />
        {!isRepeated &&
          examplesOf(answer).map((example) => (
            <Html key={example} html={codeBlock(example, 'json', highlight, 'Answer')} />
          ))}
        {schema !== undefined && !isRepeated && <Fields fields={fieldsOf(schema, true)} />}
      </section>
    );
  });
}

function isSame(one: Answer, other: Answer): boolean {
  return JSON.stringify(one.content) === JSON.stringify(other.content);
}

/** The examples of an answer, as indented JSON. */
function examplesOf({ content }: Answer): string[] {
  const media = content['application/json'];
  if (media === undefined) return [];
  const { example, examples, schema } = media;
  const values =
    examples === undefined
      ? [example ?? exampleOf(schema ?? {}, true)]
      : Object.values(examples).map(({ value }) => value);
  return values.map((value) => JSON.stringify(value, null, 2));
}

function Headers({ headers }: { headers: Readonly<Record<string, Header>> }) {
  const rows = Object.entries(headers);
  if (rows.length === 0) return null;
  return (
    <Fields
      fields={rows.map(([name, { description, example }]) => ({
        name,
        note: 'header',
        type: example === undefined ? '' : `example: ${example}`,
        text: description,
      }))}
    />
  );
}

/** Every code with which the call refuses: its own in full, the others under a line that opens. */
export function Refusals({
  operation,
  highlight,
  problems,
}: Omit<AnswerProps, 'api'> & { problems: ReadonlyMap<string, Problem> }) {
  const { own, general } = operation.errorCodes;
  const explained = (codes: readonly string[]) => codes.flatMap((code) => problems.get(code) ?? []);
  const headers = refusalHeaders(operation);
  return (
    <>
      <p>
        A refusal is a problem document. Its <code>code</code> names the cause, its <code>type</code> is the
        page that explains it. Any call may also answer <a href="/docs/errors/internal">500</a>.
      </p>
      <Html html={codeBlock(problemExample(operation), 'json', highlight, 'Answer')} />
      {own.length > 0 && (
        <>
          <Titled id="own-errors" level={3}>
            Errors of this call
          </Titled>
          <Codes problems={explained(own)} />
        </>
      )}
      <Titled id="general-errors" level={3}>
        Common errors
      </Titled>
      <details className="more">
        <summary>{general.length} codes shared with other calls</summary>
        <Codes problems={explained(general)} />
      </details>
      {headers.length > 0 && (
        <>
          <Titled id="error-headers" level={3}>
            Headers of errors
          </Titled>
          <Fields fields={headers} />
        </>
      )}
    </>
  );
}

function Codes({ problems }: { problems: readonly Problem[] }) {
  return (
    <dl className="fields codes">
      {problems.map(({ code, url, status, cause, advice }) => (
        <div key={code}>
          <dt>
            <a href={url}>
              <code>{code}</code>
            </a>
            <span className="type">{status}</span>
          </dt>
          <dd>
            <Html html={cause} />
            <Html className="advice" html={advice} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** The headers of refusals, each with the statuses that have it. */
function refusalHeaders({ answers }: Operation) {
  const found = new Map<string, { header: Header; statuses: string[] }>();
  for (const { status, headers } of answers.filter(({ status }) => status >= '400')) {
    for (const [name, header] of Object.entries(headers)) {
      const known = found.get(name) ?? { header, statuses: [] };
      found.set(name, { ...known, statuses: [...known.statuses, status] });
    }
  }
  return [...found].map(([name, { header, statuses }]) => ({
    name,
    note: `of ${statuses.join(', ')}`,
    type: `example: ${header.example}`,
    text: header.description,
  }));
}

/** A problem document that this call can answer, of the description's own: one of its own codes, if there is one. */
function problemExample({ answers, errorCodes: { own, general } }: Operation): string {
  const examples = answers.flatMap(({ content }) => {
    const example = content['application/problem+json']?.example as { code: string } | undefined;
    return example === undefined ? [] : [example];
  });
  const fitting = [...own, ...general].flatMap((code) => examples.find((one) => one.code === code) ?? []);
  return JSON.stringify(fitting[0] ?? examples[0], null, 2);
}
