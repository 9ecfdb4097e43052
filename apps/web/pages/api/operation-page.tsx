import { exampleBody, examplePath } from '../api-examples.ts';
import type { Highlight } from '../highlight.ts';
import { codeBlock, type Heading } from '../markdown.ts';
import { type Api, bearerInWords, type Operation } from '../openapi.ts';
import { Html } from '../shell.tsx';
import { CALL_LANGUAGES, exampleIn } from '../snippets/languages.ts';
import { Refusals, Successes } from './answers.tsx';
import { describedType, Fields, fieldsOf } from './fields.tsx';
import { KeyOffer, LanguageChoice } from './language-choice.tsx';
import { Limits } from './limits.tsx';
import { Endpoint, Prose, Titled } from './parts.tsx';
import type { Problem } from './problems.ts';

export interface OperationPageProps {
  readonly operation: Operation;
  readonly api: Api;
  readonly highlight: Highlight;
  readonly problems: ReadonlyMap<string, Problem>;
}

/** The sections of an operation's page. */
export function operationHeadings({ parameters, body }: Operation): Heading[] {
  const second = (id: string, text: string) => ({ depth: 2, id, text });
  return [
    second('request', 'Request'),
    ...(parameters.length > 0 ? [second('parameters', 'Parameters')] : []),
    ...(body === null ? [] : [second('body', 'Body')]),
    second('answers', 'Answers'),
    second('errors', 'Errors'),
    second('limits', 'Limits'),
    second('try-it', 'Try it'),
  ];
}

/** One operation: how it is asked, what it answers, with what it refuses, and what is limited. */
export function OperationPage({ operation, api, highlight, problems }: OperationPageProps) {
  const { method, path, summary, description } = operation;
  return (
    <article className="operation">
      <p className="endpoint">
        <Endpoint method={method} path={path} />
      </p>
      <p className="lead">
        <Prose text={`${summary}.`} api={api} />
      </p>
      {description !== null && (
        <p>
          <Prose text={description} api={api} />
        </p>
      )}
      <Facts operation={operation} />

      <Request operation={operation} highlight={highlight} />

      <Titled id="answers" level={2}>
        Answers
      </Titled>
      <Successes operation={operation} api={api} highlight={highlight} />
      <Titled id="errors" level={2}>
        Errors
      </Titled>
      <Refusals operation={operation} highlight={highlight} problems={problems} />
      <Titled id="limits" level={2}>
        Limits
      </Titled>
      <Limits operation={operation} />
      <Titled id="try-it" level={2}>
        Try it
      </Titled>
      <TryIt operation={operation} />
    </article>
  );
}

/** The example in each language, and all that the call takes. */
function Request({ operation, highlight }: Pick<OperationPageProps, 'operation' | 'highlight'>) {
  const { parameters, body } = operation;
  return (
    <>
      <Titled id="request" level={2}>
        Request
      </Titled>
      <LanguageChoice languages={CALL_LANGUAGES} />
      <KeyOffer />
      {CALL_LANGUAGES.map(({ id, fence, name }) => (
        <Html
          key={id}
          className={`in-language ${id}`}
          html={codeBlock(exampleIn(operation, id), fence, highlight, name)}
        />
      ))}
      {parameters.length > 0 && (
        <>
          <Titled id="parameters" level={2}>
            Parameters
          </Titled>
          <Fields
            fields={parameters.map(({ name, required, description: text, schema, ...rest }) => ({
              name,
              note: `${rest.in}, ${required === true ? 'required' : 'optional'}`,
              type: describedType(schema),
              text: text ?? schema.description,
            }))}
          />
        </>
      )}
      {body !== null && (
        <>
          <Titled id="body" level={2}>
            Body
          </Titled>
          <p>
            JSON, with <code>Content-Type: application/json</code>.
            {!operation.bodyRequired && ' It may be left out.'} A field that is not listed here is refused.
          </p>
          <Fields fields={fieldsOf(body, false)} />
        </>
      )}
    </>
  );
}

/** Who may call, which half of an account it is about, and whether it can be sent again. */
function Facts({ operation }: { operation: Operation }) {
  const { bearer, answerKeptSeconds, method, parameters } = operation;
  return (
    <dl className="facts">
      <div>
        <dt>Bearer</dt>
        <dd>
          {bearer === null ? (
            'None.'
          ) : bearer.kind === 'login' ? (
            <>
              A log-in: a token of <a href="/docs/reference/api/logIn">a log-in</a>. An API key is refused.
            </>
          ) : (
            <>
              An API key, <a href="/docs/reference/api/exchangeKey">a token of one</a>, or a log-in
              {operation.scopes.length === 0 ? ', with any scope.' : ', with the scope '}
              {operation.scopes.length > 0 && (
                <>
                  <code>{bearerInWords(operation)}</code>. A log-in has all scopes.
                </>
              )}
            </>
          )}
        </dd>
      </div>
      {parameters.some(({ name }) => name === 'Kanda-Mode') && (
        <div>
          <dt>Test half</dt>
          <dd>
            A test key is answered for <a href="/docs/reference/http-api#test-mode">the test half</a>; a
            log-in asks for it with <code>Kanda-Mode: test</code>.
          </dd>
        </div>
      )}
      <div>
        <dt>Retries</dt>
        <dd>
          {answerKeptSeconds === null ? (
            method === 'GET' ? (
              'Changes nothing, so it can be sent again.'
            ) : (
              <>
                Does not take an <code>Idempotency-Key</code>, because the caller is not authenticated yet.
              </>
            )
          ) : (
            <>
              With an{' '}
              <a href="/docs/reference/http-api#sending-a-request-again">
                <code>Idempotency-Key</code>
              </a>{' '}
              it takes effect once. The same request with the same key gets the first answer, which is kept
              for {inWords(answerKeptSeconds)}.
            </>
          )}
        </dd>
      </div>
    </dl>
  );
}

function inWords(seconds: number): string {
  return seconds >= 3_600 ? `${seconds / 3_600} hours` : `${seconds / 60} minutes`;
}

/** Where a script puts the form that sends the call; without one, how to do it otherwise. */
function TryIt({ operation }: { operation: Operation }) {
  return (
    <>
      <p>
        Copy the request above, or use the <a href="/dashboard/playground">playground</a> of the dashboard,
        which keeps what you sent.
      </p>
      <div
        data-call={JSON.stringify({
          method: operation.method,
          path: examplePath(operation),
          body: exampleBody(operation),
          bearer: operation.bearer !== null,
        })}
        hidden
      />
    </>
  );
}
